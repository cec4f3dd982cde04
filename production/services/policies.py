"""Policies of the works: which method makes what, decided when an order is placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from configurator.selectors.conditions import (
    RuleSyntaxError,
    names_of,
    read_condition,
)
from configurator.selectors.releases import live_release
from configurator.services.errors import DomainError, NotFoundError
from production.models import MethodPolicy
from production.models.places import AUTOMATIC, policy_choices
from production.services.reports import Report, is_repeated

ADDED, REMOVED, RAISED = "POLICY_ADDED", "POLICY_REMOVED", "POLICY_RAISED"
JOB, BATCH, FLOW, ONE_BY_ONE = "JOB", "BATCH", "FLOW", "MASS_CUSTOMISATION"
LARGEST = 1_000_000


class PolicyError(DomainError):
    """A policy that cannot be carried out; the message says why."""


def add_policy(
    *,
    product: str,
    method: str,
    condition: str,
    min_quantity: int,
    reason: str,
    report: Report,
) -> MethodPolicy | None:
    """Append a policy behind those there are; none if this report came before.

    Orders placed from now on follow it, with its reason; those placed before stay.
    """
    if method not in dict(policy_choices()):
        raise PolicyError(_("There is no such method."), field="method")
    if not 1 <= min_quantity <= LARGEST:
        raise PolicyError(_("The least quantity is 1 or more."), field="min_quantity")
    if not reason.strip():
        raise PolicyError(_("Say why: the order keeps the reason."), field="reason")
    product_id = _check(product, method, condition.strip())
    with transaction.atomic():
        if is_repeated(kind=ADDED, report=_noted(report, product, method, condition)):
            return None
        top = MethodPolicy.objects.aggregate(top=Max("position"))["top"]
        return MethodPolicy.objects.create(
            product_id=product_id,
            position=0 if top is None else top + 1,
            condition=condition.strip(),
            min_quantity=min_quantity,
            method=method,
            reason={"en": reason.strip()[:300]},
        )


def remove_policy(*, policy_id: int, report: Report) -> None:
    """Take a policy away; orders placed from now on do without it."""
    with transaction.atomic():
        row = _get(policy_id)
        slug = row.product.slug if row.product else ""
        if not is_repeated(
            kind=REMOVED, report=_noted(report, slug, row.method, row.condition)
        ):
            row.delete()


def raise_policy(*, policy_id: int, report: Report) -> None:
    """Let a policy be looked at before the one that stood before it."""
    with transaction.atomic():
        rows = list(MethodPolicy.objects.select_for_update().order_by("position", "id"))
        places = [row.pk for row in rows]
        if policy_id not in places:
            raise NotFoundError(_("There is no such policy."))
        place = places.index(policy_id)
        row = rows[place]
        slug = row.product.slug if row.product else ""
        noted = _noted(report, slug, row.method, row.condition)
        if place == 0 or is_repeated(kind=RAISED, report=noted):
            return
        rows.insert(place - 1, rows.pop(place))
        for position, each in enumerate(rows):
            MethodPolicy.objects.filter(pk=each.pk).update(position=position)


def _get(policy_id: int) -> MethodPolicy:
    rows = MethodPolicy.objects.select_for_update(of=("self",)).select_related(
        "product"
    )
    row = rows.filter(pk=policy_id).first()
    if row is None:
        raise NotFoundError(_("There is no such policy."))
    return row


def _check(product: str, method: str, condition: str) -> int | None:
    """Refuse what no order could follow; gives the product's id, if one is named."""
    try:
        names = names_of(read_condition(condition)) if condition else frozenset()
    except RuleSyntaxError as error:
        raise PolicyError(str(error), field="condition") from error
    if not product:
        if method in (FLOW, ONE_BY_ONE):
            text = _("Name the product: not every one can be made like this.")
            raise PolicyError(text, field="method")
        return None
    live = live_release(product)
    asked = {each.code for each in live.definition.characteristics} | {"quantity"}
    unknown = sorted(names - asked)
    if unknown:
        text = _("“%(product)s” has no question “%(name)s”.")
        values = {"product": product, "name": unknown[0]}
        raise PolicyError(text % values, field="condition")
    lacking = _lacking(live.document, method)
    if lacking:
        raise PolicyError(lacking, field="method")
    return live.product_id


def _lacking(document: Mapping[str, Any], method: str) -> str:
    """Say what the product's release lacks for a method."""
    routings = document.get("routings") or ()
    if method == ONE_BY_ONE and not any(each.get("line") for each in routings):
        return _("None of its routings goes over a flexible line.")
    steps = [step for each in routings for step in each.get("steps") or ()]
    if method == BATCH and not any(step.get("batch") for step in steps):
        return _("None of its steps says what may be grouped.")
    if method in (JOB, BATCH, ONE_BY_ONE, AUTOMATIC):
        return ""
    if any(each.get("method") == method for each in routings):
        return ""
    return _("None of its routings is made for this method.")


def _noted(report: Report, product: str, method: str, condition: str) -> Report:
    details = {"product": product, "method": method, "condition": condition[:200]}
    return Report(
        now=report.now,
        actor=report.actor,
        device=report.device,
        nonce=report.nonce,
        details=details,
    )
