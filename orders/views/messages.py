"""What a buyer writes about an order."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from configurator.selectors.callers import PageRequest, actor_of
from configurator.services.once import Answer, answer_once, read_once_request
from orders.forms import new_key
from orders.models import Order
from orders.services.messaging import write_message
from orders.views.requests import for_holder, path_of


@require_POST
@for_holder
def order_message(page: PageRequest, order: Order) -> HttpResponse:
    """Keep what the buyer writes, once however often it is sent."""
    text = page.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n")
    call = read_once_request(
        key=page.POST.get("once") or new_key(),
        user_id=None,
        api_key_id=None,
        call=f"POST {page.path}",
        body={"text": text},
    )

    def effect() -> Answer:
        write_message(
            order_id=order.pk,
            text=text,
            is_from_staff=False,
            now=page.now,
            actor=actor_of(page),
        )
        return Answer(200, {})

    answer_once(call, now=page.real_now, effect=effect)
    messages.success(page, _("We have your message and answer by mail."))
    return redirect(path_of(page, order) + "#messages")
