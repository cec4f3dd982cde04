"""A cart as its page shows it, priced line by line."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

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
    rows = _lines_of(token, user_id).filter(configuration__product__slug=product)
    others = rows if but is None else rows.exclude(pk=but)
    return list(others.values_list("configuration__choices", "quantity"))


def count_lines(*, token: str, user: User | None) -> int:
    """Count the lines of the cart that a token names, for the badge on every page."""
    return _lines_of(token, user.pk if user else None).count()


def _lines_of(token: str, user_id: int | None) -> QuerySet[CartLine]:
    """Give the lines of a cart that is nobody's or this user's, whoever knows it."""
    is_nobodys = Q(cart__user=None)
    is_theirs = is_nobodys | Q(cart__user=user_id) if user_id else is_nobodys
    return CartLine.objects.filter(is_theirs, cart__token=token)


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
