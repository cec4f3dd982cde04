"""What was promised and has not left the works yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    OutboxMessage,
    Promise,
    Proof,
)
from orders.states import (
    OrderState,
    OutboxState,
    PaymentState,
    PromiseState,
    ProofState,
)

LIVE = (PromiseState.ACCEPTED, PromiseState.AT_RISK)
NOT_KEPT = (PromiseState.AT_RISK, PromiseState.BROKEN)
MOST_SHOWN = 200
MOST = 2_000
RELEASE = "release"  # the kind of the outbox messages that ask for it
NEWS = ("PROMISE_AT_RISK", "PROMISE_BROKEN")


class Claim(NamedTuple):
    """What a promise has reserved, until when its line may be changed, and which."""

    claims: Mapping[str, int]
    begins_at: datetime | None
    line_id: int


class Watched(NamedTuple):
    """A promise that can still be kept, and how what it is about is delivered."""

    promise_id: int
    order_id: int
    line_id: int
    product: str
    delivery: str
    country: str | None
    state: str
    shipped_at: datetime
    delivered_at: datetime
    payment_state: str

    @property
    def is_owed(self) -> bool:
        """Say whether it waits, once it is made, for the rest of its price."""
        return self.payment_state == PaymentState.PART_PAID


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a promise looks now; without a date nobody can say when it will be there."""

    promise_id: int
    order_id: int
    is_late: bool
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endangered:
    """A promise that may not be kept, with the day last expected, where known."""

    promise: Promise
    expected_at: datetime | None


def list_claims(*, now: datetime, but_line: int | None = None) -> list[Claim]:
    """List what the quotes that still stand have reserved, the latest of them.

    Those of ``but_line`` are left out.
    """
    rows = Promise.objects.filter(state=PromiseState.QUOTED, valid_until__gt=now)
    if but_line is not None:
        rows = rows.exclude(line=but_line)
    return _list_claims(rows.order_by("-valid_until"))


def list_claims_to_release(*, but_line: int | None = None) -> list[Claim]:
    """List what confirmed orders have reserved that have no work orders yet.

    Their quotes are over, and the floor cannot show them: without this nobody would
    stand behind them.
    """
    pending = OutboxMessage.objects.filter(kind=RELEASE, state=OutboxState.PENDING)
    order_ids = list(pending.order_by("id").values_list("order", flat=True)[:MOST])
    if not order_ids:
        return []
    rows = Promise.objects.filter(line__order__in=order_ids, state__in=LIVE)
    if but_line is not None:
        rows = rows.exclude(line=but_line)
    return _list_claims(rows.order_by("pk"))


def _list_claims(promises: QuerySet[Promise]) -> list[Claim]:
    found = promises.values_list("claims", "line__edit_until", "line")[:MOST]
    return [Claim._make(row) for row in found]


def list_watched() -> list[Watched]:
    """List the live promises of confirmed lines that are not shipped.

    A line whose proof waits for its buyer's answer is left out: its clock stands.
    """
    rows = (
        _unshipped()
        .filter(~Exists(_open_proofs()), state__in=LIVE)
        .order_by("pk")
        .values_list(
            *("pk", "line__order", "line", "line__product__slug"),
            *("line__order__delivery", "line__order__shipping_address__country"),
            *("state", "shipped_at", "delivered_at", "line__order__payment_state"),
        )
    )
    return [Watched._make(row) for row in rows]


def list_endangered() -> list[Endangered]:
    """List what is at risk or broken and was not shipped, the oldest first."""
    later = Promise.objects.filter(
        line=OuterRef("line"), revision__gt=OuterRef("revision")
    )
    found = list(
        _unshipped()
        .filter(~Exists(later), state__in=NOT_KEPT)
        .select_related("line__order", "line__product")
        .order_by("delivered_at", "pk")[:MOST_SHOWN]
    )
    expected = map_expected(promises=found)
    return [Endangered(promise, expected.get(promise.line_id)) for promise in found]


def find_day(*, order: Order) -> datetime | None:
    """Tell when all of an order is promised to be there; none while a part is not."""
    later = Promise.objects.filter(
        line=OuterRef("line"), revision__gt=OuterRef("revision")
    )
    lines = OrderLine.objects.filter(order=order, cancelled_at=None)
    latest = Promise.objects.filter(~Exists(later), line__in=lines)
    days = list(latest.values_list("delivered_at", flat=True))
    return max(days) if days and len(days) == lines.count() else None


def map_expected(*, promises: Collection[Promise]) -> dict[int, datetime]:
    """Give the day last expected for the lines of promises that may not be kept."""
    lines = [each.line_id for each in promises if each.state in NOT_KEPT]
    if not lines:
        return {}
    events = OrderEvent.objects.filter(line__in=lines, kind__in=NEWS).order_by("id")
    found: dict[int, datetime] = {}
    for line_id, details in events.values_list("line_id", "details"):
        at = _instant(details.get("expected_at", ""))
        if at is not None:
            found[line_id or 0] = at
    return found


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _unshipped() -> QuerySet[Promise]:
    return Promise.objects.filter(
        line__cancelled_at=None,
        line__shipments=None,
        line__order__state=OrderState.CONFIRMED,
    )


def _open_proofs() -> QuerySet[Proof]:
    return Proof.objects.filter(order_line=OuterRef("line"), state=ProofState.SENT)
