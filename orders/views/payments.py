"""Paying an order by the dummy provider, which asks how it should end."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configurator.selectors.money import written
from orders.models import Order, Payment
from orders.payments import SUCCEEDED
from orders.services.paying import record_payment
from orders.states import OrderState
from orders.views.requests import PageRequest, actor_of, for_holder, path_of

PROVIDER = "dummy"


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def payment(page: PageRequest, order: Order) -> HttpResponse:
    """Ask for the payment; a declined one loses nothing, a second one costs nothing."""
    if page.method == "POST":
        return _pay(page, order)
    if order.state != OrderState.PLACED or order.total_minor is None:
        return redirect(path_of(page, order))
    path = path_of(page, order)
    base, _sign, query = path.partition("?")
    context = {
        "section": "cart",
        "number": order.number,
        "total": written(order.total_minor, order.currency),
        "is_declined": Payment.objects.filter(order=order).exists(),
        "order_url": path,
        "action": f"{base}payment/?{query}" if query else f"{base}payment/",
    }
    return render(page, "orders/payment.html", context)


def _pay(page: PageRequest, order: Order) -> HttpResponse:
    paid = record_payment(
        order_id=order.pk,
        provider=PROVIDER,
        outcome=page.POST.get("outcome", ""),
        now=page.now,
        actor=actor_of(page),
    )
    if paid.outcome != SUCCEEDED:
        return redirect(page.get_full_path())
    messages.success(page, _("Thank you. Your order is paid and on its way."))
    return redirect(path_of(page, order))
