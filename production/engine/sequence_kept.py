"""Compare an order with an earlier one: who has kept its place among the others."""

from collections.abc import Sequence

from production.engine.sequence_model import LineModel


def put_alike_back(
    model: LineModel, order: Sequence[int], old: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Let units that nothing tells apart take each other's places, to keep the order.

    Parameters
    ----------
    order
        Unit indices as planned now.
    old
        Those of them that were planned before, in their old order.

    Returns
    -------
    tuple[list[int], list[int]]
        The same kinds of units in the same places, so that as many old units as
        possible are in their old order; and those that are not. ``O(n^2 / 64)``.
    """
    kinds = [kind_of(model, unit) for unit in order]
    kept = common_order([kind_of(model, unit) for unit in old], kinds)
    placed = {place: old[rank] for rank, place in kept}
    staying = set(placed.values())
    waiting: dict[tuple[object, ...], list[int]] = {}
    for unit in sorted(order, reverse=True):
        if unit not in staying:
            waiting.setdefault(kind_of(model, unit), []).append(unit)
    found = [
        placed[place] if place in placed else waiting[kind].pop()
        for place, kind in enumerate(kinds)
    ]
    return found, [unit for unit in old if unit not in staying]


def kind_of(model: LineModel, unit: int) -> tuple[object, ...]:
    """Give all by which a unit can be told from another."""
    due_slot = model.units[unit].due_slot
    return (model.masks[unit], model.colours[unit], due_slot)


def common_order(one: Sequence[object], two: Sequence[object]) -> list[tuple[int, int]]:
    """Give a longest common subsequence as pairs of places, rising in both.

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
    for value in one:
        row = rows[-1]
        same = row & places.get(value, 0)
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
