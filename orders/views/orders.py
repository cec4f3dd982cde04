"""An order's page: how far it is, and what its buyer may still answer or cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from configurator.selectors.callers import PageRequest, actor_of, user_of
from configurator.selectors.fields import read_number
from configurator.selectors.money import written
from configurator.selectors.times import written_day
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from configurator.services.once import (
    Answer,
    answer_once,
    read_once_request,
)
from configurator.services.previews import PROOF_PX, thumbnail_png
from orders.forms import new_key
from orders.models import Order
from orders.ports import Units
from orders.selectors.documents import list_documents
from orders.selectors.facts import OrderFacts, load_facts
from orders.selectors.messages import list_messages
from orders.selectors.orders import (
    get_line,
    get_proof,
    get_quotation,
    list_complaints,
    list_orders,
)
from orders.services.cancelling import CancelReport, cancel_line, cancel_order
from orders.services.proofing import approve_proof, request_changes
from orders.services.quoting import accept_quotation, decline_quotation
from orders.views.order_context import order_context
from orders.views.requests import for_holder, language_of, path_of, path_of_line

PAGE_SIZE = 20
LONGEST_NOTE = 2_000
STOP_POLLING = 286
PNG = b"\x89PNG"


@require_safe
@never_cache
@login_required
def my_orders(page: PageRequest) -> HttpResponse:
    """List what the signed-in buyer has ordered, the latest first."""
    orders = list_orders(owner=user_of(page)).order_by("-created_at", "-pk")
    shown = Paginator(orders, PAGE_SIZE).get_page(page.GET.get("page"))
    cards = [_card(facts) for facts in load_facts(list(shown.object_list))]
    context = {"section": "orders", "orders": cards, "page": shown}
    return render(page, "orders/orders.html", context)


def _card(facts: OrderFacts) -> dict[str, Any]:
    order = facts.order
    names = [in_language(each.line.product.name) for each in facts.lines]
    return {
        "number": order.number,
        "state": order.state,
        "label": capfirst(order.get_state_display()),
        "placed": written_day(order.placed_at),
        "products": ", ".join(dict.fromkeys(names)),
        "total": written(order.total_minor, order.currency),
    }


@require_safe
@for_holder
def order_page(page: PageRequest, order: Order) -> HttpResponse:
    """Show one order with the stage of each unit."""
    context = {**_context(page, order), "once": new_key()}
    return render(page, "orders/order.html", context)


@require_safe
@for_holder
def order_progress(page: PageRequest, order: Order) -> HttpResponse:
    """Give what has changed since the page was drawn; nothing where nothing has.

    Once no change is left to come, the page is told to ask no more.
    """
    context = _context(page, order)
    is_over = context["live"]["is_over"]
    if page.GET.get("seen") == context["seen"]:
        return HttpResponse(status=STOP_POLLING if is_over else 204)
    return render(page, "orders/_progress.html", context)


def _context(page: PageRequest, order: Order) -> dict[str, Any]:
    return order_context(
        load_facts([order])[0],
        path=path_of(page, order),
        language=language_of(),
        now=page.now,
        documents=list_documents(order=order),
        complaints=list_complaints(order=order),
        talk=list_messages(order=order),
        page=page.GET.get("page"),
    )


@require_POST
@for_holder
def order_cancel(page: PageRequest, order: Order) -> HttpResponse:
    """Cancel what has not begun of an order."""
    report = cancel_order(order_id=order.pk, now=page.now, actor=actor_of(page))
    messages.success(page, _tell_cancelled(report))
    return redirect(path_of(page, order))


@require_POST
@for_holder
def line_cancel(page: PageRequest, order: Order, line_id: int) -> HttpResponse:
    """Cancel what has not begun of one line, or so many units of it."""
    line = get_line(order=order, line_id=line_id)
    wanted = page.POST.get("quantity", "")
    call = read_once_request(
        key=page.POST.get("once") or new_key(),
        user_id=None,
        api_key_id=None,
        call=f"POST {page.path}",
        body={"quantity": wanted},
    )

    def effect() -> Answer:
        report = cancel_line(
            order_id=order.pk,
            line_id=line_id,
            units=Units(read_number(wanted) or 0) if wanted else None,
            now=page.now,
            actor=actor_of(page),
        )
        return Answer(200, {"told": _tell_cancelled(report)})

    answer = answer_once(call, now=page.real_now, effect=effect)
    messages.success(page, answer.body["told"])
    return redirect(path_of_line(page, line))


def _tell_cancelled(report: CancelReport) -> str:
    n_lines, n_units = len(report.cancelled_line_ids), report.cancelled_units.values()
    told = (
        (
            ngettext("%(n)s line is cancelled.", "%(n)s lines are cancelled.", n_lines),
            n_lines,
        ),
        (
            ngettext(
                "%(n)s piece is cancelled.", "%(n)s pieces are cancelled.", sum(n_units)
            ),
            sum(n_units),
        ),
    )
    text = " ".join(words % {"n": n} for words, n in told if n)
    if report.started_units:
        going_on = _("Already begun and going on: %(units)s.")
        text += " " + going_on % {"units": ", ".join(report.started_units)}
    if report.order.payment_state in ("REFUNDED", "PART_REFUNDED"):
        text += " " + _("What you paid for it comes back to you.")
    return text


@require_POST
@for_holder
def quotation_answer(page: PageRequest, order: Order, quotation: str) -> HttpResponse:
    """Accept a quotation, then pay; or turn it down."""
    found = get_quotation(number=quotation)
    line = get_line(order=order, line_id=found.order_line_id)
    words: dict[str, Any] = {
        "quotation_id": found.pk,
        "now": page.now,
        "actor": actor_of(page),
    }
    if _answer(page, "accept", "decline") == "decline":
        decline_quotation(**words)
        messages.success(page, _("You have turned the quotation down."))
        return redirect(path_of_line(page, line))
    accept_quotation(**words)
    messages.success(page, _("You have accepted the quotation."))
    order.refresh_from_db()
    path = path_of(page, order)
    is_payable = order.total_minor is not None
    return redirect(
        path.replace(f"{order.number}/", f"{order.number}/payment/", 1)
        if is_payable
        else path
    )


@require_POST
@for_holder
def proof_answer(page: PageRequest, order: Order, proof_id: int) -> HttpResponse:
    """Approve a proof, or say what is to be different."""
    proof = get_proof(proof_id=proof_id)
    line = get_line(order=order, line_id=proof.order_line_id)
    words: dict[str, Any] = {
        "proof_id": proof.pk,
        "now": page.now,
        "actor": actor_of(page),
    }
    if _answer(page, "approve", "request-changes") == "approve":
        approve_proof(**words)
        messages.success(page, _("You have approved the proof; we go on with it."))
    else:
        note = page.POST.get("note", "")[:LONGEST_NOTE].replace("\x00", "")
        request_changes(note=note, **words)
        messages.success(page, _("We change it and show you a new proof."))
    return redirect(path_of_line(page, line))


@require_safe
@for_holder
def proof_picture(page: PageRequest, order: Order, proof_id: int) -> HttpResponse:
    """Give the picture of a proof: prepress's own, else the drawing."""
    proof = get_proof(proof_id=proof_id)
    line = get_line(order=order, line_id=proof.order_line_id)
    content = bytes(proof.picture or b"") or thumbnail_png(
        configuration_sha256=line.configuration.sha256, width_px=PROOF_PX
    )
    kind = "image/png" if content.startswith(PNG) else "image/jpeg"
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _answer(page: PageRequest, *known: str) -> str:
    given = page.POST.get("answer", "")
    if given not in known:
        text = _("Please answer with one of: %(names)s.")
        raise DomainError(text % {"names": ", ".join(known)}, field="answer")
    return given
