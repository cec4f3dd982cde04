"""On which terms quotations are made, and when what they offer would be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.money import written
from configurator.selectors.releases import release_by_id
from configurator.selectors.times import local, written_day
from orders.selectors.balances import part_of
from orders.states import QuotationState

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


def written_terms(quotation: Mapping[str, Any], currency: str) -> list[str]:
    """Write what is paid at once, how long it stands and when it would be there.

    For those who read it some time later: no day is called today.
    """
    found = []
    if deposit := written_deposit(quotation, currency):
        text = _("%(deposit)s of it as a deposit now, the balance before we ship.")
        found.append(text % {"deposit": deposit})
    if until := quotation["valid_until"]:
        at = _("%(day)s at %(clock)s") % {
            "day": written_day(until),
            "clock": f"{local(until):%H:%M}",
        }
        found.append(_("It stands until %(until)s.") % {"until": at})
    if dates := written_dates(quotation):
        found.append(dates)
    return found


def written_deposit(quotation: Mapping[str, Any], currency: str) -> str:
    """Write what is to be paid at once where that is a part only."""
    total_minor, percent = quotation["total_minor"], quotation["deposit_percent"]
    if not total_minor or percent >= 100:
        return ""
    return written(part_of(total_minor, percent), currency)


def written_dates(quotation: Mapping[str, Any] | None) -> str:
    """Write when what is offered would be there; as the API tells of a quotation."""
    if quotation is None or quotation["state"] != QuotationState.SENT:
        return ""
    if quotation["ready_at"] is None:
        return ""
    text = _(
        "If you accept on %(day)s it is ready on %(ready)s and with you on "
        "%(delivered)s; if later, the days are set anew."
    )
    return text % {
        "day": written_day(quotation["sent_at"]),
        "ready": written_day(quotation["ready_at"]),
        "delivered": written_day(quotation["delivered_at"]),
    }


def _within(value: Any, most: int) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 1 <= value <= most else None
