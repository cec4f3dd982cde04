"""A line that was ordered, while its buyer changes it in the configurator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import User
from configurator.ports import OrderedLine, ports
from configurator.selectors.callers import PageRequest
from configurator.selectors.money import written
from configurator.selectors.releases import LiveRelease
from configurator.selectors.times import local, written_day

Answer = Mapping[str, Any]

# In the session: where lines are saved and shown, by their ids. The address of the
# configurator names the line only, so that it can be shown around.
CHANGING_KEY = "changing"
ORDERED = "ordered"
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Changing:
    """An ordered line with its buyer, where its change is sent and its order shown."""

    line_id: int
    line: OrderedLine
    save_url: str
    order_url: str
    buyer: User | None


def let_change(
    request: PageRequest, *, line_id: int, save_url: str, order_url: str
) -> None:
    """Let the visitor change a line in the configurator, some lines at a time."""
    known = dict(request.session.get(CHANGING_KEY, {}))
    known.pop(str(line_id), None)
    known[str(line_id)] = [save_url, order_url]
    request.session[CHANGING_KEY] = dict([*known.items()][-MOST_AT_ONCE:])


def find_changing(
    request: PageRequest, line_id: int | None, *, product: str
) -> Changing | None:
    """Find the line of a product that the visitor was let change, if it is theirs."""
    addresses = request.session.get(CHANGING_KEY, {}).get(str(line_id))
    line = ports.find_ordered(line_id=line_id) if line_id and addresses else None
    if line is None or line_id is None or line.product != product:
        return None
    buyer = User.objects.filter(pk=line.buyer_id).first() if line.buyer_id else None
    save_url, order_url = addresses
    return Changing(line_id, line, save_url, order_url, buyer)


def show_changing(
    changing: Changing | None, price: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what is changed, and what its price now means for its buyer."""
    if changing is None:
        return {}
    text = _(
        "You are changing a line of order %(number)s. Nothing changes until you save."
    )
    if changing.line.is_gone:
        text = _("This was changed or cancelled meanwhile; look at it as it is now.")
    # The joiner keeps the number in one line of a narrow screen.
    number = changing.line.order.replace("-", "-\u2060")
    return {
        "line_id": changing.line_id,
        "text": text % {"number": number},
        "save_url": changing.save_url,
        "order_url": changing.order_url,
        "difference": tell_difference(
            changing.line, price["total_minor"], price["currency"]
        ),
    }


def tell_day(
    changing: Changing | None, *, release: LiveRelease, answer: Answer, now: datetime
) -> str:
    """Say when a changed line will be there, as its order is sent, and if too late.

    Where the works can keep it, that is the day that it was promised for.
    """
    if changing is None or changing.line.is_gone or not answer["promise"]:
        return ""
    line = changing.line
    quote = ports.promise_quote(
        product=release.product,
        release_id=release.release_id,
        choices=answer["choices"],
        quantity=answer["quantity"],
        now=now,
        delivery=line.delivery,
        country=line.country,
        instead_of=changing.line_id,
        buyer_id=line.buyer_id,
    )
    if quote is None:
        return ""
    at = max(quote.delivered_at, line.promised_at or quote.delivered_at)
    words = {"day": written_day(at)}
    is_later = line.promised_at is None or at > line.promised_at
    if line.needed_by is None or not is_later or local(at).date() <= line.needed_by:
        return _("With you on %(day)s") % words
    words["needed"] = written_day(line.needed_by)
    return _("With you on %(day)s, but you need it by %(needed)s") % words


def tell_difference(line: OrderedLine, total_minor: int | None, currency: str) -> str:
    """Say by how much a price differs from what was ordered, and what follows."""
    if total_minor is None or line.is_gone:
        return ""
    more_minor = total_minor - line.total_minor
    words = {"amount": written(abs(more_minor), currency)}
    if not more_minor:
        return _("The price stays as it is.")
    if line.is_paid:
        dearer = _("%(amount)s more: to be paid when it is saved")
        cheaper = _("%(amount)s less: they come back to you")
    else:
        dearer = _("%(amount)s more than before")
        cheaper = _("%(amount)s less than before")
    return (dearer if more_minor > 0 else cheaper) % words
