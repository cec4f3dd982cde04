"""Paying what an order waits for, here or on the provider's own page; its notices."""

from __future__ import annotations

import hashlib
from typing import Any

import structlog
from django.contrib import messages
from django.http import HttpResponse
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.money import written
from configurator.selectors.times import written_day, written_window
from orders.forms import new_key
from orders.models import Order, Payment
from orders.payments.port import (
    ForgedNoticeError,
    ProviderDownError,
    ProviderRefusedError,
    UnknownNoticeError,
)
from orders.payments.registry import find_provider, list_providers
from orders.selectors.balances import next_due
from orders.selectors.promises import find_day
from orders.services.noticing import take_notice
from orders.services.paying import check_payable, pay_order
from orders.states import PaymentOutcome, PaymentPurpose
from orders.views.requests import for_holder, path_of

LARGEST_NOTICE = 256 * 1024
NAMES = {"stripe": gettext_lazy("Card and more, on the page of Stripe")}
PURPOSES = {
    PaymentPurpose.DEPOSIT: gettext_lazy("Deposit"),
    PaymentPurpose.BALANCE: gettext_lazy("Balance"),
    PaymentPurpose.WHOLE: gettext_lazy("To pay"),
}

log = structlog.get_logger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def payment(page: PageRequest, order: Order) -> HttpResponse:
    """Ask for the payment; a declined one loses nothing, a second one costs nothing."""
    if page.method == "POST":
        return _pay(page, order)
    due = next_due(order)
    if due is None:
        return redirect(path_of(page, order))
    path = path_of(page, order)
    base, _sign, query = path.partition("?")
    context = {
        "section": "cart",
        "number": order.number,
        "purpose": due.purpose,
        "due_label": PURPOSES[PaymentPurpose(due.purpose)],
        "due": written(due.amount_minor, order.currency),
        "total": written(order.total_minor, order.currency),
        "day": _day(order),
        "is_deposit": due.purpose == PaymentPurpose.DEPOSIT,
        "is_part": due.purpose != PaymentPurpose.WHOLE,
        "is_declined": _was_declined(order, due.purpose),
        "providers": [_show_provider(name) for name in list_providers()],
        "once": new_key(),
        "order_url": path,
        "action": f"{base}payment/?{query}" if query else f"{base}payment/",
    }
    return render(page, "orders/payment.html", context)


def _day(order: Order) -> str:
    """Write by when all of it is there, in the window that was chosen."""
    if order.window_from and order.window_to:
        return written_window(order.window_from, order.window_to)
    at = find_day(order=order)
    return written_day(at) if at else ""


def _show_provider(name: str) -> dict[str, Any]:
    found = find_provider(name)
    return {
        "code": name,
        "name": NAMES.get(name, name),
        "is_test": found is not None and not found.is_hosted,
    }


def _test_provider() -> str:
    """Name the provider whose buttons say how it ends."""
    shown = [_show_provider(name) for name in list_providers()]
    return next((each["code"] for each in shown if each["is_test"]), "")


def _was_declined(order: Order, purpose: str) -> bool:
    latest = Payment.objects.filter(order=order, purpose=purpose).order_by("pk").last()
    return latest is not None and latest.outcome == PaymentOutcome.DECLINED


def _pay(page: PageRequest, order: Order) -> HttpResponse:
    provider = page.POST.get("provider") or _test_provider()
    purpose = page.POST.get("purpose") or None
    if purpose is not None and purpose not in PURPOSES:
        purpose = check_payable(order).purpose
    once = page.POST.get("once", "")
    charged = pay_order(
        order_id=order.pk,
        provider=provider,
        outcome=page.POST.get("outcome", ""),
        purpose=purpose,
        request_key=hashlib.sha256(f"page {once}".encode()).hexdigest() if once else "",
        now=page.now,
        actor=actor_of(page),
    )
    if charged.payment is None:
        address = charged.intent.page_url if charged.intent else ""
        return redirect(address or path_of(page, order))
    if charged.payment.outcome != PaymentOutcome.SUCCEEDED:
        return redirect(page.get_full_path())
    if charged.payment.purpose == PaymentPurpose.DEPOSIT:
        messages.success(page, _("Thank you. The deposit is paid and we begin."))
    elif charged.payment.purpose == PaymentPurpose.BALANCE:
        messages.success(page, _("Thank you. The balance is paid."))
    else:
        messages.success(page, _("Thank you. Your order is paid; we begin with it."))
    return redirect(path_of(page, order))


@csrf_exempt
@require_POST
def notice(page: PageRequest, provider: str) -> HttpResponse:
    """Hear what a provider has to say; only its signature makes it believed."""
    found = find_provider(provider)
    if found is None:
        return HttpResponse(status=404)
    try:
        body = page.body
        if len(body) > LARGEST_NOTICE:
            raise ForgedNoticeError("The notice is too long.")
        heard = found.read_notice(
            headers=page.headers, body=body, real_now=page.real_now
        )
    except (ForgedNoticeError, RawPostDataException) as error:
        log.warning("notice_refused", provider=provider, error=str(error))
        return HttpResponse(status=400)
    except UnknownNoticeError:
        return HttpResponse(status=204)
    try:
        take_notice(provider=provider, notice=heard, now=page.now)
    except (ProviderDownError, ProviderRefusedError) as error:
        # The notice is noted; what it leads to is taken up again by the sweep.
        log.warning("notice_half_done", provider=provider, error=str(error))
    return HttpResponse(status=204)
