"""Car sequencing instances of CSPLib problem 1."""

from dataclasses import dataclass
from pathlib import Path

from production.engine.demand import LineRule, Unit
from production.engine.formats.text import read_lines, take


@dataclass(frozen=True, slots=True)
class CarProblem:
    """Units to sequence under ratio rules, and the class of each unit by its key."""

    units: tuple[Unit, ...]
    rules: tuple[LineRule, ...]
    class_of: tuple[int, ...]


def read_csplib(path: Path) -> CarProblem:
    """Read cars, options and classes: three counts, two rows of ratios, the classes."""
    lines = read_lines(path)
    head = take(lines, 0, path=path, expected="three counts")
    n_cars, n_options, n_classes = head.integers(3)
    at_most = take(lines, 1, path=path, expected="p of each option").integers(n_options)
    windows = take(lines, 2, path=path, expected="q of each option").integers(n_options)
    rules = tuple(
        LineRule(f"option {place}", {str(place): frozenset({1})}, p, q)
        for place, (p, q) in enumerate(zip(at_most, windows, strict=True))
        if p < q
    )
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
