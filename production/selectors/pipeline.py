"""What waits to become work orders, and whether the pipeline keeps its word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from orders.models import OrderHold, OrderLine, OutboxMessage, Quotation
from orders.states import OrderState, OutboxState, QuotationState
from production.engine.calendar import Calendar
from production.models import Line, SequenceRule, WorkCentre, WorkOrder
from production.selectors import calendars
from production.states import SourceKind

RELEASE = "release"  # the kind of the outbox messages that ask for it


class ReleasableLine(NamedTuple):
    """One line of a confirmed order, as release sees it."""

    id: int
    order_id: int
    order_number: str
    position: int
    quantity: int
    method: str
    edit_until: datetime | None
    due_at: datetime | None
    product_id: int
    product_kind: str
    configuration_id: int
    release_id: int
    choices: Mapping[str, Any]
    is_held: bool
    is_released: bool


Hours = Mapping[int | None, Calendar]
"""When each work centre is open, by its id."""


@dataclass(frozen=True, slots=True)
class Places:
    """The codes that routings name and the rows they mean; equal while unchanged."""

    work_centres: tuple[tuple[str, int, int], ...]
    lines: tuple[tuple[str, int, str], ...]
    rules: tuple[tuple[int, str, str], ...]

    def work_centre_ids(self) -> dict[str, int]:
        return {code: key for code, key, _ in self.work_centres}

    def line_ids(self) -> dict[str, int]:
        return {code: key for code, key, _ in self.lines}

    def colour_attributes(self) -> dict[int, str]:
        return {key: colour for _, key, colour in self.lines}

    def conditions(self) -> dict[int, tuple[tuple[str, str], ...]]:
        """Give each line's sequence rules as (code, condition)."""
        found: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for line_id, code, condition in self.rules:
            found[line_id].append((code, condition))
        return {key: tuple(rules) for key, rules in found.items()}


def has_pending_releases(*, now: datetime) -> bool:
    """Say whether any confirmed order waits for its work orders; locks nothing."""
    return OutboxMessage.objects.filter(
        kind=RELEASE, state=OutboxState.PENDING, available_at__lte=now
    ).exists()


def get_places() -> Places:
    return Places(
        work_centres=tuple(
            WorkCentre.objects.order_by("id").values_list("code", "id", "calendar_id")
        ),
        lines=tuple(
            Line.objects.order_by("id").values_list("code", "id", "colour_attribute")
        ),
        rules=tuple(
            SequenceRule.objects.order_by("line_id", "priority", "code").values_list(
                "line_id", "code", "condition"
            )
        ),
    )


def map_hours(*, places: Places) -> Hours:
    """Read when each work centre is open, in three queries."""
    found = calendars.map_by_id()
    return {key: found[calendar_id] for _, key, calendar_id in places.work_centres}


def list_releasable_lines(*, order_ids: Collection[int]) -> list[ReleasableLine]:
    """Give the live lines of those orders that are confirmed, in order of placing.

    Each says whether somebody holds its order, and whether it has work orders already.
    """
    holds = OrderHold.objects.filter(order=OuterRef("order_id"), lifted_at__isnull=True)
    made = WorkOrder.objects.filter(
        order_line=OuterRef("pk"), source_kind=SourceKind.ORDER_LINE
    )
    rows = (
        OrderLine.objects.filter(
            order_id__in=order_ids,
            order__state=OrderState.CONFIRMED,
            cancelled_at__isnull=True,
        )
        .annotate(is_held=Exists(holds), is_released=Exists(made))
        .order_by("order_id", "position")
        .values_list(
            "id",
            "order_id",
            "order__number",
            "position",
            "quantity",
            "method",
            "edit_until",
            "due_at",
            "product_id",
            "product__kind",
            "configuration_id",
            "configuration__release_id",
            "configuration__choices",
            "is_held",
            "is_released",
        )
    )
    return [ReleasableLine._make(row) for row in rows]


def map_accepted_operations(
    *, line_ids: Collection[int]
) -> dict[int, Sequence[Mapping[str, Any]]]:
    """Give the operations of each line's accepted quotation; may be empty."""
    return dict(
        Quotation.objects.filter(
            order_line_id__in=line_ids, state=QuotationState.ACCEPTED
        ).values_list("order_line_id", "operations")
    )
