"""Where a queue puts more units with an option close together than its rules allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Over = tuple[str, int, int]


def find_over_ratio(
    *, rules: Sequence[tuple[str, int, int]], units: Sequence[Mapping[str, Any]]
) -> list[list[Over]]:
    """Name, for each unit, the rules that the window ending with it breaks.

    A rule is its code, how many units may carry it, and out of how many. An answer is
    the rule's code, how many units carry it, and out of how many.
    """
    found: list[list[Over]] = [[] for _unit in units]
    for code, at_most, window in rules:
        carries = [unit.get(code) in (1, True) for unit in units]
        for place, is_carried in enumerate(carries):
            n = sum(carries[max(0, place - window + 1) : place + 1])
            if is_carried and n > at_most:
                found[place].append((code, n, window))
    return found
