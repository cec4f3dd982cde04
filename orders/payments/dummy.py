"""A provider that moves no money: the caller says how it ends, as on a test page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from orders.payments import signatures
from orders.payments.port import (
    Answer,
    Charge,
    ForgedNoticeError,
    Notice,
    ProviderRefusedError,
    Standing,
    UnknownNoticeError,
)
from orders.states import PaymentOutcome

SIGNATURE_HEADER = "Payment-Signature"


class DummyProvider:
    """Answers at once; notices come only from those who sign them for a test."""

    is_remote: bool = False
    is_hosted: bool = False
    outcomes: tuple[str, ...] = (
        *PaymentOutcome.values,
        Standing.AUTHORISED,
        Standing.PENDING,
    )

    def begin(self, charge: Charge) -> Answer:
        """End as the buyer has chosen; AUTHORISED and PENDING are left open."""
        name = charge.outcome
        standing = Standing.CAPTURED
        if name != PaymentOutcome.SUCCEEDED:
            standing = Standing(name)
        return Answer(standing, f"dummy-{charge.key}", charge.amount_minor)

    def look_up(self, charge: Charge, *, reference: str) -> Answer:
        """Tell how it began: there is no money, so nothing is remembered of it."""
        return self.begin(charge)

    def capture(self, charge: Charge, *, reference: str) -> Answer:
        """Take what is set aside."""
        standing = self.begin(charge).standing
        if standing not in (Standing.AUTHORISED, Standing.CAPTURED):
            raise ProviderRefusedError(f"{reference} is {standing}.")
        return Answer(Standing.CAPTURED, reference, charge.amount_minor)

    def void(self, charge: Charge, *, reference: str) -> Answer:
        """Give it up, unless it was taken."""
        known = self.begin(charge)
        if known.standing is Standing.CAPTURED:
            return known
        return Answer(Standing.VOIDED, reference, charge.amount_minor)

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> str:
        """Give nothing back: nothing was taken."""
        return f"dummy-refund-{key}"

    def read_notice(
        self, *, headers: Mapping[str, str], body: bytes, real_now: datetime
    ) -> Notice:
        """Read `{key, standing, reference, amount_minor}` of whoever has our key."""
        header = headers.get(SIGNATURE_HEADER, "")
        signatures.check(body, header=header, secret=secret(), real_now=real_now)
        values = _read(body)
        try:
            answer = Answer(
                Standing(values["standing"]),
                str(values["reference"]),
                int(values["amount_minor"]),
            )
            return Notice(str(values["key"]), answer)
        except (KeyError, TypeError, ValueError) as error:
            raise UnknownNoticeError("The notice is about no charge.") from error


def secret() -> str:
    """Give the key that the dummy's notices are signed with."""
    return salted_hmac(
        "orders.payments.dummy", settings.SITE_NAME, algorithm="sha256"
    ).hexdigest()


def _read(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ForgedNoticeError("The notice is no JSON.") from error
    if not isinstance(values, dict):
        raise UnknownNoticeError("The notice is no object.")
    return values
