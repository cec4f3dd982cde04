"""What is kept about a customer: to be taken along, and to be erased."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from configurator.models import User
from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.exact_json import ExactJSONEncoder
from configurator.services.errors import DomainError
from orders.models import Order
from orders.selectors.exports import export_customer, export_order
from orders.services.erasing import OPEN, erase_customer, erase_orders
from orders.views.requests import for_holder, path_of

CONFIRMED = "yes"


class NotConfirmedError(DomainError):
    """What cannot be taken back needs a tick."""


@require_safe
@never_cache
@login_required
def account(page: PageRequest) -> HttpResponse:
    """Say what is kept of a signed-in customer, and offer both ways."""
    user = _person(page)
    open_orders = Order.objects.filter(user=user, state__in=OPEN)
    context: dict[str, Any] = {
        "is_account": True,
        "export_url": reverse("orders:privacy-export"),
        "erase_url": reverse("orders:privacy-erase"),
        "open_orders": list(open_orders.values_list("number", flat=True)),
        "is_staff_account": user.is_staff or user.is_superuser,
    }
    return render(page, "orders/privacy.html", context)


@require_safe
@never_cache
@login_required
def account_export(page: PageRequest) -> HttpResponse:
    """Send all that is kept of a customer."""
    user = _person(page)
    return _file(export_customer(user=user), "my-data")


@require_POST
@never_cache
@login_required
def account_erase(page: PageRequest) -> HttpResponse:
    """Erase an account and all of its orders, then say goodbye."""
    _check_confirmed(page)
    erase_customer(user=_person(page), now=page.now)
    logout(page)
    messages.success(page, _("Your account and your data are erased."))
    return redirect("catalogue:product-list")


@require_safe
@for_holder
def order(page: PageRequest, order: Order) -> HttpResponse:
    """Say what is kept with one order, for whoever holds its link."""
    base, _sign, query = path_of(page, order).partition("?")
    tail = f"?{query}" if query else ""
    context = {
        "number": order.number,
        "order_url": base + tail,
        "export_url": f"{base}privacy/export.json{tail}",
        "erase_url": f"{base}privacy/erase/{tail}",
        "open_orders": [order.number] if order.state in OPEN else [],
        "is_erased": order.erased_at is not None,
    }
    return render(page, "orders/privacy.html", context)


@require_safe
@for_holder
def order_export(page: PageRequest, order: Order) -> HttpResponse:
    """Send all that is kept with one order."""
    return _file(export_order(order=order), order.number)


@require_POST
@for_holder
def order_erase(page: PageRequest, order: Order) -> HttpResponse:
    """Erase what is about a person in one order."""
    _check_confirmed(page)
    path = path_of(page, order)
    erase_orders(order_ids=[order.pk], now=page.now, actor=actor_of(page))
    messages.success(page, _("Name, address and texts of this order are erased."))
    return redirect(path)


def _person(page: PageRequest) -> User:
    user = page.user
    if not isinstance(user, User):  # login_required lets nobody else come so far
        raise TypeError("nobody is signed in")
    return user


def _check_confirmed(page: PageRequest) -> None:
    if page.POST.get("sure") != CONFIRMED:
        text = _("Please tick that you are sure; it cannot be taken back.")
        raise NotConfirmedError(text, field="sure")


def _file(content: dict[str, Any], name: str) -> HttpResponse:
    answer = JsonResponse(
        content,
        encoder=ExactJSONEncoder,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
