"""What pages of this app read from a request: time, buyer, cart, the order's holder."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from configurator.selectors.callers import PageRequest, user_of
from configurator.selectors.roles import roles_of
from configurator.services.errors import NotFoundError
from orders.context_processors import CART_KEY
from orders.models import Cart, Order, OrderLine
from orders.permissions import SALES
from orders.selectors.answers import order_path
from orders.selectors.carts import find_cart
from orders.selectors.orders import get_by_token, get_order
from orders.services import carts
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
    number = page_of(line.position)
    if number == 1:
        return path
    sign = "&" if "?" in path else "?"
    return f"{path}{sign}page={number}#line-{line.pk}-title"
