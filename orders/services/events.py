"""The history of an order: one row for each thing that happened to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orders.models import OrderEvent


def make_event(
    *,
    order_id: int,
    kind: str,
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    actor: str = "",
    line_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """Make an event that the caller writes together with its others."""
    return OrderEvent(
        order_id=order_id,
        line_id=line_id,
        kind=kind,
        from_state=from_state,
        to_state=to_state,
        actor=actor,
        details=dict(details or {}),
        at=now,
    )
