"""A team's list comes into the cart: a line for each member, all of them or none."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import User
from configurator.services.configurations import (
    PinnedConfiguration,
    PinRequest,
    keep_texts,
    pin_configurations,
)
from configurator.services.errors import InvalidError
from orders.models import Cart, CartLine
from orders.services.carts import CartFullError, list_beside
from orders.services.checking import PriceChangedError
from orders.services.requests import MAX_LINES


def add_roster(
    *,
    cart: Cart,
    requests: Sequence[PinRequest],
    expected_total_minor: int | None = None,
    user: User | None,
    now: datetime,
) -> list[CartLine]:
    """Put a line for each member into the cart, in one transaction.

    Raises
    ------
    InvalidError
        With everything that is wrong, each naming its row as ``lines.0``.
    PriceChangedError
        Where the buyer saw another total than that of now.
    CartFullError
        Where so many lines do not fit.
    """
    with transaction.atomic():
        Cart.objects.select_for_update(no_key=True).get(pk=cart.pk)
        _check_room(cart, len(requests))
        product = requests[0].product if requests else ""
        outcomes = pin_configurations(
            requests=requests,
            now=now,
            user=user,
            beside=list_beside(cart=cart, product=product),
        )
        problems = [
            problem.inside(f"lines.{at}")
            for at, outcome in enumerate(outcomes)
            for problem in outcome.problems
        ]
        if problems:
            raise InvalidError(problems)
        pinned = [each.pinned for each in outcomes if each.pinned is not None]
        _check_total(pinned, expected_total_minor)
        lines = CartLine.objects.bulk_create(
            CartLine(
                cart=cart,
                configuration=each.configuration,
                quantity=each.quantity,
                created_at=now,
            )
            for each in pinned
        )
        keep_texts(configurations=[each.configuration for each in pinned])
        Cart.objects.filter(pk=cart.pk).update(updated_at=now)
    return lines


def _check_room(cart: Cart, n_lines: int) -> None:
    room = MAX_LINES - CartLine.objects.filter(cart=cart).count()
    if n_lines > room:
        text = _("A cart holds at most %(most)s lines; %(room)s more fit into yours.")
        raise CartFullError(text % {"most": MAX_LINES, "room": max(room, 0)})


def _check_total(
    pinned: Sequence[PinnedConfiguration], expected_minor: int | None
) -> None:
    total_minor = sum(each.price.total_minor for each in pinned)
    if expected_minor is not None and expected_minor != total_minor:
        text = _(
            "Prices have changed since you saw them; please look at the new total."
        )
        raise PriceChangedError(text, extra={"total_minor": total_minor})
