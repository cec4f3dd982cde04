"""Everything an order's answer speaks of, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from orders.models import (
    Complaint,
    FinishedFile,
    Order,
    OrderLine,
    Parcel,
    Promise,
    Proof,
    Quotation,
    Shipment,
)
from orders.ports import LineProgress, OrderProgressReport, ports
from orders.selectors.files import handed_out, list_files
from orders.states import ComplaintState

NOT_STARTED = OrderProgressReport("NOT_STARTED")


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line, its product and configuration read with it, and what belongs to it.

    Of several quotations and promises it is the latest.
    """

    line: OrderLine
    quotation: Quotation | None = None
    promise: Promise | None = None
    proofs: tuple[Proof, ...] = ()
    shipment: Shipment | None = None
    progress: LineProgress | None = None
    # Of a download: what there is to take away, and whether it was handed out.
    files: tuple[FinishedFile, ...] = ()
    is_handed_out: bool = False
    # Units that replace others of the line and have not left the works.
    remakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFacts:
    order: Order
    lines: tuple[LineFacts, ...]
    shipments: tuple[Shipment, ...] = ()
    production_state: str = NOT_STARTED.production_state
    # How often a line was put in another's place.
    n_changes: int = 0

    def is_of(self, user_id: int) -> bool:
        """Say whether a user placed it."""
        return self.order.user_id == user_id


def load_facts(orders: Sequence[Order]) -> list[OrderFacts]:
    """Read what belongs to these orders: seven queries and the port's, however many.

    Two more where any is delivered as files, one more where any was shipped.
    """
    ids = [order.pk for order in orders]
    lines = list(_lines(ids))
    quotations = _latest(Quotation.objects.filter(order_line__order__in=ids))
    promises = _latest(Promise.objects.filter(line__order__in=ids), key="line_id")
    proofs = _grouped(_proofs(ids), "order_line_id")
    shipments = _grouped(_shipments(ids), "order_id")
    progress = ports.order_progress(order_ids=ids) if ids else {}
    shipped_with = _map_shipped(shipments.values())
    files, given = _files(lines)
    remakes = _remakes(shipped_with)
    lines_of: dict[int, list[LineFacts]] = defaultdict(list)
    for line in lines:
        report = progress.get(line.order_id, NOT_STARTED)
        lines_of[line.order_id].append(
            LineFacts(
                line=line,
                quotation=quotations.get(line.pk),
                promise=promises.get(line.pk),
                proofs=tuple(proofs[line.pk]),
                shipment=shipped_with.get(line.pk),
                progress=report.lines.get(line.pk),
                files=tuple(files[line.pk]),
                is_handed_out=line.pk in given,
                remakes=tuple(remakes[line.pk]),
            )
        )
    return [
        OrderFacts(
            order=order,
            lines=tuple(lines_of[order.pk]),
            shipments=tuple(shipments[order.pk]),
            production_state=progress.get(order.pk, NOT_STARTED).production_state,
            n_changes=_count_changes(lines_of[order.pk]),
        )
        for order in orders
    ]


def _count_changes(lines: Sequence[LineFacts]) -> int:
    return sum(each.line.changed_from_id is not None for each in lines)


def _proofs(order_ids: Sequence[int]) -> QuerySet[Proof]:
    """Select proofs without their pictures, which have a page of their own."""
    return Proof.objects.filter(order_line__order__in=order_ids).defer("picture")


def _files(lines: Sequence[OrderLine]) -> tuple[dict[int, list[Any]], set[int]]:
    """Read the files of lines that are downloads, and which were handed out."""
    ids = {line.order_id for line in lines if line.is_download}
    if not ids:
        return defaultdict(list), set()
    return _grouped(list_files(ids), "order_line_id"), handed_out(ids)


def _map_shipped(groups: Iterable[Iterable[Shipment]]) -> dict[int, Shipment]:
    """Give the latest shipment of each line that has one."""
    return {
        line.pk: shipment
        for group in groups
        for shipment in group
        for line in shipment.lines.all()
    }


def _remakes(line_ids: Collection[int]) -> dict[int, list[str]]:
    """Read which units of shipped lines are made again and were not sent yet."""
    found: dict[int, list[str]] = defaultdict(list)
    if line_ids:
        remaking = Complaint.objects.filter(
            order_line__in=line_ids, state=ComplaintState.REMAKING
        )
        for line_id, unit in remaking.values_list("order_line", "remake"):
            found[line_id].append(unit)
    return found


def _lines(order_ids: Sequence[int]) -> QuerySet[OrderLine]:
    return (
        OrderLine.objects.filter(order__in=order_ids)
        .select_related("product", "configuration")
        .order_by("order_id", "position")
    )


def _shipments(order_ids: Sequence[int]) -> QuerySet[Shipment]:
    line_ids = OrderLine.objects.only("id")
    return (
        Shipment.objects.filter(order__in=order_ids)
        .prefetch_related(
            Prefetch("lines", queryset=line_ids),
            Prefetch("parcels", queryset=Parcel.objects.select_related("carrier")),
        )
        .order_by("id")
    )


def _latest(rows: QuerySet[Any], key: str = "order_line_id") -> dict[int, Any]:
    return {getattr(row, key): row for row in rows.order_by("revision")}


def _grouped(rows: Iterable[Any], key: str) -> defaultdict[int, list[Any]]:
    groups: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups
