"""Order a queue so that its colour changes as rarely as its longest runs allow."""

from collections import Counter, deque
from collections.abc import Mapping

from production.engine.demand import Attribute
from production.engine.sequence_model import LineModel


def fewest_changes(model: LineModel) -> list[int]:
    """Give an order with the fewest colour changes; ratio rules are not looked at.

    Parameters
    ----------
    model
        With a colour rule. Due slots do not count.

    Returns
    -------
    list[int]
        Unit indices, each once. No run is longer than its limit unless one colour
        has more units than all others can part. ``O(n + r c)`` for ``r`` runs of
        ``c`` colours.

    Notes
    -----
    Each colour has as few runs as its limit allows; where one colour needs more runs
    than the others can part, others are cut further. The colour that the past ends in
    comes first. Source: own; compared with all permutations in tests.
    """
    sizes = Counter(model.colours)
    n_runs = _count_runs(model, sizes)
    waiting = {colour: deque[int]() for colour in sizes}
    for place, colour in enumerate(model.colours):
        waiting[colour].append(place)
    left = dict(n_runs)
    order: list[int] = []
    before = model.past_colours[-1] if model.past_colours else None
    for turn in range(sum(n_runs.values())):
        colour = _next(left, before, may_stay=turn == 0)
        n_units = -(-len(waiting[colour]) // left[colour])
        order += [waiting[colour].popleft() for _ in range(n_units)]
        left[colour] -= 1
        before = colour
    return order


def _count_runs(
    model: LineModel, sizes: Mapping[Attribute, int]
) -> dict[Attribute, int]:
    limits = {
        one: model.colour.limit_of(one) if model.colour else None for one in sizes
    }
    n_runs = {one: -(-n // (limits[one] or n)) for one, n in sizes.items()}
    if not n_runs:
        return {}
    widest = max(n_runs, key=lambda one: n_runs[one])
    missing = 2 * n_runs[widest] - 1 - sum(n_runs.values())
    for one in sizes:
        more = min(max(0, missing), sizes[one] - n_runs[one])
        if one != widest:
            n_runs[one] += more
            missing -= more
    return n_runs


def _next(
    left: Mapping[Attribute, int], before: Attribute | None, *, may_stay: bool
) -> Attribute:
    """Give the colour with most runs left; at the start, that of the past."""
    if may_stay and before is not None and left.get(before):
        return before
    others = [one for one, n in left.items() if n and one != before]
    if not others:
        return max(left, key=lambda one: left[one])
    return max(others, key=lambda one: left[one])
