"""Carts: what a buyer has gathered; every line stays a line of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import User
from configurator.selectors.words import in_language
from configurator.services.configurations import PinRequest, pin_configuration
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from orders.models import Cart, CartLine, Order, OrderLine
from orders.selectors.carts import find_cart
from orders.services.placing import place_order
from orders.services.requests import MAX_LINES, LineRequest, OrderRequest


class CartFullError(ConflictError):
    """No further line fits into the cart."""

    code = "CART_FULL"


class CartEmptyError(ConflictError):
    """There is nothing to order, or it was ordered a moment ago."""

    code = "CART_EMPTY"


@dataclass(frozen=True, slots=True)
class Refill:
    """What of an order came into the cart again, and why not the rest."""

    n_lines: int
    left_out: tuple[tuple[str, str], ...] = ()


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
            beside=list_beside(cart=cart, product=product),
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
            beside=list_beside(
                cart=cart, product=configuration.product.slug, but=line.pk
            ),
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


def order_cart(
    *,
    cart: Cart | None,
    request: OrderRequest,
    user: User | None,
    language: str,
    now: datetime,
    actor: str,
) -> Order:
    """Order what is in the cart and take exactly that out, in one transaction.

    The lines of ``request`` are the cart's. Whoever orders the same cart at the same
    time waits here and then finds it empty.
    """
    with transaction.atomic():
        lines = _lock_lines(cart) if cart is not None else []
        if cart is None or not lines:
            raise CartEmptyError(_("Your cart is empty; there is nothing to order."))
        order = place_order(
            request=replace(request, lines=ask_lines(lines)),
            user=user,
            language=language,
            now=now,
            actor=actor,
        )
        CartLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
        _touch(cart, now)
    return order


def fill_again(*, cart: Cart, order: Order, language: str, now: datetime) -> Refill:
    """Put an order's lines into the cart as far as they can be made today.

    Lines that were cancelled are wanted as well: whoever orders again decides anew.
    One that was changed is wanted as it is now.
    """
    n_lines = 0
    left_out = []
    wanted = OrderLine.objects.filter(order=order, replaces=None, changed_to=None)
    lines = wanted.select_related("product", "configuration")
    for line in lines.order_by("position"):
        try:
            add_line(
                cart=cart,
                product=line.product.slug,
                choices=line.configuration.choices,
                quantity=line.quantity,
                now=now,
            )
        except DomainError as error:
            name = in_language(line.product.name, language)
            left_out.append((name, error.message))
        else:
            n_lines += 1
    return Refill(n_lines, tuple(left_out))


def list_lines(*, cart: Cart) -> list[CartLine]:
    """List a cart's lines with their products, as they were put in."""
    rows = CartLine.objects.filter(cart=cart).select_related("configuration__product")
    return list(rows.order_by("pk"))


def list_beside(
    *, cart: Cart, product: str, but: int | None = None
) -> list[PinRequest]:
    """List what else of a product is in the cart: one design counts as a whole."""
    rows = CartLine.objects.filter(cart=cart, configuration__product__slug=product)
    others = rows if but is None else rows.exclude(pk=but)
    found = others.values_list("configuration__choices", "quantity")
    return [PinRequest(product, choices, quantity) for choices, quantity in found]


def ask_lines(lines: Iterable[CartLine]) -> tuple[LineRequest, ...]:
    """Ask for a cart's lines as an order does, in the releases on sale."""
    return tuple(
        LineRequest(
            product=line.configuration.product.slug,
            choices=line.configuration.choices,
            quantity=line.quantity,
        )
        for line in lines
    )


def get_line(*, cart: Cart, line_id: int) -> CartLine:
    """Find a line of this very cart."""
    rows = CartLine.objects.select_related("configuration__product")
    line = rows.filter(cart=cart, pk=line_id).first()
    if line is None:
        raise NotFoundError(_("This line is no longer in the cart."))
    return line


def _lock_lines(cart: Cart) -> list[CartLine]:
    """Let nobody else order the cart until this transaction ends, and read it."""
    Cart.objects.select_for_update(no_key=True).get(pk=cart.pk)
    return list_lines(cart=cart)


def _touch(cart: Cart, now: datetime) -> None:
    cart.updated_at = now
    cart.save(update_fields=["updated_at"])
