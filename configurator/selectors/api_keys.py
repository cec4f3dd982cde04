"""Who an API key belongs to, and whether it may still be used."""

import hashlib
import re
import secrets
from datetime import datetime

from configurator.models import ApiKey

KEY_FORM = re.compile(r"lo1_(?P<prefix>[A-Za-z0-9]{4,16})_(?P<secret>[\w-]{16,128})")


class UnusableKeyError(Exception):
    """The key does not exist, was revoked or has expired."""


def get_usable_api_key(*, text: str, now: datetime) -> ApiKey:
    """Find the key that ``text`` spells, checked in constant time."""
    match = KEY_FORM.fullmatch(text)
    key = (
        match
        and ApiKey.objects.select_related("user").filter(prefix=match["prefix"]).first()
    )
    if not match or not key:
        raise UnusableKeyError("This API key does not exist.")
    digest = hashlib.sha256(match["secret"].encode()).hexdigest()
    if not secrets.compare_digest(digest, key.secret_sha256):
        raise UnusableKeyError("This API key does not exist.")
    if key.revoked_at is not None or not key.user.is_active:
        raise UnusableKeyError("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise UnusableKeyError(f"This API key expired at {key.expires_at:%Y-%m-%d}.")
    return key
