"""What is sold at once of a work order: boxes, cases, or single pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from configurator.selectors.releases import release_by_id
from production.models import WorkOrder
from production.states import SourceKind, WorkOrderState

# Nothing of them is packed; what was made instead is.
GONE = (WorkOrderState.CANCELLED, WorkOrderState.SPLIT, WorkOrderState.SCRAPPED)


@dataclass(frozen=True, slots=True)
class Pack:
    """One of those that an order line is sold in, numbered from 1.

    ``lots`` are the work orders whose pieces are in it.
    """

    number: int
    n_all: int
    pieces: int
    lots: tuple[str, ...]


class _Lot(NamedTuple):
    """The pieces of an order line that come of a work order: a half-open range."""

    number: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Family:
    """The work orders of an order line, by what each of them is made instead of."""

    known: Mapping[int, WorkOrder]
    instead_of: Mapping[int, Sequence[WorkOrder]]

    def original(self, lot: WorkOrder) -> WorkOrder | None:
        return self.known.get(lot.remake_of_id or 0)

    def is_sent_anew(self, lot: WorkOrder) -> bool:
        """Say whether it replaces what was made and packed already."""
        before = self.original(lot)
        is_remake = lot.source_kind == SourceKind.REMAKE
        return is_remake and before is not None and before.state not in GONE

    def count(self, lot: WorkOrder) -> int:
        """Count the pieces of a lot with those of all that fill its place."""
        if lot.state not in GONE:
            return lot.quantity
        return sum(self.count(each) for each in self.fillers(lot))

    def fillers(self, lot: WorkOrder) -> list[WorkOrder]:
        made = self.instead_of.get(lot.pk, ())
        return [each for each in made if not self.is_sent_anew(each)]

    def lay_out(self, lot: WorkOrder, first: int) -> Iterator[_Lot]:
        """Give it from its first piece on; what is made up comes behind it."""
        fillers = self.fillers(lot)
        made_up = sum(self.count(each) for each in fillers)
        end = first + max(0, self.count(lot) - made_up)
        yield _Lot(lot.number, first, end)
        for each in fillers:
            yield from self.lay_out(each, end)
            end += self.count(each)


def list_packs(*, work_order: WorkOrder) -> Iterator[Pack]:
    """Give what is packed when a work order is done; surplus is not sold with it.

    All lots of an order line are numbered through; what two of them share is packed
    with the later one.
    """
    lots, total = _list_lots(work_order)
    own = next(lot for lot in lots if lot.number == work_order.number)
    if own.first == own.end:
        return
    size = _find_size(work_order, total)
    for n in range(own.first // size, -(-own.end // size)):
        shares = {
            lot.number: pieces
            for lot in lots
            if (pieces := min(lot.end, (n + 1) * size) - max(lot.first, n * size)) > 0
        }
        if [*shares][-1] == work_order.number:
            yield Pack(
                number=n + 1,
                n_all=-(-total // size),
                pieces=sum(shares.values()),
                lots=tuple(shares),
            )


def _list_lots(work_order: WorkOrder) -> tuple[list[_Lot], int]:
    """List the lots whose pieces are packed together, and count those of the line."""
    family = _get_family(work_order)
    top = work_order
    while (before := family.original(top)) and not family.is_sent_anew(top):
        top = before
    if before is not None:
        # Where the latest of what it replaces were.
        lots, total = _list_lots(before)
        end = next(lot.end for lot in lots if lot.number == before.number)
        return list(family.lay_out(top, max(0, end - top.quantity))), total
    if top.source_kind != SourceKind.ORDER_LINE:
        return list(family.lay_out(top, 0)), family.count(top)
    lots, total = [], 0
    for each in family.known.values():
        if each.source_kind == SourceKind.ORDER_LINE:
            lots += family.lay_out(each, total)
            total += family.count(each)
    return lots, total


def _get_family(work_order: WorkOrder) -> _Family:
    """Read all lots of its order line; one for nobody stands alone."""
    known = {work_order.pk: work_order}
    if work_order.order_line_id is not None:
        rows = WorkOrder.objects.filter(order_line=work_order.order_line_id)
        known = {each.pk: each for each in rows.order_by("unit_index", "id")}
    instead_of = defaultdict(list)
    for each in known.values():
        instead_of[each.remake_of_id or 0].append(each)
    return _Family(known, instead_of)


def _find_size(work_order: WorkOrder, total: int) -> int:
    """Say how many pieces are sold at once; of fixed quantities, all that is ordered.

    What is sold by the fifteen comes in packs of fifteen.
    """
    definition = release_by_id(work_order.configuration.release_id).definition
    if definition.quantity.values:
        return total
    per_unit = definition.pieces.per_unit(work_order.configuration.choices)
    return per_unit * definition.quantity.step
