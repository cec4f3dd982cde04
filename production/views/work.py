"""Plain values of the work order's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from configurator.selectors.words import in_language
from production.models import WorkOrder
from production.selectors.faces import face_of
from production.views.cards import due_words, duration, local, new_nonce, pieces


def work_order_context(work_order: WorkOrder, *, now: datetime) -> dict[str, Any]:
    """Give a work order in the words of its page."""
    face = face_of(work_order.configuration)
    line = work_order.order_line
    return {
        "board_name": work_order.number,
        "number": work_order.number,
        "state": work_order.state,
        "state_label": work_order.get_state_display(),
        "method": work_order.method.replace("_", " ").lower(),
        "product": face.product,
        "choices": face.choices,
        "texts": face.personalisation,
        "thumbnail_url": reverse(
            "catalogue:thumbnail", args=[work_order.configuration.sha256]
        ),
        "sha256": work_order.configuration.sha256,
        "order": line.order.number if line else "",
        "planned": pieces(work_order.planned_quantity),
        "ordered": pieces(work_order.quantity),
        "good": work_order.good,
        "scrap": work_order.scrap,
        "due": due_words(work_order.due_at, now),
        "due_at": local(work_order.due_at),
        "release_at": local(work_order.release_at),
        "is_planned": work_order.state == "PLANNED",
        "is_live": work_order.state in {"PLANNED", "RELEASED", "IN_PROGRESS"},
        "holds": [
            hold.reason for hold in work_order.holds.all() if hold.lifted_at is None
        ],
        "materials": work_order.materials,
        "operations": [
            {
                "sequence": operation.sequence,
                "name": in_language(operation.name),
                "centre": operation.work_centre.code if operation.work_centre else "-",
                "state": operation.state,
                "state_label": operation.get_state_display(),
                "run": duration(operation.run_s),
                "setup": duration(operation.setup_s) if operation.setup_s else "",
                "skill": operation.skill,
                "operator": str(operation.operator) if operation.operator else "",
                "after": ", ".join(map(str, operation.predecessors)),
                "good": operation.good,
                "scrap": operation.scrap,
                "batch": next(
                    (member.batch.number for member in operation.active_in),  # type: ignore[attr-defined]
                    "",
                ),
                "blocked": operation.blocked_reason,
            }
            for operation in work_order.operations.all()
        ],
        "nonce": new_nonce(),
    }
