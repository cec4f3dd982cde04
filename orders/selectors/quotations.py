"""On which terms a product's quotations are made, unless staff say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configurator.selectors.releases import release_by_id

LONGEST_VALID_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class QuotationTerms:
    """What is paid before the work begins, in percent, and how long an offer stands."""

    deposit_percent: int = 100
    valid_days: int = 30


def get_terms(*, release_id: int) -> QuotationTerms:
    """Read a release's terms: ``{"extra": {"quotation": {"deposit_percent": 50}}}``.

    What is not said, or cannot be, is as usual.
    """
    extra = release_by_id(release_id).document.get("extra")
    found = extra.get("quotation") if isinstance(extra, Mapping) else None
    said = found if isinstance(found, Mapping) else {}
    usual = QuotationTerms()
    return QuotationTerms(
        deposit_percent=_within(said.get("deposit_percent"), 100)
        or usual.deposit_percent,
        valid_days=_within(said.get("valid_days"), LONGEST_VALID_DAYS)
        or usual.valid_days,
    )


def _within(value: Any, most: int) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 1 <= value <= most else None
