"""Changing an ordered line: into the configurator with it, and saved from there."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.changing import ORDERED, let_change, tell_difference
from configurator.selectors.fields import read_number, write_query
from configurator.selectors.money import written
from configurator.selectors.releases import live_release
from configurator.selectors.roles import is_trade
from configurator.services.errors import ConflictError, InvalidError
from orders.models import Order, OrderLine
from orders.selectors.answers import describe_configuration
from orders.selectors.changes import find_ordered
from orders.selectors.orders import get_line
from orders.selectors.taxes import show_tax
from orders.services.changing import (
    Change,
    ChangeReport,
    change_line,
    check_changeable,
)
from orders.services.checking import PriceChangedError
from orders.views.carts import refuse_design
from orders.views.requests import (
    DesignForm,
    for_holder,
    path_of,
    path_of_line,
    read_design_form,
)
from orders.views.shown import show_product


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def line_change(page: PageRequest, order: Order, line_id: int) -> HttpResponse:
    """Open the configurator with a line; what it sends is put in the line's place."""
    line = get_line(order=order, line_id=line_id)
    try:
        if page.method == "POST":
            return _save(page, order, line)
        check_changeable(order=order, line=line, now=page.now)
    except ConflictError as error:
        return _refuse(page, line, error)
    return redirect(_open(page, line))


def _open(page: PageRequest, line: OrderLine) -> str:
    """Let the visitor change a line in the configurator; gives the address there."""
    let_change(
        page,
        line_id=line.pk,
        save_url=page.get_full_path(),
        order_url=path_of_line(page, line),
    )
    shown = show_product(
        release_id=line.configuration.release_id,
        product=line.product.slug,
        configuration=describe_configuration(line.configuration),
        quantity=line.open_quantity,
    )
    return f"{shown['design_url']}&{ORDERED}={line.pk}"


def _save(page: PageRequest, order: Order, line: OrderLine) -> HttpResponse:
    release = live_release(line.product.slug)
    form = read_design_form(page, release)
    try:
        if form.problems:
            raise InvalidError(form.problems)
        report = change_line(
            order_id=order.pk,
            line_id=line.pk,
            change=Change(
                choices=form.choices,
                quantity=form.quantity,
                expected_total_minor=read_number(page.POST.get("shown_minor", "")),
            ),
            now=page.now,
            actor=actor_of(page),
        )
    except PriceChangedError as error:
        return _ask(page, line, form, error)
    except InvalidError as error:
        return refuse_design(page, release, error, _path_back(form, line))
    except ConflictError as error:
        return _refuse(page, line, error, form)
    is_same = report.line.pk == line.pk
    messages.success(page, _("It stays as it was.") if is_same else _tell(report))
    if report.due_minor:
        path = path_of(page, order)
        return redirect(path.replace(f"{order.number}/", f"{order.number}/payment/", 1))
    return redirect(path_of_line(page, report.line))


def _list_fields(form: DesignForm) -> list[tuple[str, str]]:
    return parse_qsl(write_query(form.choices, form.quantity))


def _path_back(form: DesignForm, line: OrderLine) -> str:
    """Give the address at which the change goes on; a long design has no query."""
    path = form.address(line.product.slug)
    return f"{path}{'&' if '?' in path else '?'}{ORDERED}={line.pk}"


def _refuse(
    page: PageRequest,
    line: OrderLine,
    error: ConflictError,
    form: DesignForm | None = None,
) -> HttpResponse:
    """Say why it stays as it is; lead back to the order, and to what was designed."""
    context: dict[str, Any] = {
        "texts": [error.message],
        "back_url": path_of_line(page, line),
        "back_label": _("Back to the order"),
    }
    if form is not None:
        slug = line.product.slug
        context["design_url"] = reverse("catalogue:product", args=[slug])
        context["fields"] = _list_fields(form)
    return render(page, "refused.html", context, status=error.status)


def _tell(report: ChangeReport) -> str:
    """Say that it is saved and what becomes of the money."""
    currency = report.order.currency
    if report.back_minor:
        text = _("Your change is saved. %(amount)s come back to you.")
        return text % {"amount": written(report.back_minor, currency)}
    if report.due_minor:
        text = _("Your change is saved. %(amount)s are still to be paid.")
        return text % {"amount": written(report.due_minor, currency)}
    return _("Your change is saved.")


def _ask(
    page: PageRequest, line: OrderLine, form: DesignForm, error: PriceChangedError
) -> HttpResponse:
    """Ask again with the price of now: at one that nobody has seen nothing is saved."""
    total_minor, currency = error.extra["total_minor"], error.extra["currency"]
    ordered = find_ordered(line_id=line.pk)
    context = {
        "number": line.order.number,
        "text": error.message,
        "before": written(line.open_total_minor, currency),
        "total": written(total_minor, currency),
        "tax": show_tax(total_minor, currency, is_trade=is_trade(line.order.user)),
        "difference": tell_difference(ordered, total_minor, currency)
        if ordered
        else "",
        "fields": _list_fields(form),
        "total_minor": total_minor,
        "action": page.get_full_path(),
        "design_url": _path_back(form, line),
    }
    return render(page, "orders/change.html", context, status=error.status)
