"""From the cart to an order: who, where to, by which way, for how much."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from configurator.selectors.callers import (
    DESK_BUYER,
    PageRequest,
    actor_of,
    buyer_of,
    user_of,
)
from configurator.services.errors import DomainError, InvalidError
from configurator.services.once import (
    Answer,
    KeyReusedError,
    answer_once,
    read_once_request,
)
from orders.forms import WINDOWS, CheckoutForm, Payment, new_key
from orders.models import Order
from orders.selectors.answers import order_path
from orders.selectors.orders import list_orders
from orders.services import carts
from orders.services.checking import PriceChangedError
from orders.services.requests import OrderRequest
from orders.services.selling import NoAccountError, confirm_on_invoice, take_payment
from orders.states import Shipping
from orders.views.counter import desk_buyer
from orders.views.placed import find_placed, note_placed
from orders.views.requests import cart_of, language_of
from orders.views.review import Review, review_cart


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def checkout(page: PageRequest) -> HttpResponse:
    """Take the buyer's address, show what will be ordered, and order it."""
    if page.method == "POST":
        return _place(page)
    review = review_cart(page)
    if not review.lines:
        return redirect("orders:cart")
    form = CheckoutForm(initial=_initial(page, review))
    return _show(page, form, review, 200)


def _initial(page: PageRequest, review: Review) -> dict[str, Any]:
    """Fill in what is known of a signed-in buyer from their latest order."""
    initial: dict[str, Any] = {"delivery": review.first_delivery, "country": "DE"}
    buyer = buyer_of(page)
    if buyer is None:
        return initial
    initial |= {"name": buyer.get_full_name(), "email": buyer.email}
    latest = list_orders(owner=buyer).order_by("-created_at", "-pk").first()
    if latest is not None:
        initial |= {**latest.shipping_address, "name": latest.customer_name}
    return initial


def _show(
    page: PageRequest, form: CheckoutForm, review: Review, status: int
) -> HttpResponse:
    """Draw the page anew: typed values stay, totals and the form's key are fresh."""
    chosen = form["delivery"].value()
    context = {
        "section": "cart",
        "form": form,
        "review": review,
        "deliveries": review.list_deliveries(chosen),
        "windows": review.list_windows(form),
        "once": new_key(),
        "desk": desk_buyer(page),
        "login_url": f"{reverse('account_login')}?next={reverse('orders:checkout')}",
    }
    return render(page, "orders/checkout.html", context, status=status)


def _place(page: PageRequest) -> HttpResponse:
    form = CheckoutForm(page.POST)
    if not form.is_valid():
        return _show_again(page, form, 400)
    values = form.cleaned_data
    buyer = user_of(page)
    call = read_once_request(
        key=values["once"],
        user_id=buyer.pk if buyer else None,
        api_key_id=None,
        call="POST checkout",
        body={name: each for name, each in values.items() if name != "once"},
    )
    try:
        answer = answer_once(call, now=page.real_now, effect=lambda: _order(page, form))
    except KeyReusedError:
        return _point_to_order(page, values["once"])
    except carts.CartEmptyError as error:
        messages.error(page, error.message)
        return redirect("orders:cart")
    except (PriceChangedError, NoAccountError) as error:
        form.add_error(None, error.message)
        return _show_again(page, form, error.status)
    except InvalidError as error:
        _note(form, error)
        return _show_again(page, form, error.status)
    note_placed(page, key=values["once"], placed=answer.body)
    return redirect(answer.body["url"])


def _point_to_order(page: PageRequest, key: str) -> HttpResponse:
    """Tell a buyer who went back and changed the form that it was ordered already."""
    placed = find_placed(page)
    if placed.get("key") != key:
        messages.error(page, _("This form was sent before; please fill it in anew."))
        return redirect("orders:checkout")
    text = _("%(number)s was placed already; later changes of the form are not in it.")
    messages.error(page, text % placed)
    return redirect(placed["url"])


def _show_again(page: PageRequest, form: CheckoutForm, status: int) -> HttpResponse:
    review = review_cart(page)
    if not review.lines:
        messages.error(page, _("Your cart is empty; there is nothing to order."))
        return redirect("orders:cart")
    return _show(page, form, review, status)


def _order(page: PageRequest, form: CheckoutForm) -> Answer:
    """Place the cart's lines as an order and empty the cart, all in one."""
    values = form.cleaned_data
    request = OrderRequest(
        customer_name=values["name"],
        customer_email=values["email"],
        shipping_address=form.address(),
        lines=(),
        delivery=values["delivery"],
        shipping=values["shipping"] or Shipping.TOGETHER,
        needed_by=values["needed_by"],
        window_from=form.window_from(),
        expected_total_minor=values["expected_total_minor"],
    )
    order = carts.order_cart(
        cart=cart_of(page),
        request=request,
        user=buyer_of(page),
        language=language_of(),
        now=page.now,
        actor=actor_of(page),
    )
    if desk_buyer(page):
        return _settle(page, order, values["payment"])
    url = order_path(order)
    if order.total_minor is not None:
        url = url.replace("/?", "/payment/?", 1)
    return Answer(201, {"number": order.number, "url": url})


def _settle(page: PageRequest, order: Order, payment: str) -> Answer:
    """Take the money that staff have in hand, or begin on invoice."""
    words: dict[str, Any] = {
        "order_id": order.pk,
        "now": page.now,
        "actor": actor_of(page),
    }
    if payment == Payment.COUNTER and order.total_minor is not None:
        take_payment(**words)
    elif payment == Payment.INVOICE and order.total_minor is not None:
        confirm_on_invoice(**words)
    del page.session[DESK_BUYER]
    url = reverse("orders:desk-order", args=[order.number])
    return Answer(201, {"number": order.number, "url": url})


def _note(form: CheckoutForm, error: DomainError) -> None:
    """Put each problem at its field; what is about lines stands above all."""
    for problem in error.problems:
        name = (problem.field or "").removeprefix("shipping_address.")
        if name == "window_from":
            name = WINDOWS.get(form.cleaned_data["delivery"], name)
        if (problem.field or "").startswith("lines."):
            continue
        form.add_error(name if name in form.fields else None, problem.message)
