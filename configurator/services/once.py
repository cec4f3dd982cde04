"""A call that changes something has its effect once, however often it is sent."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from configurator.models import IdempotencyKey
from configurator.selectors.exact_json import ExactJSONEncoder
from configurator.services.errors import ConflictError, DomainError

KEY_FORM = re.compile(r"[!-~]{16,128}")
KEY_HEADER = "Idempotency-Key"
KEPT = timedelta(days=7)
LONGEST_WAIT_S = 5
# Written out to be told whether the row is new.
TAKE_KEY = """
INSERT INTO configurator_idempotencykey (scope, "key", request_sha256, created_at)
VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class IdempotencyKeyError(DomainError):
    """The key is missing or has the wrong form."""

    code = "IDEMPOTENCY_KEY"


class InProgressError(ConflictError):
    """The same call is still being answered elsewhere."""

    code = "IN_PROGRESS"


class KeyReusedError(ConflictError):
    """The key was used for another call."""

    code = "KEY_REUSED"


@dataclass(frozen=True, slots=True)
class OnceRequest:
    """Which call it is: whose, under which key, with which content."""

    scope: str
    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status and a body that JSON can carry."""

    status: int
    body: Any


class _NotStored(Exception):  # noqa: N818 -- never leaves this module
    """Carries an unsuccessful answer out of the transaction that it undoes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def read_once_request(
    *,
    key: str | None,
    user_id: int | None,
    api_key_id: int | None,
    call: str,
    body: Any,
) -> OnceRequest:
    """Check the caller's key and name the call.

    ``call`` is method and path, ``body`` the parsed body: a client that writes the
    same JSON with other blanks means the same call. All guests share one scope;
    their key is their secret.
    """
    if not key:
        text = _("The header %(name)s is missing.") % {"name": KEY_HEADER}
        raise IdempotencyKeyError(text, field=KEY_HEADER)
    if not KEY_FORM.fullmatch(key):
        text = _("%(name)s must be 16 to 128 printable characters without blanks.")
        raise IdempotencyKeyError(text % {"name": KEY_HEADER}, field=KEY_HEADER)
    scope = "guest"
    if api_key_id is not None:
        scope = f"key:{api_key_id}"
    elif user_id is not None:
        scope = f"user:{user_id}"
    text = json.dumps([call, body], sort_keys=True, cls=ExactJSONEncoder)
    return OnceRequest(scope, key, hashlib.sha256(text.encode()).hexdigest())


def answer_once(
    request: OnceRequest, *, now: datetime, effect: Callable[[], Answer]
) -> Answer:
    """Run ``effect`` and keep its answer, or give the answer kept before.

    Key, effect and answer are one transaction: a crash leaves none of them, and an
    error or an unsuccessful answer stores nothing. A twin that runs at the same time
    waits for this one, at most five seconds, then is told `InProgressError`.
    """
    try:
        with _short_waits(), transaction.atomic():
            return _answer_first(request, now=now, effect=effect)
    except _NotStored as stop:
        return stop.answer


def forget_old_keys(*, now: datetime) -> int:
    """Delete keys of more than seven days; tells how many."""
    n_deleted, _rows = IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()
    return n_deleted


def find_kept(request: OnceRequest) -> Answer | None:
    """Give the answer that was kept under a caller's key, if there is one."""
    row = IdempotencyKey.objects.filter(scope=request.scope, key=request.key).first()
    if row is None or row.status is None:
        return None
    if row.request_sha256 != request.body_sha256:
        raise KeyReusedError(
            _("This key was used for another call; take a new one."), field=KEY_HEADER
        )
    return Answer(row.status, row.body)


def _answer_first(
    request: OnceRequest, *, now: datetime, effect: Callable[[], Answer]
) -> Answer:
    # On PostgreSQL the insert waits for a twin's transaction; on SQLite the twin holds
    # the only write lock, so `BEGIN IMMEDIATE` has waited already.
    _set_lock_timeout(f"'{LONGEST_WAIT_S}s'")
    is_first = _take_key(request, now)
    _set_lock_timeout("DEFAULT")
    if not is_first and (kept := find_kept(request)) is not None:
        return kept
    answer = effect()
    body = json.loads(json.dumps(answer.body, cls=ExactJSONEncoder))
    answer = Answer(answer.status, body)
    if not 200 <= answer.status < 300:
        raise _NotStored(answer)
    IdempotencyKey.objects.filter(scope=request.scope, key=request.key).update(
        status=answer.status, body=answer.body
    )
    return answer


def _take_key(request: OnceRequest, now: datetime) -> bool:
    """Write the key unless it is there; says whether it was written."""
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_KEY, [request.scope, request.key, request.body_sha256, at])
        return bool(cursor.rowcount)


@contextmanager
def _short_waits() -> Iterator[None]:
    """Wait for another's lock at most five seconds, and say so where it lasts."""
    is_sqlite = connection.vendor == "sqlite"
    usual_ms = 0
    if is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            usual_ms = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {LONGEST_WAIT_S * 1000}")
    try:
        yield
    except OperationalError as error:
        if not _is_lock_timeout(error):
            raise
        text = _("The same call is still being answered; ask again in a moment.")
        raise InProgressError(text) from error
    finally:
        if is_sqlite:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {usual_ms}")


def _set_lock_timeout(value: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {value}")


def _is_lock_timeout(error: OperationalError) -> bool:
    cause = error.__cause__
    is_refused = getattr(cause, "sqlstate", None) == "55P03"
    return is_refused or "database is locked" in str(error)
