"""Licences: the file that the last step of a digital product puts with its line."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.signing import Signer

from orders.models import OrderLine
from orders.services import finishing
from orders.states import OrderState
from production.models import Operation
from production.states import OperationState

# What a step's attributes say where it puts a licence with the line.
HANDS_OUT, LICENCE = "hands_out", "LICENCE"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def hand_over(*, now: datetime) -> int:
    """Put a licence with each line whose last step runs; the same one if repeated."""
    running = Operation.objects.filter(
        state=OperationState.RUNNING,
        **{f"attributes__{HANDS_OUT}": LICENCE},
        work_order__order_line__is_download=True,
        work_order__order_line__files=None,
        work_order__order_line__order__state=OrderState.CONFIRMED,
    )
    lines = OrderLine.objects.filter(
        pk__in=running.values("work_order__order_line_id")
    ).select_related("order", "product", "configuration")
    for line in lines:
        finishing.add_file(
            line_id=line.pk,
            file_name=f"{line.product.slug}-{line.order.number}.zip",
            content=write_licence(line=line),
            now=now,
            actor="machine",
        )
    return len(lines)


def write_licence(*, line: OrderLine) -> bytes:
    """Write what was bought, signed by this shop; the same bytes for the same line."""
    told: dict[str, Any] = {
        "order": line.order.number,
        "line": line.position + 1,
        "product": line.product.slug,
        "quantity": line.quantity,
        "choices": line.configuration.choices,
        "configuration_sha256": line.configuration.sha256,
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    signature = Signer(salt="licence").signature(text)
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content in (("licence.json", text), ("licence.sig", signature)):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    return into.getvalue()
