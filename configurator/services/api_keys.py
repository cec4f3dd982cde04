"""Issue, revoke and mark API keys; the secret itself is never stored."""

import hashlib
import secrets
import string
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from configurator.models import ApiKey, User

SCOPES = frozenset(
    {
        "catalogue:read",
        "catalogue:write",
        "orders:import",
        "production:read",
        "production:write",
    }
)
USE_NOTED_EVERY = timedelta(minutes=1)
LETTERS = string.ascii_letters + string.digits


class UnknownScopeError(ValueError):
    """A scope that no endpoint knows."""


def issue_api_key(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; its text is told once, here, and cannot be read again."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        known = ", ".join(sorted(SCOPES))
        text = f"Unknown scopes: {', '.join(unknown)}; there are {known}"
        raise UnknownScopeError(text)
    prefix = "".join(secrets.choice(LETTERS) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=wanted,
        user=user,
        created_at=now,
        expires_at=expires_at,
    )
    return key, f"lo1_{prefix}_{secret}"


def renew_api_key(*, key: ApiKey, expires_at: datetime) -> str:
    """Give a key a new secret, so that what was done once under it stays done."""
    secret = secrets.token_urlsafe(32)
    ApiKey.objects.filter(pk=key.pk).update(
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        expires_at=expires_at,
        revoked_at=None,
    )
    return f"lo1_{key.prefix}_{secret}"


def revoke_api_key(*, key: ApiKey, now: datetime) -> None:
    """Stop a key for good; revoking twice keeps the first time."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def note_api_key_use(*, key: ApiKey, now: datetime) -> None:
    """Remember the latest use, at most once a minute to spare the write."""
    if key.last_used_at is not None and now - key.last_used_at < USE_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
