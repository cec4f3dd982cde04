"""Tell where units are at home: where their like stood in an earlier plan, in turn."""

from bisect import bisect
from collections.abc import Hashable, Iterable, Sequence

NOWHERE = -1
"""The home of a newcomer."""


def homes_of(old: Sequence[Hashable], now: Sequence[Hashable]) -> list[int]:
    """Give each place of a queue the place at which what stands there is at home.

    Parameters
    ----------
    old
        Kinds of units in the order of the earlier plan.
    now
        Kinds of units as they stand: all of the old ones, and newcomers.

    Returns
    -------
    list[int]
        For each place the home, or ``NOWHERE`` for a newcomer. The first of a kind
        is at home where the first of its kind was, and so on; the old queue is spread
        over the new one. Which of a kind are newcomers is chosen so that the others
        stand as near to their homes as possible. ``O(n m)`` for ``m`` newcomers of a
        kind.
    """
    wanted = [(kind, spread(rank, len(old), len(now))) for rank, kind in enumerate(old)]
    places = places_for(wanted, [(kind, at) for at, kind in enumerate(now)])
    found = [NOWHERE] * len(now)
    for (_, home), at in zip(wanted, places, strict=True):
        found[at] = home
    return found


def places_for(
    wanted: Sequence[tuple[Hashable, int]], free: Sequence[tuple[Hashable, int]]
) -> list[int]:
    """Give each home of a kind one of the free places of that kind.

    Both rise. Within a kind nobody overtakes another, and the sum of distances is the
    least there is. ``O(n m)`` for ``m`` free places of a kind that stay free.
    """
    places = dict(_by_kind(free))
    found: dict[tuple[Hashable, int], int] = {}
    for kind, homes in _by_kind(wanted):
        for home, at in zip(homes, match_in_turn(homes, places[kind]), strict=True):
            found[kind, home] = at
    return [found[each] for each in wanted]


def spread(rank: int, n_old: int, n_now: int) -> int:
    """Give the place of an old rank where the old queue is spread over a longer one."""
    return (2 * rank + 1) * n_now // (2 * n_old)


def _by_kind(
    pairs: Sequence[tuple[Hashable, int]],
) -> Iterable[tuple[Hashable, list[int]]]:
    numbers: dict[Hashable, list[int]] = {}
    for kind, number in pairs:
        numbers.setdefault(kind, []).append(number)
    return numbers.items()


def match_in_turn(homes: Sequence[int], places: Sequence[int]) -> list[int]:
    """Choose a place for each home, both rising, with the least sum of distances.

    There are at least as many places as homes. ``O(n m)`` for ``m`` spare places.
    """
    n_spare = len(places) - len(homes)
    if n_spare == 0 or not homes:
        return list(places[: len(homes)])
    sums = [0] * (n_spare + 1)
    ways = []
    for nth, home in enumerate(homes):
        way, before = 0, sums[0]
        row, nexts = [], []
        for skipped in range(n_spare + 1):
            if sums[skipped] < before:
                way, before = skipped, sums[skipped]
            row.append(way)
            nexts.append(before + abs(places[nth + skipped] - home))
        ways.append(row)
        sums = nexts
    skipped = sums.index(min(sums))
    found = []
    for nth in reversed(range(len(homes))):
        found.append(places[nth + skipped])
        skipped = ways[nth][skipped]
    return found[::-1]


def pairs_kept(ranks: Sequence[int]) -> float:
    """Give how many in a hundred pairs stand in rising order; 100 where there is none.

    Ranks are all different. ``O(n log n)``, not counting insertions into a list.
    """
    n_pairs = len(ranks) * (len(ranks) - 1) // 2
    if n_pairs == 0:
        return 100.0
    risen: list[int] = []
    n_kept = 0
    for rank in ranks:
        at = bisect(risen, rank)
        n_kept += at
        risen.insert(at, rank)
    return 100.0 * n_kept / n_pairs
