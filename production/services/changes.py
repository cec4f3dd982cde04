"""A change of manufacture in mid-day: a new release, and whom it touches."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import CatalogueRelease
from configurator.selectors.conditions import is_condition_true
from configurator.selectors.releases import live_release
from configurator.services.catalogue import (
    build_document,
    create_draft,
    publish_release,
)
from configurator.services.errors import DomainError
from production.models import StockItem, StockKind, WorkOrder
from production.services.reports import Report, book_event
from production.states import WorkOrderState

# Whom a change touches beside the orders that come from now on.
NEW_ORDERS, NOT_BEGUN, ALL_OPEN = "NEW_ORDERS", "NOT_BEGUN", "ALL_OPEN"
STATES: Mapping[str, tuple[str, ...]] = {
    NEW_ORDERS: (),
    NOT_BEGUN: (WorkOrderState.PLANNED, WorkOrderState.RELEASED),
    ALL_OPEN: (
        WorkOrderState.PLANNED,
        WorkOrderState.RELEASED,
        WorkOrderState.IN_PROGRESS,
    ),
}


class ChangeError(DomainError):
    """The change does not fit the product; the message says why."""


def replace_material(
    *,
    product: str,
    old: str,
    new: str,
    when: str | None = None,
    touches: str,
    report: Report,
) -> tuple[CatalogueRelease, int]:
    """Publish the product with another material; give how many work orders change.

    ``when`` narrows it to configurations. Configurations, prices and what customers
    chose stay as they are: work orders keep the release that they were ordered from.
    """
    if touches not in STATES:
        raise ChangeError(
            _("%(field)s must be one of %(known)s.")
            % {"field": "touches", "known": ", ".join(STATES)},
            field="touches",
        )
    with transaction.atomic():
        _ensure_item(old, new)
        release = _publish(product, old, new, when, report.now)
        n_changed = _change_orders(release.product_id, old, new, when, touches)
        book_event(
            kind="MANUFACTURE_CHANGED",
            report=Report(
                now=report.now,
                actor=report.actor,
                reason=report.reason,
                details={
                    "product": product,
                    "release": release.number,
                    "material": old,
                    "becomes": new,
                    "touches": touches,
                    "n_work_orders": n_changed,
                },
            ),
        )
    return release, n_changed


def _ensure_item(old: str, new: str) -> None:
    item = StockItem.objects.filter(code=old).first()
    StockItem.objects.get_or_create(
        code=new,
        defaults={
            "name": item.name if item else {},
            "kind": item.kind if item else StockKind.MATERIAL,
            "unit": item.unit if item else "piece",
            "lead_days": item.lead_days if item else 0,
        },
    )


def _publish(
    product: str, old: str, new: str, when: str | None, now: datetime
) -> CatalogueRelease:
    live = CatalogueRelease.objects.get(pk=live_release(product).release_id)
    document = copy.deepcopy(build_document(release=live))
    changed = [
        row for line in document["materials"] for row in _split(line, old, new, when)
    ]
    is_done = any(row["material"] == new for row in document["materials"])
    if is_done or changed == document["materials"]:
        raise ChangeError(
            _("%(product)s has nothing of %(material)s left to replace.")
            % {"product": product, "material": old},
            field="old",
        )
    draft = create_draft(
        document={**document, "materials": changed}, now=now, copied_from=live
    )
    return publish_release(release_id=draft.pk, now=now)


def _split(
    line: Mapping[str, Any], old: str, new: str, when: str | None
) -> list[dict[str, Any]]:
    """Give what one line of materials becomes: itself, the new one, or both."""
    row = dict(line)
    if row["material"] != old:
        return [row]
    if when is None:
        return [{**row, "material": new}]
    before = row.get("when")
    narrowed = f"({before}) & ({when})" if before else when
    rest = f"({before}) & !({when})" if before else f"!({when})"
    return [{**row, "when": rest}, {**row, "material": new, "when": narrowed}]


def _change_orders(
    product_id: int, old: str, new: str, when: str | None, touches: str
) -> int:
    """Let open work orders take the new material; give how many do."""
    n_changed = 0
    orders = (
        WorkOrder.objects.filter(product_id=product_id, state__in=STATES[touches])
        .select_related("configuration")
        .select_for_update(of=("self",))
        .order_by("id")
    )
    for order in orders:
        needs = any(row.get("material") == old for row in order.materials)
        choices = order.configuration.choices
        if needs and (when is None or is_condition_true(when, choices)):
            order.materials = [
                {**row, "material": new} if row.get("material") == old else row
                for row in order.materials
            ]
            order.save(update_fields=["materials"])
            n_changed += 1
    return n_changed
