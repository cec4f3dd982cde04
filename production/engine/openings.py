"""Working time as half-open stretches of seconds."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from production.engine.values import require

Openings = tuple[tuple[int, int], ...] | None
"""Stretches in order, not touching twice; ``None`` means always open."""


def check_openings(openings: Openings, *, of: str) -> None:
    """Refuse stretches that are empty, overlap or are out of order."""
    before_s: int | None = None
    for from_s, to_s in openings or ():
        require(
            holds=from_s < to_s and (before_s is None or before_s <= from_s),
            what=f"working time of {of} is empty, overlaps or is out of order",
            value=(from_s, to_s),
            unit="s",
        )
        before_s = to_s


def counted_from(openings: Openings, at_s: int) -> Openings:
    """Give what is open from a moment on, in seconds from there."""
    if openings is None:
        return None
    return tuple(
        (max(0, from_s - at_s), to_s - at_s) for from_s, to_s in openings if to_s > at_s
    )


def common(one: Openings, two: Openings) -> Openings:
    """Give the stretches in which both are open. ``O(n + m)``."""
    if one is None or two is None:
        return two if one is None else one
    found = []
    first = second = 0
    while first < len(one) and second < len(two):
        from_s = max(one[first][0], two[second][0])
        to_s = min(one[first][1], two[second][1])
        if from_s < to_s:
            found.append((from_s, to_s))
        if one[first][1] <= two[second][1]:
            first += 1
        else:
            second += 1
    return tuple(found)


def work_from(openings: Openings, start_s: int, work_s: int) -> tuple[int, int] | None:
    """Say when work begins and ends if it pauses whenever it is closed.

    Parameters
    ----------
    start_s
        Earliest beginning.
    work_s
        Seconds of work, at least 0.

    Returns
    -------
    tuple[int, int] | None
        Beginning and end; ``None`` if the openings end too early. Work of no length
        takes place at the first open moment.
    """
    require(holds=work_s >= 0, what="work below 0", value=work_s, unit="s")
    if openings is None:
        return (start_s, start_s + work_s)
    begin_s: int | None = None
    left_s = work_s
    for from_s, to_s in openings:
        at_s = max(from_s, start_s)
        if at_s >= to_s:
            continue
        begin_s = at_s if begin_s is None else begin_s
        if to_s - at_s >= left_s:
            return (begin_s, at_s + left_s)
        left_s -= to_s - at_s
    return None


def opens_at(openings: Openings, now_s: int) -> int:
    """Say when it opens if it is closed just now, and 0 if it is open or never is."""
    found = work_from(openings, now_s, 0)
    return 0 if found is None or found[0] == now_s else found[0]


def last_start(
    backwards: Iterable[tuple[int, int]], end_s: int, work_s: int
) -> int | None:
    """Say when work must begin at the latest to be done by a moment.

    Takes the stretches latest first. Work pauses while it is closed; of no length it
    is done when it last was open. ``None`` where there is too little time.
    """
    left_s = work_s
    for from_s, to_s in backwards:
        open_s = min(to_s, end_s) - from_s
        if open_s >= max(1, left_s):
            return from_s + open_s - left_s
        left_s -= max(0, open_s)
    return None


def due_while_open(openings: Openings, due_s: int, work_s: int) -> int:
    """Give when work is over that begins at the latest moment to be done in time."""
    ended = bisect_left(openings or (), (due_s,))
    begin_s = last_start((openings or ())[:ended][::-1], due_s, work_s)
    return due_s if begin_s is None else min(due_s, begin_s + work_s)


def open_seconds(openings: Openings, from_s: int, to_s: int) -> int:
    """Count the open seconds between two moments."""
    if openings is None:
        return max(0, to_s - from_s)
    return sum(
        max(0, min(end_s, to_s) - max(begin_s, from_s)) for begin_s, end_s in openings
    )


def merge(stretches: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sort stretches and join those that overlap or touch; drop empty ones."""
    merged: list[tuple[int, int]] = []
    for from_s, to_s in sorted(stretches):
        if from_s >= to_s:
            continue
        if merged and from_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], to_s))
        else:
            merged.append((from_s, to_s))
    return tuple(merged)
