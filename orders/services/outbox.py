"""What still has to leave a transaction: enqueue, claim, finish, fail, park."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from orders.models import OutboxDone, OutboxMessage
from orders.services.locking import lock_order_rows
from orders.states import OutboxState

RELEASE = "release"
MAIL = "mail"
REFUND = "refund"
VOID = "void"
DOCUMENT = "document"
# Messages of these kinds change orders: their orders are locked with them.
KINDS_THAT_LOCK = frozenset({RELEASE})
ATTEMPTS_BEFORE_PARKING = 3
WAIT_AFTER_FAILURE = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
# Not the time of its making: that is the factory's, leases and retries may be real.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_ERROR = 2_000
# Longer than a batch takes; a batch whose worker died is taken up again after it.
LEASE = timedelta(minutes=15)
PENDING_TABLE, DONE_TABLE = "orders_outboxmessage", "orders_outboxdone"
COLUMNS = "kind, key, order_id, created_at"
MOVE_IN_ONE = (
    f"WITH gone AS (DELETE FROM {PENDING_TABLE} WHERE id = ANY(%s) "  # noqa: S608 -- our own table names
    f"RETURNING {COLUMNS}) "
    f"INSERT INTO {DONE_TABLE} ({COLUMNS}, done_at) SELECT {COLUMNS}, %s FROM gone"
)
COPY_DONE = (
    f"INSERT INTO {DONE_TABLE} ({COLUMNS}, done_at) "  # noqa: S608 -- our own table names
    f"SELECT {COLUMNS}, %s FROM {PENDING_TABLE} WHERE id IN ({{places}})"
)
DELETE_DONE = f"DELETE FROM {PENDING_TABLE} WHERE id IN ({{places}})"  # noqa: S608 -- our own table names


class OutsideTransactionError(RuntimeError):
    """A claim outside a transaction would lock nothing."""


def make_message(
    *,
    kind: str,
    key: str,
    order_id: int | None,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> OutboxMessage:
    """Make a message that the caller writes in the transaction of its cause."""
    return OutboxMessage(
        kind=kind,
        key=key,
        order_id=order_id,
        payload=dict(payload or {}),
        created_at=now,
        available_at=AT_ONCE,
    )


def ask_once(*, message: OutboxMessage) -> bool:
    """Write a message unless its effect was asked for before; tells whether it was."""
    name = {"kind": message.kind, "key": message.key}
    if OutboxDone.objects.filter(**name).exists():
        return False
    if OutboxMessage.objects.filter(**name).exists():
        return False
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    return True


def claim(*, kind: str, limit: int, now: datetime | None = None) -> list[OutboxMessage]:
    """Take the oldest pending messages of a kind for the caller's transaction.

    Another claimant skips them where the database can, and waits where it cannot.
    Messages that wait after a failure are left out where ``now`` is given. The
    orders of messages to release are locked as well, in primary-key order.
    """
    if not connection.in_atomic_block:
        raise OutsideTransactionError("claim() must be called inside a transaction")
    rows = OutboxMessage.objects.filter(kind=kind, state=OutboxState.PENDING)
    if now is not None:
        rows = rows.filter(available_at__lte=now)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    messages = list(rows.order_by("id")[:limit])
    if kind in KINDS_THAT_LOCK:
        wanted = {m.order_id for m in messages if m.order_id is not None}
        lock_order_rows(order_ids=wanted)
    return messages


def lease(
    *, kind: str, limit: int, now: datetime, duration: timedelta
) -> list[OutboxMessage]:
    """Take messages whose effect is slow and outside the database.

    Nothing stays locked while the effect runs: the messages are out of sight
    until the lease is over, and come back by themselves if their taker dies.
    """
    with transaction.atomic():
        messages = claim(kind=kind, limit=limit, now=now)
        ids = [message.pk for message in messages]
        OutboxMessage.objects.filter(pk__in=ids).update(available_at=now + duration)
    return messages


def finish(*, messages: Sequence[OutboxMessage], now: datetime) -> int:
    """Move messages to the done ones, all at once; tells how many."""
    ids = [message.pk for message in messages]
    if not ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        done_at = connection.ops.adapt_datetimefield_value(now)
        if connection.vendor == "postgresql":
            cursor.execute(MOVE_IN_ONE, [ids, done_at])
            return int(cursor.rowcount)
        places = ", ".join(["%s"] * len(ids))
        cursor.execute(COPY_DONE.format(places=places), [done_at, *ids])
        cursor.execute(DELETE_DONE.format(places=places), ids)
        return int(cursor.rowcount)


def fail(*, message_id: int, error: str, now: datetime) -> OutboxState:
    """Count a failed attempt; the third parks the message for an admin to see."""
    pending = OutboxMessage.objects.filter(pk=message_id, state=OutboxState.PENDING)
    with transaction.atomic():
        pending.update(
            n_attempts=F("n_attempts") + 1,
            error=error[:LONGEST_ERROR],
            available_at=now + WAIT_AFTER_FAILURE,
        )
        n_parked = pending.filter(n_attempts__gte=ATTEMPTS_BEFORE_PARKING).update(
            state=OutboxState.PARKED
        )
    return OutboxState.PARKED if n_parked else OutboxState.PENDING


def postpone(*, messages: Sequence[OutboxMessage], error: str, now: datetime) -> None:
    """Try again later and later, as long as it takes: the other side is away.

    That is nobody's fault, so nothing is parked for it.
    """
    for message in messages:
        n_before = min(message.n_attempts, 16)
        OutboxMessage.objects.filter(pk=message.pk).update(
            n_attempts=F("n_attempts") + 1,
            error=error[:LONGEST_ERROR],
            available_at=now + min(WAIT_AFTER_FAILURE * 2**n_before, LONGEST_WAIT),
        )


def begin(*, message: OutboxMessage, now: datetime) -> None:
    """Note that an effect that cannot be taken back begins now."""
    OutboxMessage.objects.filter(pk=message.pk).update(begun_at=now)


def undo_begin(*, message: OutboxMessage) -> None:
    """Note that nothing came of it for certain: it may be tried again."""
    OutboxMessage.objects.filter(pk=message.pk).update(begun_at=None)


def park(*, message: OutboxMessage, error: str) -> None:
    """Leave a message to an admin, who alone knows whether to try again."""
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxState.PENDING).update(
        state=OutboxState.PARKED, error=error[:LONGEST_ERROR]
    )


def retry_parked(*, message_ids: Collection[int] | None = None) -> int:
    """Give parked messages three new attempts, all of them where none is named."""
    parked = OutboxMessage.objects.filter(state=OutboxState.PARKED)
    if message_ids is not None:
        parked = parked.filter(pk__in=message_ids)
    return parked.update(
        state=OutboxState.PENDING,
        n_attempts=0,
        error="",
        begun_at=None,
        available_at=AT_ONCE,
    )


def withdraw(*, kind: str, order_id: int) -> int:
    """Take back what is still pending for an order; tells how many messages.

    A message that a claimant holds right now is left to it: waiting for it while
    holding the order would be a deadlock, and the claimant looks at the order's
    state once it has the order's lock.
    """
    rows = OutboxMessage.objects.filter(kind=kind, order_id=order_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    ids = [message.pk for message in rows.order_by("pk")]
    n_deleted, _rows = OutboxMessage.objects.filter(pk__in=ids).delete()
    return n_deleted
