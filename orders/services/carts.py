"""Carts: what a buyer has gathered; every line stays a line of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import User
from configurator.services.configurations import pin_configuration
from configurator.services.errors import ConflictError, NotFoundError
from orders.models import Cart, CartLine
from orders.selectors.carts import find_cart
from orders.services.requests import MAX_LINES


class CartFullError(ConflictError):
    """No further line fits into the cart."""

    code = "CART_FULL"


def get_or_create_cart(*, token: str | None, user: User | None, now: datetime) -> Cart:
    """Give the cart that the token names, else a user's latest, else a new one.

    A guest's cart becomes the user's at sign-in; another user's cart is not given.
    """
    cart = find_cart(token=token, user=user)
    if cart is None:
        return Cart.objects.create(user=user, created_at=now, updated_at=now)
    if user is not None and cart.user_id is None:
        cart.user = user
        cart.save(update_fields=["user"])
    return cart


def add_line(
    *,
    cart: Cart,
    product: str,
    choices: Mapping[str, Any],
    quantity: int,
    release: str | None = None,
    now: datetime,
) -> CartLine:
    """Put complete choices into the cart; an equal line is never added up with it."""
    with transaction.atomic():
        if CartLine.objects.filter(cart=cart).count() >= MAX_LINES:
            text = _("A cart holds at most %(most)s lines.") % {"most": MAX_LINES}
            raise CartFullError(text)
        pinned = pin_configuration(
            product=product,
            choices=choices,
            quantity=quantity,
            release=release,
            now=now,
        )
        line = CartLine.objects.create(
            cart=cart,
            configuration=pinned.configuration,
            quantity=quantity,
            created_at=now,
        )
        _touch(cart, now)
    return line


def update_line(
    *,
    cart: Cart,
    line_id: int,
    quantity: int | None = None,
    choices: Mapping[str, Any] | None = None,
    now: datetime,
) -> CartLine:
    """Change quantity or choices of a line, in the release that is on sale now."""
    with transaction.atomic():
        line = get_line(cart=cart, line_id=line_id)
        configuration = line.configuration
        wanted = line.quantity if quantity is None else quantity
        pinned = pin_configuration(
            product=configuration.product.slug,
            choices=configuration.choices if choices is None else choices,
            quantity=wanted,
            now=now,
        )
        line.configuration = pinned.configuration
        line.quantity = wanted
        line.save(update_fields=["configuration", "quantity"])
        _touch(cart, now)
    return line


def remove_line(*, cart: Cart, line_id: int, now: datetime) -> None:
    """Take a line out of the cart."""
    with transaction.atomic():
        get_line(cart=cart, line_id=line_id).delete()
        _touch(cart, now)


def empty_cart(*, cart: Cart, now: datetime) -> None:
    """Take all lines out, once they are ordered."""
    with transaction.atomic():
        CartLine.objects.filter(cart=cart).delete()
        _touch(cart, now)


def get_line(*, cart: Cart, line_id: int) -> CartLine:
    """Find a line of this very cart."""
    rows = CartLine.objects.select_related("configuration__product")
    line = rows.filter(cart=cart, pk=line_id).first()
    if line is None:
        raise NotFoundError(_("This line is no longer in the cart."))
    return line


def _touch(cart: Cart, now: datetime) -> None:
    cart.updated_at = now
    cart.save(update_fields=["updated_at"])
