"""Policies: which method makes what; a planner's list, in the order they count."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configurator.models import Product
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from production.models import MethodPolicy
from production.models.places import AUTOMATIC, policy_choices
from production.selectors.advice import method_names
from production.selectors.order_classes import list_class_advice
from production.services import policies
from production.services.reports import Report
from production.views.actions import read_report
from production.views.cards import new_nonce
from production.views.frame import frame
from production.views.requests import PageRequest

FIELDS = ("product", "method", "condition", "min_quantity", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
def list_policies(request: PageRequest) -> HttpResponse:
    """List the policies; a new one that cannot be carried out says why."""
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    if request.method == "POST":
        try:
            _act(request, typed, read_report(request))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            return redirect("production:policies")
    rows = MethodPolicy.objects.select_related("product").order_by("position", "id")
    context = frame(request, section="advice") | {
        "title": _("Policies"),
        "policies": [_row(row) for row in rows],
        "products": [
            {"slug": each.slug, "name": in_language(each.name) or each.slug}
            for each in Product.objects.order_by("slug")
        ],
        "methods": _names(),
        "typed": typed,
        "nonce": new_nonce(),
    }
    return render(request, "production/policies.html", context)


def _act(request: PageRequest, typed: dict[str, str], report: Report) -> None:
    action, key = request.POST.get("action", ""), request.POST.get("policy", "")
    policy_id = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0
    if action == "remove":
        policies.remove_policy(policy_id=policy_id, report=report)
    elif action == "raise":
        policies.raise_policy(policy_id=policy_id, report=report)
    else:
        least = typed["min_quantity"].strip() or "1"
        is_number = least.isascii() and least.isdigit() and len(least) < 8
        policies.add_policy(
            product=typed["product"],
            method=typed["method"],
            condition=typed["condition"],
            min_quantity=int(least) if is_number else 0,
            reason=typed["reason"],
            report=report,
        )


def _names() -> dict[str, str]:
    known = method_names() | {AUTOMATIC: _("Automatic: as the advisor says")}
    return {code: known.get(code, name) for code, name in policy_choices()}


def _row(row: MethodPolicy) -> dict[str, Any]:
    names = _names()
    advised = []
    if row.method == AUTOMATIC and row.product is not None:
        advised = [
            _("%(routing)s: %(method)s, from %(n)d orders")
            % {
                "routing": routing,
                "method": names.get(each.method, each.method),
                "n": each.n_orders,
            }
            for routing, each in list_class_advice(product=row.product.slug)
        ]
    return {
        "id": row.pk,
        "product": in_language(row.product.name) if row.product else "",
        "condition": row.condition,
        "min_quantity": row.min_quantity if row.min_quantity > 1 else 0,
        "method": names.get(row.method, row.method),
        "reason": in_language(row.reason),
        "is_automatic": row.method == AUTOMATIC,
        "advised": advised,
    }
