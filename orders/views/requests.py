"""What pages of this app read from a request: time, buyer, cart, the order's holder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from configurator.selectors.callers import PageRequest, user_of
from configurator.selectors.fields import (
    LONGEST_ADDRESS,
    read_choices,
    read_quantity,
    write_query,
)
from configurator.selectors.releases import LiveRelease
from configurator.selectors.roles import roles_of
from configurator.services.errors import NotFoundError, Problem
from configurator.services.pictures import store_pictures
from orders.context_processors import CART_KEY
from orders.models import Cart, Order, OrderLine
from orders.permissions import SALES
from orders.selectors.answers import order_path
from orders.selectors.carts import find_cart
from orders.selectors.changes import place_of
from orders.selectors.orders import get_by_token, get_order
from orders.services import carts
from orders.throttles import may_upload
from orders.views.shown import page_of

Extra = ParamSpec("Extra")


OrderPage = Callable[Concatenate[PageRequest, Order, Extra], HttpResponse]


def language_of() -> str:
    return get_language() or "en"


def cart_of(page: PageRequest) -> Cart | None:
    """Find the visitor's cart; looking makes none."""
    return find_cart(token=page.session.get(CART_KEY), user=user_of(page))


def cart_to_fill(page: PageRequest) -> Cart:
    """Give the visitor's cart, a new one where there is none."""
    cart = carts.get_or_create_cart(
        token=page.session.get(CART_KEY), user=user_of(page), now=page.now
    )
    page.session[CART_KEY] = cart.token
    return cart


@dataclass(frozen=True, slots=True)
class DesignForm:
    """The configurator's form as it was sent, its pictures kept."""

    choices: dict[str, Any]
    quantity: int
    problems: tuple[Problem, ...]

    def address(self, slug: str) -> str:
        """Give the configurator's address for it; of one too long that it starts at."""
        path = reverse("catalogue:product", args=[slug])
        address = f"{path}?{write_query(self.choices, self.quantity)}"
        return address if len(address) <= LONGEST_ADDRESS else path


def read_design_form(page: PageRequest, release: LiveRelease) -> DesignForm:
    """Read the configurator's form and keep the pictures that came with it."""
    choices = read_choices(release.definition, page.POST)
    tokens, problems = store_pictures(
        release=release,
        files=page.FILES,
        may_store=partial(may_upload, page),
        now=page.now,
    )
    return DesignForm(
        choices=choices | tokens,
        quantity=read_quantity(page.POST, release.definition.quantity.minimum),
        problems=tuple(
            Problem("upload", text, code) for code, text in problems.items()
        ),
    )


def for_holder(view: OrderPage[Extra]) -> Callable[..., HttpResponse]:
    """Let the token's holder, the buyer and sales pass; nobody else learns of it."""

    @never_cache
    @wraps(view)
    def wrapped(
        request: PageRequest, number: str, *args: Extra.args, **words: Extra.kwargs
    ) -> HttpResponse:
        token = request.GET.get("token", "")
        if token:
            order = get_by_token(number=number, token=token)
        elif user_of(request) is None:
            return redirect_to_login(request.get_full_path())
        else:
            order = get_order(number=number)
            check_may_see(request, order)
        return view(request, order, *args, **words)

    return wrapped


def check_may_see(page: PageRequest, order: Order) -> None:
    """Refuse another's order as if there were none."""
    buyer = user_of(page)
    is_own = buyer is not None and order.user_id == buyer.pk
    if not is_own and not SALES & roles_of(page.user):
        raise NotFoundError(_("There is no such order."))


def path_of(page: PageRequest, order: Order) -> str:
    """Give the order's address as this visitor may know it: with its token or not."""
    buyer = user_of(page)
    is_own = buyer is not None and order.user_id == buyer.pk
    path = order_path(order)
    is_holder = bool(page.GET.get("token"))
    return path if is_own or is_holder else path.partition("?")[0]


def path_of_line(page: PageRequest, line: OrderLine) -> str:
    """Give the order's address at one of its lines, where there are many."""
    path = path_of(page, line.order)
    number = page_of(place_of(line))
    if number == 1:
        return path
    sign = "&" if "?" in path else "?"
    return f"{path}{sign}page={number}#line-{line.pk}-title"
