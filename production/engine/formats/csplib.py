"""Car sequencing instances of CSPLib problem 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from production.engine.demand import LineRule, Unit
from production.engine.formats.text import Line, read_lines, take


@dataclass(frozen=True, slots=True)
class CarProblem:
    """Units to sequence under ratio rules, and the class of each unit by its key."""

    units: tuple[Unit, ...]
    rules: tuple[LineRule, ...]
    class_of: tuple[int, ...]

    def keys_of(self, classes: Sequence[int]) -> list[int]:
        """Name a unit for each class of a plan; passes over those there are no more."""
        left: dict[int, list[int]] = {}
        for key in reversed(range(len(self.class_of))):
            left.setdefault(self.class_of[key], []).append(key)
        return [left[one].pop() for one in classes if left.get(one)]


def _read_rules(
    lines: Sequence[Line], path: Path, n_options: int
) -> tuple[LineRule, ...]:
    """Read p of q for each option; q of q is no rule."""
    at_most = take(lines, 1, path=path, expected="p of each option")
    windows = take(lines, 2, path=path, expected="q of each option")
    ratios = zip(at_most.integers(n_options), windows.integers(n_options), strict=True)
    rules = []
    for place, (p, q) in enumerate(ratios):
        if not 1 <= p <= q:
            raise windows.wrong(
                f"p of q with 1 <= p <= q for option {place}, not {p} of {q}"
            )
        if p < q:
            rules.append(
                LineRule(f"option {place}", {str(place): frozenset({1})}, p, q)
            )
    return tuple(rules)


def read_csplib(path: Path) -> CarProblem:
    """Read cars, options and classes: three counts, two rows of ratios, the classes."""
    lines = read_lines(path)
    head = take(lines, 0, path=path, expected="three counts")
    n_cars, n_options, n_classes = head.integers(3)
    rules = _read_rules(lines, path, n_options)
    class_of: list[int] = []
    units: list[Unit] = []
    for place in range(n_classes):
        row = take(lines, 3 + place, path=path, expected=f"class {place}")
        number, count, *flags = row.integers(2 + n_options)
        if number != place or count < 0:
            raise row.wrong(f"class {place} and its number of cars")
        attributes = {str(option): flag for option, flag in enumerate(flags)}
        for _ in range(count):
            units.append(Unit(len(units), attributes))
            class_of.append(place)
    if len(units) != n_cars:
        raise head.wrong(f"{len(units)} cars, as the classes add up to")
    return CarProblem(tuple(units), rules, tuple(class_of))
