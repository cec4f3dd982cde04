"""After the sale: complaints, and ordering all of it once more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.fields import read_number
from orders.models import Order
from orders.selectors.orders import get_line
from orders.services.carts import fill_again
from orders.services.complaining import complain
from orders.views.requests import cart_to_fill, for_holder, language_of, path_of


@require_POST
@for_holder
def line_complaint(page: PageRequest, order: Order, line_id: int) -> HttpResponse:
    """Hear what is wrong with a piece that arrived."""
    get_line(order=order, line_id=line_id)
    complain(
        order_id=order.pk,
        line_id=line_id,
        wish=page.POST.get("wish", ""),
        text=page.POST.get("text", "").replace("\r\n", "\n"),
        work_order=page.POST.get("work_order", ""),
        quantity=read_number(page.POST.get("quantity", "1")) or 0,
        now=page.now,
        actor=actor_of(page),
    )
    messages.success(
        page, _("Thank you for telling us. We look at it and write to you.")
    )
    return redirect(path_of(page, order))


@require_POST
@for_holder
def order_again(page: PageRequest, order: Order) -> HttpResponse:
    """Put all that was ordered into the cart, at today's prices."""
    again = fill_again(
        cart=cart_to_fill(page), order=order, language=language_of(), now=page.now
    )
    if again.n_lines:
        text = ngettext(
            "%(n)s line is in your cart, at the price of today.",
            "%(n)s lines are in your cart, at the prices of today.",
            again.n_lines,
        )
        messages.success(page, text % {"n": again.n_lines})
    for name, reason in again.left_out:
        words = {"name": name, "reason": reason}
        messages.error(page, _("%(name)s cannot be made as before: %(reason)s") % words)
    return redirect("orders:cart")
