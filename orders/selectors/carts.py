"""A cart as its page shows it, priced line by line."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

from configurator.models import Configuration, User
from configurator.selectors.design_prices import Asked, Price, price_together
from configurator.selectors.prices import pricing_account
from configurator.selectors.releases import (
    LiveRelease,
    find_live_releases,
    releases_by_id,
)
from configurator.selectors.words import in_language
from configurator.states import ProductKind
from orders.models import Cart, CartLine
from orders.selectors.answers import describe_configuration

# Pages ask both of every visitor with a cart: they are written out, since to have them
# written takes longer than to run them. A cart is nobody's or a user's own, whoever
# knows its token.
LINES = """
SELECT l.id, l.quantity, l.configuration_id
FROM orders_cartline l
JOIN orders_cart c ON c.id = l.cart_id
WHERE c.token = %s AND (c.user_id IS NULL OR c.user_id = %s)
"""
COUNT_QUERY = f"SELECT COUNT(*) FROM ({LINES}) l"  # noqa: S608 -- ours
BESIDE_QUERY = f"""
SELECT l.id, k.choices, l.quantity
FROM ({LINES}) l
JOIN configurator_configuration k ON k.id = l.configuration_id
JOIN configurator_product p ON p.id = k.product_id
WHERE p.slug = %s
ORDER BY l.id
"""  # noqa: S608 -- ours
NO_ID = 0


def find_cart(*, token: str | None, user: User | None) -> Cart | None:
    """Find the cart that the token names, else a user's latest, if there is one.

    Another user's cart is not given, whoever knows its token.
    """
    cart = Cart.objects.filter(token=token).first() if token else None
    if cart is not None and cart.user_id is not None:
        is_own = user is not None and cart.user_id == user.pk
        cart = cart if is_own else None
    if cart is None and user is not None:
        cart = Cart.objects.filter(user=user).order_by("-updated_at", "-pk").first()
    return cart


def lines_beside(
    *, token: str, user_id: int | None, product: str, but: int | None
) -> list[tuple[Mapping[str, Any], int]]:
    """List choices and quantity of a product's other lines in a visitor's cart."""
    rows = _ask(BESIDE_QUERY, token, user_id or NO_ID, product)
    return [(json.loads(choices), n) for id_, choices, n in rows if id_ != but]


def count_lines(*, token: str, user: User | None) -> int:
    """Count the lines of the cart that a token names, for the badge on every page."""
    ((n_lines,),) = _ask(COUNT_QUERY, token, user.pk if user else NO_ID)
    return int(n_lines)


def _ask(query: str, *words: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, words)
        return list(cursor.fetchall())


def cart_answer(
    *, cart: Cart, language: str, user: User | None = None
) -> dict[str, Any]:
    """Describe a cart to its buyer; the lines of one design share its breaks.

    Lines keep the order in which they were put in. The total is open while a
    bespoke line is among them.
    """
    lines = list(
        CartLine.objects.filter(cart=cart)
        .select_related("configuration__product")
        .order_by("pk")
    )
    pinned = releases_by_id({line.configuration.release_id for line in lines})
    account = pricing_account(
        user=user, definitions=[each.definition for each in pinned.values()]
    )
    live = find_live_releases({line.configuration.product.slug for line in lines})
    on_sale = {release.release_id for release in live.values()}
    prices = price_together([_asked(line, pinned, account) for line in lines])
    described = [
        _describe_line(line, on_sale, language, price)
        for line, price in zip(lines, prices, strict=True)
    ]
    totals = [line["total_minor"] for line in described]
    return {
        "token": cart.token,
        "currency": described[0]["currency"] if described else "EUR",
        "total_minor": None if None in totals else sum(totals),
        "n_units": sum(line["quantity"] for line in described),
        "lines": described,
    }


def _asked(line: CartLine, pinned: Mapping[int, LiveRelease], account: str) -> Asked:
    configuration = line.configuration
    definition = pinned[configuration.release_id].definition
    return Asked(definition, configuration.choices, line.quantity, account)


def _describe_line(
    line: CartLine, on_sale: set[int], language: str, price: Price
) -> dict[str, Any]:
    configuration: Configuration = line.configuration
    product = configuration.product
    is_bespoke = product.kind == ProductKind.BESPOKE
    return {
        "id": line.pk,
        "release_id": configuration.release_id,
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
