"""Who may see and do what with orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from configurator.selectors.callers import api_key_of, user_of
from configurator.selectors.roles import ORDER_DESK, PLANNER, roles_of
from configurator.services.errors import NotFoundError
from configurator.states import Scope
from orders.models import Order
from orders.selectors.orders import get_order, has_token

if TYPE_CHECKING:  # its views import this module
    from django.http import HttpRequest

SALES = frozenset({ORDER_DESK, PLANNER})
TOKEN_HEADER = "Order-Token"  # noqa: S105 -- the name of a header


def works_in_sales(request: Request) -> bool:
    """Say whether a planner or the order desk calls, in a session of their own."""
    user = user_of(request)
    if user is None or api_key_of(request) is not None:
        return False
    return bool(SALES & roles_of(user))


def check_may_order(request: Request) -> None:
    """Let guests, people and keys made for it place orders."""
    key = api_key_of(request)
    if key is not None and Scope.ORDERS_IMPORT not in key.scopes:
        raise PermissionDenied


def check_may_list(request: Request) -> None:
    """Let people and keys made for it list orders; a guest has no list."""
    if user_of(request) is None:
        raise NotAuthenticated
    check_may_order(request)


def check_works_in_sales(request: Request, *, scope: str = "") -> None:
    """Let planners and the order desk pass, and keys with the scope, if any."""
    if user_of(request) is None:
        raise NotAuthenticated
    key = api_key_of(request)
    if key is not None and scope in key.scopes:
        return
    if not works_in_sales(request):
        raise PermissionDenied


def order_token(request: Request | HttpRequest) -> str:
    """Read the token that a guest proves an order with, from header or address."""
    return str(request.headers.get(TOKEN_HEADER) or request.GET.get("token", ""))


def find_order(request: Request, number: str) -> Order:
    """Find the order that the caller asks for.

    Whoever is not its owner, not its token's holder and not in sales is told that
    it does not exist; without any credential the call is refused unheard.
    """
    check_credential(request)
    order = get_order(number=number)
    check_may_see(request, order)
    return order


def check_credential(request: Request) -> None:
    """Refuse a call that carries neither a token nor anything else to show."""
    if not order_token(request):
        check_may_list(request)


def check_may_see(request: Request, order: Order) -> None:
    """Refuse an order that is another's, as if there were none."""
    if owns_order(request, order) or works_in_sales(request):
        return
    raise NotFoundError(_("There is no such order."))


def owns_order(request: Request, order: Order) -> bool:
    """Say whether the caller holds the order's token or placed it."""
    if has_token(order=order, token=order_token(request)):
        return True
    user, key = user_of(request), api_key_of(request)
    if user is None or order.user_id != user.pk:
        return False
    return key is None or Scope.ORDERS_IMPORT in key.scopes
