"""What an order's page shows of papers, parcels and complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.money import written
from configurator.selectors.times import written_day
from orders.models import Complaint, Document
from orders.selectors.answers import describe_parcel
from orders.selectors.facts import LineFacts, OrderFacts
from orders.services.replacing import FROM_STOCK
from orders.states import ComplaintState, OrderState, Stage, Wish

ARRIVED = (Stage.SHIPPED, Stage.DELIVERED)
UNDER_WAY = (Stage.PLANNED, Stage.RELEASED, Stage.IN_PROGRESS)
SERVED = (OrderState.CONFIRMED, OrderState.CLOSED)
MOST_UNITS = 200


def show_document(document: Document) -> dict[str, str]:
    content = document.content
    return {
        "number": document.number,
        "label": capfirst(document.get_kind_display()),
        "total": written(content["gross_minor"], content["currency"]),
    }


def show_files(files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Show the finished files that a buyer may take away."""
    return [
        {
            "name": each["name"],
            "path": "/".join(each["url"].split("/")[3:]),
            "size": filesizeformat(each["size_bytes"]),
        }
        for each in files
    ]


def show_shipments(facts: OrderFacts) -> list[dict[str, Any]]:
    """Show what has left the works, with where each parcel can be looked up."""
    return [
        {
            "number": shipment.number,
            "state": shipment.state,
            "label": capfirst(shipment.get_state_display()),
            "day": written_day(shipment.handed_over_at)
            if shipment.handed_over_at
            else "",
            "parcels": [describe_parcel(parcel) for parcel in shipment.parcels.all()],
        }
        for shipment in facts.shipments
    ]


def show_complaints(
    facts: LineFacts, complaints: Sequence[Complaint]
) -> list[dict[str, Any]]:
    """Show what was wrong with pieces of a line and what became of it."""
    return [
        {
            "id": complaint.pk,
            "work_order": complaint.work_order,
            "text": complaint.text,
            "answer": complaint.answer,
            "state": complaint.state,
            "label": capfirst(complaint.get_state_display()),
            "remake": complaint.remake,
            "remade": _remade(facts, complaint),
            "is_from_stock": facts.line.method == FROM_STOCK,
        }
        for complaint in complaints
        if complaint.order_line_id == facts.line.pk
    ]


def _remade(facts: LineFacts, complaint: Complaint) -> dict[str, str]:
    """Show how far what is made again is; nothing once it has left the works."""
    units = facts.progress.units if facts.progress else ()
    stages = {unit.work_order: unit.stage for unit in units}
    stage = stages.get(complaint.remake)
    if complaint.state != ComplaintState.REMAKING or stage is None:
        return {}
    return {"stage": stage, "label": str(capfirst(Stage(stage).label))}


def show_again(
    facts: LineFacts, complaints: Sequence[Complaint], stage: str | None
) -> dict[str, str]:
    """Say what of a line that has arrived is made once more, and until when."""
    if stage not in ARRIVED or facts.line.method == FROM_STOCK:
        return {}
    remaking = [
        each
        for each in complaints
        if each.order_line_id == facts.line.pk and each.state == ComplaintState.REMAKING
    ]
    if not remaking:
        units = facts.progress.units if facts.progress else ()
        if any(unit.stage in UNDER_WAY for unit in units):
            return {"text": _("Some of it is being made again")}
        return {}
    n = sum(each.quantity for each in remaking)
    text = ngettext(
        "%(n)s piece is being made again", "%(n)s pieces are being made again", n
    )
    days = [each.expected_at for each in remaking if each.expected_at]
    return {
        "text": text % {"n": n},
        "day": written_day(max(days)) if len(days) == len(remaking) else "",
    }


def complaint_form(
    facts: LineFacts, order_state: str, stage: str | None
) -> dict[str, Any]:
    """Give what a complaint about a line asks for; nothing before it has arrived."""
    if order_state not in SERVED or stage not in ARRIVED:
        return {}
    units = facts.progress.units[:MOST_UNITS] if facts.progress else ()
    return {
        "units": [unit.work_order for unit in units],
        "wishes": [{"code": str(wish), "name": capfirst(wish.label)} for wish in Wish],
        "most": facts.line.open_quantity,
    }
