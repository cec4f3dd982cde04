"""Options that are sold out now, whatever the release says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from configurator.models import Availability

SoldOut = dict[tuple[str, str], date | None]


@dataclass(frozen=True, slots=True)
class OptionAvailability:
    """One option of one product, as the API tells it."""

    product: str
    characteristic: str
    option: str
    available: bool
    back_on: date | None


def list_sold_out(*, product_id: int, today: date) -> SoldOut:
    """Give the sold-out (characteristic, option) pairs with the date of return."""
    return map_sold_out(product_ids=[product_id], today=today).get(product_id, {})


def map_sold_out(*, product_ids: Collection[int], today: date) -> dict[int, SoldOut]:
    """Give what is sold out of several products, in one query.

    An option that is back on a date counts as available from that day on.
    """
    found: dict[int, SoldOut] = {}
    rows = Availability.objects.filter(
        product_id__in=product_ids, is_available=False
    ).values_list("product_id", "characteristic", "option", "back_on_date")
    for product_id, characteristic, option, back_on in rows:
        if back_on is None or back_on > today:
            found.setdefault(product_id, {})[characteristic, option] = back_on
    return found
