"""A cart as its page shows it, priced line by line."""

from typing import Any

from configurator.models import Configuration
from configurator.selectors.prices import price_configuration
from configurator.selectors.releases import find_live_releases, releases_by_id
from configurator.selectors.words import in_language
from configurator.states import ProductKind
from orders.models import Cart, CartLine
from orders.selectors.answers import describe_configuration


def get_cart(*, token: str) -> Cart | None:
    """Find a cart by its token, if there still is one."""
    return Cart.objects.filter(token=token).first()


def count_lines(*, cart: Cart | None) -> int:
    """Count the lines, for the badge on every page."""
    return 0 if cart is None else CartLine.objects.filter(cart=cart).count()


def cart_answer(*, cart: Cart, language: str) -> dict[str, Any]:
    """Describe a cart; quantity breaks count for each line by itself.

    Lines keep the order in which they were put in. The total is open while a
    bespoke line is among them.
    """
    lines = list(
        CartLine.objects.filter(cart=cart)
        .select_related("configuration__product")
        .order_by("pk")
    )
    releases_by_id({line.configuration.release_id for line in lines})
    live = find_live_releases({line.configuration.product.slug for line in lines})
    on_sale = {release.release_id for release in live.values()}
    described = [_describe_line(line, on_sale, language) for line in lines]
    totals = [line["total_minor"] for line in described]
    return {
        "token": cart.token,
        "currency": described[0]["currency"] if described else "EUR",
        "total_minor": None if None in totals else sum(totals),
        "n_units": sum(line["quantity"] for line in described),
        "lines": described,
    }


def _describe_line(line: CartLine, on_sale: set[int], language: str) -> dict[str, Any]:
    configuration: Configuration = line.configuration
    product = configuration.product
    price = price_configuration(
        release_id=configuration.release_id,
        choices=configuration.choices,
        quantity=line.quantity,
    )
    is_bespoke = product.kind == ProductKind.BESPOKE
    return {
        "id": line.pk,
        "product": product.slug,
        "name": in_language(product.name, language),
        "kind": product.kind,
        "quantity": line.quantity,
        "configuration": describe_configuration(configuration),
        "currency": price.currency,
        "total_minor": None if is_bespoke else price.total_minor,
        "price_lines": [
            {
                "label": in_language(each.label, language),
                "amount_minor": each.amount_minor,
            }
            for each in price.lines
        ],
        "is_on_sale": configuration.release_id in on_sale,
    }
