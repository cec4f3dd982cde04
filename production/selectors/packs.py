"""What is sold at once of a work order: boxes, cases, or single pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from configurator.selectors.releases import release_by_id
from production.models import WorkOrder
from production.states import SourceKind


@dataclass(frozen=True, slots=True)
class Pack:
    """One of those that an order line is sold in, numbered from 1.

    ``lots`` are the work orders whose pieces are in it.
    """

    number: int
    n_all: int
    pieces: int
    lots: tuple[str, ...]


def list_packs(*, work_order: WorkOrder) -> Iterator[Pack]:
    """Give what is packed when a work order is done; surplus is not sold with it.

    All lots of an order line are numbered through; what two of them share is packed
    with the later one.
    """
    lots = _list_lots(work_order)
    ends = list(accumulate(quantity for _number, quantity in lots))
    place = [number for number, _quantity in lots].index(work_order.number)
    end, total = ends[place], ends[-1]
    size = _find_size(work_order, total)
    n_all = -(-total // size)
    n_before = (end - work_order.quantity) // size
    n_until = n_all if end == total else end // size
    for n in range(n_before + 1, n_until + 1):
        first, over = (n - 1) * size, min(n * size, total)
        yield Pack(
            number=n,
            n_all=n_all,
            pieces=over - first,
            lots=tuple(
                number
                for (number, quantity), last in zip(lots, ends, strict=True)
                if last > first and last - quantity < over
            ),
        )


def _list_lots(work_order: WorkOrder) -> list[tuple[str, int]]:
    """List the lots that an order line was cut into, each with its pieces."""
    if work_order.source_kind != SourceKind.ORDER_LINE:
        return [(work_order.number, work_order.quantity)]
    lots = WorkOrder.objects.filter(
        source_kind=SourceKind.ORDER_LINE,
        source_key=work_order.source_key,
        revision=work_order.revision,
    )
    return list(lots.order_by("unit_index").values_list("number", "quantity"))


def _find_size(work_order: WorkOrder, total: int) -> int:
    """Say how many pieces are sold at once; of fixed quantities, all that is ordered.

    What is sold by the fifteen comes in packs of fifteen.
    """
    definition = release_by_id(work_order.configuration.release_id).definition
    if definition.quantity.values:
        return total
    per_unit = definition.pieces.per_unit(work_order.configuration.choices)
    return per_unit * definition.quantity.step
