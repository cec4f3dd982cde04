"""How the tasks of a flow line are best shared among stations at its takt."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from configurator.selectors.words import in_language
from production.engine.balance import LineBalance, Task, balance_line
from production.engine.demand import DemandError, Key
from production.models import Line, Site
from production.selectors.wording import plain

MS_PER_DS = 100


def get_balance(*, line: Line) -> dict[str, Any] | None:
    """Give the tasks of a line by station, by an instant rule; none where none known.

    They stand among the figures of its site. A task that alone takes longer than the
    takt is named, and nothing is shared.
    """
    sites = Site.objects.filter(id=line.work_centre.site_id)
    given = sites.values_list("figures__balance", flat=True).first() or {}
    if given.get("code") != line.code or not given.get("tasks"):
        return None
    names: dict[Key, str] = {}
    times: dict[Key, int] = {}
    for row in given["tasks"]:
        names[row["code"]] = in_language(row.get("name", {})) or plain(row["code"])
        times[row["code"]] = row["ds"] * MS_PER_DS
    longest = max(times, key=lambda key: times[key])
    if times[longest] > line.takt_ms:
        return {"too_long": names[longest], "seconds": _seconds(times[longest])}
    tasks = tuple(
        Task(row["code"], times[row["code"]], tuple(row["after"]))
        for row in given["tasks"]
    )
    try:
        stations = _share(tasks, line.takt_ms).stations
    except DemandError:  # tasks that wait for each other
        return None
    loads = [(keys, sum(times[key] for key in keys)) for keys in stations]
    return {
        "n_enough": len(stations),
        "takt_ms": line.takt_ms,
        "stations": [
            {
                "tasks": ", ".join(names[key] for key in keys),
                "ms": load_ms,
                "seconds": _seconds(load_ms),
            }
            for keys, load_ms in loads
        ],
    }


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}"


@lru_cache(maxsize=64)
def _share(tasks: tuple[Task, ...], takt_ms: int) -> LineBalance:
    return balance_line(tasks, cycle=takt_ms)
