"""Run a compiled search in short slices, so that it can be watched and stopped."""

from collections.abc import Callable, Iterator, Sequence

from production.engine.budget import Meter

SLICES = 256
"""A limit in moves is cut into so many slices, each at one temperature."""
LONGEST_MS = 20
LARGEST_FACTOR = 4


def slices(
    meter: Meter, objective: Callable[[], Sequence[int]], *, largest: int
) -> Iterator[tuple[int, float]]:
    """Cut what is left of a budget into slices.

    Parameters
    ----------
    meter
        Counts the moves of each slice as made, and says when it is enough.
    objective
        Asked before each slice, for the report of progress.
    largest
        Most moves in a slice: what takes less than a tenth of a second.

    Yields
    ------
    tuple[int, float]
        Moves of the slice, and the share of the budget that is spent before it. With
        a limit in moves both depend on nothing else. Nothing for an open end.
    """
    limit = meter.budget.moves
    limit_ms = meter.budget.cpu_ms
    if meter.budget.is_open_ended:
        return
    n_moves = 16 if limit is None else max(1, min(largest, limit // SLICES))
    begun, begun_ms = meter.moves, meter.cpu_ms
    while meter.goes_on(objective()):
        at, at_ms = meter.moves - 1, meter.cpu_ms
        shares = [0.0]
        if limit is not None:
            n_moves = min(n_moves, limit - at)
            shares.append((at - begun) / max(1, limit - begun))
        if limit_ms is not None:
            shares.append((at_ms - begun_ms) / max(1, limit_ms - begun_ms))
        yield n_moves, min(1.0, max(shares))
        meter.moves = at + n_moves
        if limit is None:
            n_moves = _next_size(n_moves, meter.cpu_ms - at_ms, largest)


def _next_size(n_moves: int, took_ms: int, largest: int) -> int:
    """Let slices grow until they take a few hundredths of a second."""
    if took_ms > LONGEST_MS:
        return max(1, n_moves * LONGEST_MS // (2 * took_ms))
    if took_ms * 2 < LONGEST_MS:
        return min(largest, n_moves * LARGEST_FACTOR)
    return n_moves
