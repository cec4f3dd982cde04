"""Money that staff have in hand: cash, a card at the till, a transfer that came in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from orders.payments.dummy import DummyProvider
from orders.payments.port import Answer, Charge, ForgedNoticeError, Notice, Standing


class CounterProvider(DummyProvider):
    """Says that it was taken; buyers cannot choose it, and nobody sends notices."""

    outcomes: tuple[str, ...] = ()

    def begin(self, charge: Charge) -> Answer:
        """Note that it was taken."""
        return Answer(Standing.CAPTURED, f"counter-{charge.key}", charge.amount_minor)

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> str:
        """Leave it to staff to hand it back."""
        return f"counter-refund-{key}"

    def read_notice(
        self, *, headers: Mapping[str, str], body: bytes, real_now: datetime
    ) -> Notice:
        """Believe nobody."""
        raise ForgedNoticeError("A counter sends no notices.")
