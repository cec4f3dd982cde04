"""Talking to payment providers: one small port, and a dummy for shops without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

SUCCEEDED = "SUCCEEDED"
DECLINED = "DECLINED"
OUTCOMES = (SUCCEEDED, DECLINED)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a provider did with a request to pay."""

    outcome: str
    reference: str


class PaymentProvider(Protocol):
    def charge(
        self,
        *,
        order_number: str,
        attempt: int,
        amount_minor: int,
        currency: str,
        outcome: str,
    ) -> Charge:
        """Take the money; the same order and attempt is never charged twice."""

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        """Give money back; the same key is never paid out twice."""


class DummyProvider:
    """Moves no money: the caller says how it ends, as on a test page."""

    def charge(
        self,
        *,
        order_number: str,
        attempt: int,
        amount_minor: int,
        currency: str,
        outcome: str,
    ) -> Charge:
        return Charge(outcome=outcome, reference=f"dummy-{order_number}-{attempt}")

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        return None


PROVIDERS: Mapping[str, PaymentProvider] = {"dummy": DummyProvider()}
