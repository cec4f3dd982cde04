"""What stands before others at a place, and when the place has done it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from production.engine.calendar import Calendar
from production.engine.demand import require

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Work that stands before others at a place, and when the first of it may begin.

    Work ``on_clock`` only waits: it goes on while the place is closed.
    """

    work_s: int
    from_at: datetime
    on_clock: bool = False

    def __post_init__(self) -> None:
        require(holds=self.work_s >= 0, what="work ahead", value=self.work_s, unit="s")


def free_at(
    ahead: Sequence[Ahead],
    *,
    now: datetime,
    calendar: Calendar | None = None,
    n_places: int = 1,
) -> datetime:
    """Say when a place has done what stands before.

    Parameters
    ----------
    ahead
        Work in any order; it is done as it may begin.
    now
        Nothing is done before; aware.
    calendar
        Working time; ``None`` never closes.
    n_places
        Equal places that share the work, at least 1.

    Returns
    -------
    datetime
        In UTC; ``now`` where nothing stands before. More work, or work that may
        begin later, never gives an earlier answer.
    """
    ends = (end for _begins, end in _stretches(ahead, now, calendar, n_places))
    return max(ends, default=now).astimezone(UTC)


def list_taken(
    coming: Sequence[Ahead],
    *,
    now: datetime,
    calendar: Calendar | None = None,
    n_places: int = 1,
) -> tuple[Stretch, ...]:
    """Say when a place does what comes to it, the arguments as above.

    Returns
    -------
    tuple[Stretch, ...]
        In order and apart from each other: between them it has nothing to do.
    """
    found: list[Stretch] = []
    for begins, ends in _stretches(coming, now, calendar, n_places):
        if found and begins <= found[-1][1]:
            begins = found.pop()[0]
        found.append((begins, ends))
    return tuple(found)


def _stretches(
    ahead: Sequence[Ahead], now: datetime, calendar: Calendar | None, n_places: int
) -> Iterator[Stretch]:
    at = now
    for each in sorted(ahead, key=lambda one: one.from_at):
        if each.work_s:
            begins = max(at, each.from_at)
            hours = None if each.on_clock else calendar
            at = find_end(hours, begins, -(-each.work_s // n_places))
            yield begins, at


def find_end(calendar: Calendar | None, begins: datetime, work_s: int) -> datetime:
    """Say when work is done; without a calendar the clock alone counts."""
    if calendar is None:
        return begins + timedelta(seconds=work_s)
    return calendar.add_working_seconds(begins, work_s)
