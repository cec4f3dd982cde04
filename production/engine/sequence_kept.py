"""Compare an order with an earlier one: who has kept its place among the others."""

from collections.abc import Sequence

from production.engine.sequence_home import places_for, spread
from production.engine.sequence_model import LineModel


def put_alike_back(
    model: LineModel,
    order: Sequence[int],
    old: Sequence[int],
    *,
    reach: int | None = None,
) -> tuple[list[int], list[int]]:
    """Let units that nothing tells apart take each other's places, to keep the order.

    Parameters
    ----------
    order
        Unit indices as planned now.
    old
        Those of them that were planned before, in their old order.
    reach
        By how many places at most a unit may be named away from where it was, with
        the old queue spread over the new one, in order to be in its old order;
        ``None`` for any number.

    Returns
    -------
    tuple[list[int], list[int]]
        The same kinds of units in the same places, so that as many old units as
        possible are in their old order, and the others as near as can be to where
        they were; and those others. ``O(n^2 / 64)``.
    """
    kinds = [kind_of(model, unit) for unit in order]
    old_kinds = [kind_of(model, unit) for unit in old]
    pairs = common_order(old_kinds, kinds, reach=reach)
    found = {place: old[rank] for rank, place in pairs}
    staying = {*found.values()}
    moved = [rank for rank, unit in enumerate(old) if unit not in staying]
    free = [(kinds[at], at) for at in range(len(order)) if at not in found]
    wanted = [(old_kinds[rank], spread(rank, len(old), len(order))) for rank in moved]
    for rank, at in zip(moved, places_for(wanted, free), strict=True):
        found[at] = old[rank]
    waiting: dict[object, list[int]] = {}
    for unit in sorted({*order} - {*old}, reverse=True):
        waiting.setdefault(kind_of(model, unit), []).append(unit)
    named = [
        found[at] if at in found else waiting[kind].pop()
        for at, kind in enumerate(kinds)
    ]
    if reach is not None:
        in_turn = {old[rank] for rank, _ in common_order(old, named)}
        return named, [unit for unit in old if unit not in in_turn]
    return named, [old[rank] for rank in moved]


def kind_of(model: LineModel, unit: int) -> tuple[object, ...]:
    """Give all by which a unit can be told from another."""
    due_slot = model.units[unit].due_slot
    return (model.masks[unit], model.colours[unit], due_slot)


def common_order(
    one: Sequence[object], two: Sequence[object], *, reach: int | None = None
) -> list[tuple[int, int]]:
    """Give a longest common subsequence as pairs of places, rising in both.

    With a ``reach`` no pair is further apart, the first spread over the second.

    Notes
    -----
    Bit-parallel, one whole number for each row: a bit is cleared where the longest
    common subsequence grows (Hyyro 2004).
    """
    places: dict[object, int] = {}
    for place, value in enumerate(two):
        places[value] = places.get(value, 0) | 1 << place
    whole = (1 << len(two)) - 1
    rows = [whole]
    for rank, value in enumerate(one):
        row = rows[-1]
        same = row & places.get(value, 0)
        if reach is not None:
            home = spread(rank, len(one), len(two))
            first = max(0, home - reach)
            same &= (1 << home + reach + 1) - (1 << first)
        rows.append((row + same | row - same) & whole)
    pairs = []
    row, place = len(one), len(two) - 1
    while row and place >= 0:
        if rows[row] >> place & 1:
            place -= 1
        elif rows[row - 1] >> place & 1:
            row -= 1
            pairs.append((row, place))
            place -= 1
        else:
            row -= 1
    return pairs[::-1]
