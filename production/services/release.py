"""Confirmed orders become work orders: nothing lost, nothing doubled.

A chunk of confirmed orders is one transaction: its outbox messages are claimed, its
orders locked and looked at again, work orders and operations written in bulk, the
messages moved to the done ones. Killed at any instant, all of it rolls back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from django.db import (
    InterfaceError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from orders.models import OutboxMessage
from orders.services import outbox
from production.models import ProductionEvent
from production.selectors import pipeline
from production.selectors.pipeline import ReleasableLine
from production.services import boards, readiness
from production.services.blueprints import (
    MASS_CUSTOMISATION,
    OPERATION_COLUMNS,
    OPERATION_TABLE,
)
from production.services.drafts import (
    WORK_ORDER_COLUMNS,
    WORK_ORDER_TABLE,
    LineDraft,
    count_operations,
    draft_lines,
    operation_rows,
    work_order_rows,
)
from production.services.row_forms import row_form

CHUNK = 500
SMALLEST_CHUNK = 5
FIRST_CHUNK_ALONE = 20  # where a writer keeps all others out
# Work orders of one transaction; a single order may have more.
LARGEST_CHUNK = 5_000
LARGEST_CHUNK_ALONE = 1_000
# A writer that keeps others out should not hold its lock longer than this.
LONGEST_LOCK_S = 0.05
# The world failed, not the order: nobody is to blame, the next drain tries again.
_TRANSIENT = (OperationalError, InterfaceError, MemoryError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What one chunk, or a whole drain, has done."""

    n_orders: int = 0
    n_work_orders: int = 0
    n_operations: int = 0
    n_failed: int = 0
    n_claimed: int = 0

    def __add__(self, other: ReleaseReport) -> ReleaseReport:
        return ReleaseReport(
            self.n_orders + other.n_orders,
            self.n_work_orders + other.n_work_orders,
            self.n_operations + other.n_operations,
            self.n_failed + other.n_failed,
            self.n_claimed + other.n_claimed,
        )

    def has_more(self, *, limit: int) -> bool:
        """Whether messages were left over, or more may be pending."""
        n_left = self.n_claimed - self.n_orders - self.n_failed
        return n_left > 0 or self.n_claimed >= limit


def release_confirmed_orders(*, limit: int = CHUNK, now: datetime) -> ReleaseReport:
    """Turn at most ``limit`` confirmed orders into work orders, all or none of them.

    Nothing is locked where nothing waits. Where a chunk fails, each order is tried by
    itself: those that can be made are, one that cannot keeps its error and is parked
    after its third attempt.
    """
    if not pipeline.has_pending_releases(now=now):
        return ReleaseReport()
    try:
        with transaction.atomic():
            messages = outbox.claim(kind=outbox.RELEASE, limit=limit, now=now)
            return _release(messages, now) if messages else ReleaseReport()
    except _TRANSIENT:
        raise
    except Exception as error:
        log.warning("release_chunk_failed", error=str(error), limit=limit)
    return _release_singly(limit=limit, now=now)


def drain_confirmed_orders(
    *,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
    until_s: float,
    n_writers: int = 1,
) -> ReleaseReport:
    """Release chunk after chunk until nothing is pending or the time is over.

    Where a writer keeps others out (SQLite), the size of a chunk follows how long the
    one before it took. Elsewhere a backlog is taken by several writers, each with a
    connection of its own, so that one prepares its rows while another's are written.
    """
    drain = partial(_drain, now=now, seconds=seconds, until_s=until_s)
    if _is_alone():
        return drain(limit=FIRST_CHUNK_ALONE)
    first = release_confirmed_orders(limit=CHUNK, now=now())
    if not first.has_more(limit=CHUNK):
        return first
    with ThreadPoolExecutor(max(1, n_writers - 1)) as pool:
        others = [
            pool.submit(_drain_apart, partial(drain, limit=CHUNK))
            for _ in range(n_writers - 1)
        ]
        reports = [first, drain(limit=CHUNK), *(other.result() for other in others)]
    return sum(reports, ReleaseReport())


def _drain(
    *,
    limit: int,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
    until_s: float,
) -> ReleaseReport:
    total = ReleaseReport()
    while seconds() < until_s:
        began_s = seconds()
        report = release_confirmed_orders(limit=limit, now=now())
        total += report
        if not report.has_more(limit=limit):
            break
        if _is_alone():
            limit = next_limit(limit=limit, took_s=seconds() - began_s)
    return total


def _drain_apart(drain: Callable[[], ReleaseReport]) -> ReleaseReport:
    """Drain in a thread of its own, and leave no connection behind."""
    try:
        return drain()
    finally:
        connections.close_all()


def _is_alone() -> bool:
    """Whether a writing transaction keeps all other writers out."""
    return not connection.features.has_select_for_update_skip_locked


def next_limit(*, limit: int, took_s: float) -> int:
    """Aim the next chunk at three fifths of the longest lock, growing gently."""
    aimed = int(limit * 0.6 * LONGEST_LOCK_S / max(took_s, 1e-6))
    return max(SMALLEST_CHUNK, min(CHUNK, aimed, limit * 2))


def _release_singly(*, limit: int, now: datetime) -> ReleaseReport:
    """Release each order behind a savepoint of its own."""
    total = ReleaseReport()
    with transaction.atomic():
        messages = outbox.claim(kind=outbox.RELEASE, limit=limit, now=now)
        for message in messages:
            try:
                with transaction.atomic():
                    report = _release([message], now)
                    _check_references()
                total += report
            except _TRANSIENT:
                raise
            except Exception as error:
                state = outbox.fail(message_id=message.pk, error=str(error), now=now)
                total += ReleaseReport(n_failed=1, n_claimed=1)
                log.error(
                    "release_failed", key=message.key, state=state, error=str(error)
                )
    return total


def _check_references() -> None:
    """Let a missing reference be noticed now, not when everybody commits."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


def _release(messages: Sequence[OutboxMessage], now: datetime) -> ReleaseReport:
    order_ids = {m.order_id for m in messages if m.order_id is not None}
    lines = pipeline.list_releasable_lines(order_ids=order_ids)
    taken, lines = _within_reason(messages, lines)
    drafts = draft_lines(
        lines=[line for line in lines if not line.is_released], now=now
    )
    n_work_orders = sum(draft.n_work_orders for draft in drafts)
    if n_work_orders:
        _write(drafts, n_work_orders, now)
    outbox.finish(messages=taken, now=now)
    return ReleaseReport(
        n_orders=len(taken),
        n_work_orders=n_work_orders,
        n_operations=count_operations(drafts=drafts),
        n_claimed=len(messages),
    )


def _within_reason(
    messages: Sequence[OutboxMessage], lines: Sequence[ReleasableLine]
) -> tuple[list[OutboxMessage], list[ReleasableLine]]:
    """Leave to the next chunk what would make this one too large."""
    largest = LARGEST_CHUNK_ALONE if _is_alone() else LARGEST_CHUNK
    sizes: dict[int, int] = defaultdict(int)
    for line in lines:
        is_single = line.method == MASS_CUSTOMISATION
        sizes[line.order_id] += line.quantity if is_single else 1
    taken: list[OutboxMessage] = []
    n_units = 0
    for message in messages:
        n_units += sizes[message.order_id or 0]
        if taken and n_units > largest:
            break
        taken.append(message)
    kept = {message.order_id for message in taken}
    return taken, [line for line in lines if line.order_id in kept]


def _write(drafts: Sequence[LineDraft], n_work_orders: int, now: datetime) -> None:
    form = row_form()
    ids = form.reserve_ids(WORK_ORDER_TABLE, n_work_orders)
    form.write(
        WORK_ORDER_TABLE,
        WORK_ORDER_COLUMNS,
        work_order_rows(drafts=drafts, ids=ids, form=form, now=now),
    )
    form.write(
        OPERATION_TABLE,
        OPERATION_COLUMNS,
        operation_rows(drafts=drafts, ids=ids, form=form, now=now),
    )
    _book(drafts, now)
    _tell_floor(drafts, ids, now)


def _book(drafts: Sequence[LineDraft], now: datetime) -> None:
    """Append one event for the chunk: which order lines became how many."""
    made = [[draft.line.order_number, draft.n_work_orders] for draft in drafts]
    ProductionEvent.objects.create(
        kind="WORK_ORDERS_PLANNED",
        actor="release",
        details={"order_lines": made},
        at=now,
    )


def _tell_floor(drafts: Sequence[LineDraft], ids: Sequence[int], now: datetime) -> None:
    """Announce what arrives, planned work too; set going what nobody starts."""
    arrived: set[int | None] = set()
    delayed: list[int] = []
    first = 0
    for draft in drafts:
        after = first + draft.n_work_orders
        arrived |= draft.blueprint.ready_work_centres()
        if draft.is_released and draft.blueprint.begins_with_delay:
            delayed += ids[first:after]
        first = after
    if delayed:
        readiness.refresh_ready(work_order_ids=delayed, now=now)
    boards.touch(work_centre_ids=arrived)
