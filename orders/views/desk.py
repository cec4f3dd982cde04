"""The order desk: what waits to be quoted, held, shipped or delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from configurator.selectors.callers import PageRequest, actor_of, user_of
from configurator.selectors.money import written
from configurator.selectors.roles import roles_of
from configurator.services.errors import DomainError
from configurator.services.once import (
    Answer,
    KeyReusedError,
    answer_once,
    read_once_request,
)
from orders.forms import new_key
from orders.models import Order
from orders.permissions import SALES
from orders.selectors import desk
from orders.selectors.facts import load_facts
from orders.selectors.messages import list_messages
from orders.selectors.orders import get_order, list_complaints
from orders.services.cancelling import cancel_order
from orders.services.holding import lift_hold, put_on_hold
from orders.services.quoting import send_quotation
from orders.services.selling import take_payment
from orders.services.shipping import deliver_order, ship_order
from orders.views import desk_actions
from orders.views.desk_context import desk_context, desk_row, may_quote, ready_line_ids
from orders.views.desk_forms import (
    CancelForm,
    DeliverForm,
    HoldForm,
    LiftForm,
    MessageForm,
    ParcelForm,
    ProofForm,
    QuoteForm,
    RefundForm,
    SettleForm,
    ShipForm,
)
from orders.views.requests import language_of

Extra = ParamSpec("Extra")
DeskPage = Callable[Concatenate[PageRequest, Extra], HttpResponse]
PAGE_SIZE = 50
# What a service calls a field, and what its form does.
FIELDS = {"total_minor": "total", "amount_minor": "amount"}
# What differs from sending to sending though the same is meant.
KEYS = ("once", "csrfmiddlewaretoken")


def for_sales(view: DeskPage[Extra]) -> Callable[..., HttpResponse]:
    """Let planners and the order desk in; others sign in, or are refused."""

    @never_cache
    @wraps(view)
    def wrapped(
        page: PageRequest, *args: Extra.args, **words: Extra.kwargs
    ) -> HttpResponse:
        if not page.user.is_authenticated:
            return redirect_to_login(page.get_full_path())
        if not SALES & roles_of(page.user):
            raise PermissionDenied
        return view(page, *args, **words)

    return wrapped


@require_safe
@for_sales
def desk_list(page: PageRequest) -> HttpResponse:
    """List orders, those that wait for a quotation first."""
    search, which = page.GET.get("q", ""), page.GET.get("state", "")
    orders = desk.list_desk(search=search, which=which)
    shown = Paginator(orders, PAGE_SIZE).get_page(page.GET.get("page"))
    found: list[Any] = list(shown.object_list)
    holds = desk.group_holds(orders=found)
    rows = [
        desk_row(facts, holds.get(order.pk, ()), is_waiting=order.is_waiting)
        for order, facts in zip(found, load_facts(found), strict=True)
    ]
    n_waiting = desk.count_work()
    context = {
        "section": "desk",
        "rows": rows,
        "page": shown,
        "n_found": shown.paginator.count,
        "search": search,
        "query": urlencode({"q": search, "state": which}) + "&",
        "work": [
            {
                "code": code,
                "label": capfirst(desk.Which(code).label),
                "n": n,
                "is_current": code == which,
            }
            for code, n in n_waiting.items()
        ],
        "states": [
            {"code": code, "label": capfirst(label), "is_current": code == which}
            for code, label in desk.Which.choices
        ],
    }
    return render(page, "orders/desk.html", context)


@require_safe
@for_sales
def desk_order(page: PageRequest, number: str) -> HttpResponse:
    """Show one order with all that staff may do with it."""
    return _show(page, get_order(number=number), {}, 200)


@require_POST
@for_sales
def desk_action(page: PageRequest, number: str) -> HttpResponse:
    """Do one of the things that the desk does, once however often it is sent."""
    order = get_order(number=number)
    action = page.POST.get("action", "")
    if action not in ACTIONS:
        raise DomainError(_("There is no such action."), field="action")
    name, form = _read_form(page, order, action)
    if not form.is_valid():
        return _show(page, order, {name: form}, 400)
    user = user_of(page)
    call = read_once_request(
        key=page.POST.get("once"),
        user_id=user.pk if user else None,
        api_key_id=None,
        call=f"POST desk {number} {name}",
        body={name: page.POST.getlist(name) for name in page.POST if name not in KEYS},
    )
    try:
        answer = answer_once(
            call,
            now=page.real_now,
            effect=lambda: Answer(200, {"told": ACTIONS[action](page, order, form)}),
        )
    except KeyReusedError as error:
        messages.error(page, error.message)
        return redirect("orders:desk-order", number)
    except DomainError as error:
        _note(form, error)
        return _show(page, order, {name: form}, error.status)
    messages.success(page, answer.body["told"])
    return redirect("orders:desk-order", number)


def _show(
    page: PageRequest, order: Order, bound: Mapping[str, forms.Form], status: int
) -> HttpResponse:
    order.refresh_from_db()
    context = desk_context(
        load_facts([order])[0],
        holds=desk.list_holds(order=order),
        events=desk.list_events(order=order),
        talk=list_messages(order=order),
        complaints=list_complaints(order=order),
        page=page.GET.get("page"),
        bound=bound,
        language=language_of(),
        now=page.now,
    )
    context |= {"section": "desk", "once": new_key()}
    return render(page, "orders/desk-order.html", context, status=status)


def _read_form(page: PageRequest, order: Order, action: str) -> tuple[str, forms.Form]:
    """Give the form that was sent, and under which name the page shows it."""
    if action == "quote":
        return _read_quote(page, order)
    if action == "ship":
        facts = load_facts([order])[0]
        return action, ShipForm(page.POST, line_ids=ready_line_ids(facts))
    if action == "proof":
        form = ProofForm(page.POST, page.FILES)
        return f"proof{page.POST.get('line', '')}", form
    if action == "refund":
        return action, RefundForm(page.POST, currency=order.currency)
    kinds: dict[str, type[forms.Form]] = {
        **dict.fromkeys(("returned", "lost", "again"), ParcelForm),
        "write": MessageForm,
        "settle": SettleForm,
        "hold": HoldForm,
        "lift": LiftForm,
        "deliver": DeliverForm,
        "take": DeliverForm,
        "cancel": CancelForm,
    }
    return action, kinds[action](page.POST)


def _read_quote(page: PageRequest, order: Order) -> tuple[str, forms.Form]:
    wanted = page.POST.get("line", "")
    for facts in load_facts([order])[0].lines:
        if str(facts.line.pk) == wanted and may_quote(facts, order):
            form = QuoteForm(
                page.POST, line=facts.line, currency=order.currency, now=page.now
            )
            return f"quote{wanted}", form
    raise DomainError(_("There is nothing to be quoted for this line."), field="line")


def _note(form: forms.Form, error: DomainError) -> None:
    """Put each problem at its field, or above all."""
    for problem in error.problems:
        field = (problem.field or "").rpartition(".")[2]
        field = FIELDS.get(field, field)
        form.add_error(field if field in form.fields else None, problem.message)


def _quote(page: PageRequest, order: Order, form: Any) -> str:
    quotation = send_quotation(
        order_line_id=int(page.POST["line"]),
        total_minor=form.total_minor(),
        valid_until=form.ends_at(),
        deposit_percent=form.cleaned_data["deposit_percent"],
        note=form.cleaned_data["note"],
        now=page.now,
        actor=actor_of(page),
    )
    return _("Quotation %(number)s is sent.") % {"number": quotation.number}


def _hold(page: PageRequest, order: Order, form: Any) -> str:
    put_on_hold(
        order_id=order.pk,
        reason=form.cleaned_data["reason"],
        actor=actor_of(page),
        now=page.now,
    )
    return _("%(order)s is on hold.") % {"order": order.number}


def _lift(page: PageRequest, order: Order, form: Any) -> str:
    lift_hold(
        order_id=order.pk,
        hold_id=form.cleaned_data["hold"],
        actor=actor_of(page),
        now=page.now,
    )
    return _("The hold is lifted.")


def _ship(page: PageRequest, order: Order, form: Any) -> str:
    shipment = ship_order(
        order_id=order.pk,
        line_ids=form.cleaned_data["lines"],
        parcels=form.parcels(),
        now=page.now,
        actor=actor_of(page),
    )
    return _("Shipment %(number)s is handed over.") % {"number": shipment.number}


def _deliver(page: PageRequest, order: Order, form: Any) -> str:
    arrived = deliver_order(order_id=order.pk, now=page.now, actor=actor_of(page))
    text = ngettext(
        "%(n)s shipment has arrived.", "%(n)s shipments have arrived.", len(arrived)
    )
    return text % {"n": len(arrived)}


def _take(page: PageRequest, order: Order, form: Any) -> str:
    payment = take_payment(order_id=order.pk, now=page.now, actor=actor_of(page))
    amount = written(payment.amount_minor, payment.currency)
    return _("%(amount)s is noted as paid.") % {"amount": amount}


def _cancel(page: PageRequest, order: Order, form: Any) -> str:
    report = cancel_order(order_id=order.pk, now=page.now, actor=actor_of(page))
    n_lines = len(report.cancelled_line_ids)
    text = ngettext("%(n)s line is cancelled.", "%(n)s lines are cancelled.", n_lines)
    text %= {"n": n_lines}
    if report.started_units:
        going_on = _("Already begun and going on: %(units)s.")
        text += " " + going_on % {"units": ", ".join(report.started_units)}
    return text


ACTIONS: dict[str, Callable[[PageRequest, Order, Any], str]] = {
    "quote": _quote,
    "hold": _hold,
    "lift": _lift,
    "ship": _ship,
    "deliver": _deliver,
    "take": _take,
    "cancel": _cancel,
    "proof": desk_actions.show_proof,
    "settle": desk_actions.settle,
    "write": desk_actions.write,
    "refund": desk_actions.give_back,
    "returned": desk_actions.come_back,
    "lost": desk_actions.get_lost,
    "again": desk_actions.ship_again,
}
