"""Value-added tax in prices that include it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.utils.formats import number_format

from configurator.selectors.money import written
from orders.models import ShopTerms


def get_terms() -> ShopTerms:
    """Read who sells and the tax in its prices; a shop that says nothing has some."""
    found = ShopTerms.objects.first()
    return found or ShopTerms(seller_name="Lot One", seller_address="", vat_id="")


def net_of(gross_minor: int, *, vat_bp: int) -> int:
    """Take the tax out of an amount, rounded half up to a whole minor unit."""
    whole = 10_000 + vat_bp
    return (2 * gross_minor * 10_000 + whole) // (2 * whole)


def without_tax() -> Callable[[int], int]:
    """Give what takes the tax of this shop out of amounts; one query."""
    return partial(net_of, vat_bp=get_terms().vat_bp)


def split_line_totals(totals: Sequence[int], *, vat_bp: int) -> list[tuple[int, int]]:
    """Split gross amounts into net and tax so that the nets add up to the sum's net.

    What rounding leaves goes to the lines with the largest remainders, the first of
    equal ones first.
    """
    whole = 10_000 + vat_bp
    nets = [total * 10_000 // whole for total in totals]
    rest = net_of(sum(totals), vat_bp=vat_bp) - sum(nets)
    by_remainder = sorted(
        range(len(totals)), key=lambda place: (-(totals[place] * 10_000 % whole), place)
    )
    for place in by_remainder[:rest]:
        nets[place] += 1
    return [(net, total - net) for net, total in zip(nets, totals, strict=True)]


def show_tax(
    total_minor: int | None, currency: str, *, is_trade: bool
) -> dict[str, Any]:
    """Write a total without its tax, and the tax; nothing where none is known."""
    if total_minor is None:
        return {}
    bp = get_terms().vat_bp
    net_minor = net_of(total_minor, vat_bp=bp)
    return {
        "net": written(net_minor, currency),
        "vat": written(total_minor - net_minor, currency),
        "percent": number_format(bp / 100, decimal_pos=2 if bp % 100 else 0),
        "is_trade": is_trade,
    }
