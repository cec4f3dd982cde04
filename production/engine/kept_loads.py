"""What a new batch plan owes to the one before: which loads stay, in which order."""

from collections.abc import Mapping, Sequence

from production.engine.demand import Demand, Key
from production.engine.plan import Plan, PlannedGroup


def still_asked_for(
    work: Mapping[Key, Demand], previous: Plan | None, now_s: int
) -> tuple[list[PlannedGroup], list[PlannedGroup]]:
    """Give what an earlier plan froze: begun already, and still to come."""
    left = {key: demand.quantity for key, demand in work.items()}
    begun: list[PlannedGroup] = []
    kept: list[PlannedGroup] = []
    for group in previous.groups if previous is not None else ():
        needs = [(member.key, member.quantity) for member in group.members]
        if not group.freeze or any(left.get(key, 0) < n for key, n in needs):
            continue
        for key, quantity in needs:
            left[key] -= quantity
        (begun if group.setup_from_s <= now_s else kept).append(group)
    return begun, kept


def n_frozen(previous: Plan | None) -> int:
    """Count the loads that an earlier plan froze."""
    return sum(group.freeze for group in previous.groups) if previous else 0


def as_before(
    groups: Sequence[PlannedGroup], n_kept: int, previous: Plan | None
) -> list[Key]:
    """Rank loads as they came in the plan before, new ones as their families did."""
    ranks: dict[str, int] = {}
    for rank, group in enumerate(previous.groups if previous is not None else ()):
        ranks.setdefault(group.family, rank)
    known = [
        place
        for place, group in enumerate(groups)
        if place >= n_kept and group.family in ranks
    ]
    known.sort(key=lambda place: (ranks[groups[place].family], place))
    return [*range(n_kept), *known]
