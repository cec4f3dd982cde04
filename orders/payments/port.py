"""What orders ask of a payment provider, whoever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """How far a charge has come with its provider."""

    PENDING = "PENDING"  # the buyer has still to act on the provider's page
    AUTHORISED = "AUTHORISED"  # the money is set aside, not taken
    CAPTURED = "CAPTURED"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"  # given up before any money was taken


@dataclass(frozen=True, slots=True)
class Charge:
    """A request for money; ``key`` names it for good, with us and with the provider."""

    key: str
    order_number: str
    amount_minor: int
    currency: str
    language: str = "en"
    return_url: str = ""
    # How it is to end, where the provider is a test page that lets the buyer say so.
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says of a charge; ``reference`` is its own name for it."""

    standing: Standing
    reference: str
    amount_minor: int = 0
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """News that a provider sends by itself; ``key`` is that of the charge."""

    key: str
    answer: Answer


class ProviderDownError(Exception):
    """The provider gave no answer: what was asked may or may not have happened."""


class ProviderRefusedError(Exception):
    """The provider says no, and will say it again."""


class ForgedNoticeError(Exception):
    """A notice that the provider did not sign, or signed long ago."""


class UnknownNoticeError(Exception):
    """A genuine notice about something that is none of our charges."""


class PaymentProvider(Protocol):
    """Every call may be repeated: the same key has its effect once."""

    # A remote provider is never called while a transaction is open.
    is_remote: bool
    # The buyer pays on the provider's own page; else this shop's page is the place.
    is_hosted: bool
    # How it may be told to end; empty where that is not the buyer's to say.
    outcomes: tuple[str, ...]

    def begin(self, charge: Charge) -> Answer:
        """Ask for the money, or for a page where the buyer may give it."""

    def look_up(self, charge: Charge, *, reference: str) -> Answer:
        """Tell how a charge stands now."""

    def capture(self, charge: Charge, *, reference: str) -> Answer:
        """Take the whole of what was set aside."""

    def void(self, charge: Charge, *, reference: str) -> Answer:
        """Give up a charge of which nothing was taken; tells how it stands then."""

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> str:
        """Give back part or all of what was taken; gives the refund's own name."""

    def read_notice(
        self, *, headers: Mapping[str, str], body: bytes, real_now: datetime
    ) -> Notice:
        """Check who signed a notice, then read it."""
