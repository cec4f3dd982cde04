"""Parcels: lines of an order leave the works, and their buyer is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from configurator.services.errors import InvalidError, Problem
from configurator.services.moves import move_one
from orders.models import Carrier, Order, Parcel, Shipment
from orders.services import outbox
from orders.services.events import make_event
from orders.states import SHIPMENT_MOVES, Delivery, ShipmentState

TO_HAND_OVER = (
    ShipmentState.PACKING,
    ShipmentState.PACKED,
    ShipmentState.HANDED_OVER,
)
MOST_PARCELS = 100


@dataclass(frozen=True, slots=True)
class ParcelRequest:
    """A box and who takes it; the code is the carrier's."""

    carrier: str = ""
    tracking_code: str = ""


def hand_over(
    *,
    order: Order,
    line_ids: Sequence[int],
    parcels: Sequence[ParcelRequest] = (),
    kind: str,
    now: datetime,
    actor: str,
) -> Shipment:
    """Pack lines of a locked order and hand them over, in as many boxes as named."""
    shipment = _pack(order, line_ids, parcels, now)
    for state in TO_HAND_OVER:
        at = {"handed_over_at": now} if state == ShipmentState.HANDED_OVER else None
        move_one(shipment, to=state, moves=SHIPMENT_MOVES, extra_updates=at)
    make_event(
        order_id=order.pk,
        kind=kind,
        to_state=ShipmentState.HANDED_OVER,
        details={"shipment": shipment.number, "lines": list(line_ids)},
        actor=actor,
        now=now,
    ).save()
    outbox.make_message(
        kind=outbox.MAIL,
        key=f"shipped:{shipment.number}",
        order_id=order.pk,
        payload={"template": _news(order), "shipment": shipment.number},
        now=now,
    ).save()
    return shipment


def _news(order: Order) -> str:
    """Name the mail that tells of it: what is fetched by its buyer waits for them."""
    return "fetch" if order.delivery == Delivery.COLLECTION else "shipped"


def _pack(
    order: Order,
    line_ids: Sequence[int],
    parcels: Sequence[ParcelRequest],
    now: datetime,
) -> Shipment:
    carriers = _find_carriers(parcels)
    n_before = Shipment.objects.filter(order=order).count()
    shipment = Shipment.objects.create(
        order=order, number=f"{order.number}-S{n_before + 1}", created_at=now
    )
    shipment.lines.set(line_ids)
    Parcel.objects.bulk_create(
        Parcel(
            shipment=shipment,
            carrier=carriers.get(each.carrier),
            tracking_code=each.tracking_code,
        )
        for each in parcels
    )
    return shipment


def _find_carriers(parcels: Sequence[ParcelRequest]) -> dict[str, Carrier]:
    wanted = {each.carrier for each in parcels if each.carrier}
    found = {row.code: row for row in Carrier.objects.filter(code__in=wanted)}
    problems = [
        Problem(
            "unknown",
            _("There is no carrier “%(code)s”.") % {"code": each.carrier[:40]},
            f"parcels.{place}.carrier",
        )
        for place, each in enumerate(parcels)
        if each.carrier and each.carrier not in found
    ]
    if len(parcels) > MOST_PARCELS:
        text = _("A shipment has at most %(most)s parcels.") % {"most": MOST_PARCELS}
        problems.append(Problem("limit", text, "parcels"))
    if problems:
        raise InvalidError(problems)
    return found
