"""The exact side of line balance: fewer stations by CP-SAT, or the proof that none."""

from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from production.engine.demand import Key
from production.engine.jobshop_exact import new_solver
from production.engine.solving import Limits, solve_within


def fewer_stations(
    times: Mapping[Key, int],
    befores: Mapping[Key, set[Key]],
    followers: Mapping[Key, set[Key]],
    *,
    cycle: int,
    n_stations: int,
    limits: Limits,
) -> list[list[Key]] | None:
    """Share all tasks among so many stations.

    Parameters
    ----------
    times
        Task times, each within the cycle, predecessors before followers.
    befores, followers
        All tasks before and behind each, not only the next ones.

    Returns
    -------
    list[list[Key]] | None
        Tasks by station; an empty list if it is proven that there is no such way, and
        ``None`` if the limits were reached first.
    """
    model = cp_model.CpModel()
    places: dict[Key, dict[int, cp_model.IntVar]] = {}
    for key, own in times.items():
        ahead = own + sum(times[one] for one in befores[key])
        behind = own + sum(times[one] for one in followers[key])
        first = max(0, -(-ahead // cycle) - 1)
        last = min(n_stations - 1, n_stations - -(-behind // cycle))
        if first > last:
            return []
        places[key] = {at: model.new_bool_var("") for at in range(first, last + 1)}
        model.add_exactly_one(places[key].values())
    for at in range(n_stations):
        here = [times[key] * row[at] for key, row in places.items() if at in row]
        model.add(sum(here) <= cycle)
    _keep_order(model, places, befores)
    return _solve(model, places, n_stations, limits)


def _keep_order(
    model: cp_model.CpModel,
    places: Mapping[Key, Mapping[int, cp_model.IntVar]],
    befores: Mapping[Key, set[Key]],
) -> None:
    """Let nobody stand in a station before one of those that come before."""
    for key, row in places.items():
        direct = befores[key] - {one for two in befores[key] for one in befores[two]}
        for before in sorted(direct, key=str):
            for at in sorted(set(row) | set(places[before])):
                early = [variable for place, variable in row.items() if place <= at]
                there = [
                    variable
                    for place, variable in places[before].items()
                    if place <= at
                ]
                model.add(sum(early) <= sum(there))


def _solve(
    model: cp_model.CpModel,
    places: Mapping[Key, Mapping[int, cp_model.IntVar]],
    n_stations: int,
    limits: Limits,
) -> list[list[Key]] | None:
    solver = new_solver(seed=limits.seed, moves=limits.moves)
    solver.parameters.linearization_level = 1
    status = solve_within(limits, model, solver, objective=(n_stations + 1,))
    if status == cp_model.INFEASIBLE:
        return []
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    stations: list[list[Key]] = [[] for _ in range(n_stations)]
    for key, row in places.items():
        for at, variable in row.items():
            if solver.value(variable):
                stations[at].append(key)
    return stations


def order_within(
    stations: Sequence[Sequence[Key]], ranked: Sequence[Key]
) -> list[list[Key]]:
    """Put the tasks of each station into an order that keeps precedence."""
    rank = {key: at for at, key in enumerate(ranked)}
    return [sorted(station, key=rank.__getitem__) for station in stations if station]
