"""Signed notices: a time and an HMAC of time and body, as `t=...,v1=...`."""

import hashlib
import hmac
from datetime import datetime

from orders.payments.port import ForgedNoticeError

TOLERANCE_S = 300


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """Write the header that goes with a body."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_mac(body, secret, str(stamp))}"


def check(body: bytes, *, header: str, secret: str, real_now: datetime) -> None:
    """Raise unless somebody who knows the secret signed the body just now."""
    if not secret:
        raise ForgedNoticeError("There is no secret to check notices with.")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _sign, value in pairs if name == "t"]
    given = [value for name, _sign, value in pairs if name == "v1"]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()):
        raise ForgedNoticeError("The signature names no time.")
    wanted = _mac(body, secret, stamps[0]).encode()
    if not any(hmac.compare_digest(wanted, each.encode()) for each in given):
        raise ForgedNoticeError("The signature is not the provider's.")
    if abs(real_now.timestamp() - int(stamps[0])) > TOLERANCE_S:
        raise ForgedNoticeError("The signature is too old.")


def _mac(body: bytes, secret: str, stamp: str) -> str:
    return hmac.new(
        secret.encode(), stamp.encode() + b"." + body, hashlib.sha256
    ).hexdigest()
