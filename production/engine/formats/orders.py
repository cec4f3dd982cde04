"""Orders to batch, as JSON lines: the limits first, then one order a line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from production.engine.demand import Demand, DemandError
from production.engine.formats.text import FormatError, Line, read_lines

LIMITS = ("capacity", "minimum", "max_wait_s", "run_s")
COLUMNS = ("quantity", "arrived_s", "due_s")
MOST_LOTS = 1_000_000
"""Loads' worth of pieces that are cut in some seconds; more is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class BatchProblem:
    """Orders with the limits of the machine that makes them."""

    demands: tuple[Demand, ...]
    capacity: int
    minimum: int
    max_wait_s: int
    run_s: int


def read_orders(path: Path) -> BatchProblem:
    """Read the limits and the orders; each key once."""
    lines = read_lines(path)
    if not lines:
        raise FormatError(f"{path}: is empty")
    limits = _numbers(lines[0], _row(lines[0]), LIMITS)
    capacity, minimum, *times_s = limits
    if capacity < 1 or not 0 <= minimum <= capacity or min(times_s) < 0:
        raise lines[0].wrong(
            "a capacity from 1, a minimum from 0 to the capacity, times from 0"
        )
    demands = []
    seen = set()
    n_lots = 0
    for line in lines[1:]:
        row = _row(line)
        quantity, arrived_s, due_s = _numbers(line, row, COLUMNS)
        key, family = row.get("key"), row.get("family")
        if not isinstance(key, str | int) or not isinstance(family, str):
            raise line.wrong("a key and a family")
        if key in seen:
            raise line.wrong(f"each key once, and {key!r} came before")
        seen.add(key)
        if quantity < 1:
            raise line.wrong(f"a quantity from 1 for {key!r}")
        try:
            demand = Demand(key, family, quantity, arrived_s, due_s)
        except DemandError as error:
            raise line.wrong(str(error)) from None
        n_lots += -(-quantity // capacity)
        if n_lots > MOST_LOTS:
            raise line.wrong(
                f"at most {MOST_LOTS:,} lots up to {key!r}, not {n_lots:,}"
            )
        demands.append(demand)
    return BatchProblem(tuple(demands), *limits)


def _row(line: Line) -> dict[str, Any]:
    try:
        row = json.loads(line.text)
    except (ValueError, RecursionError):
        raise line.wrong("a JSON object") from None
    if not isinstance(row, dict):
        raise line.wrong("a JSON object")
    return row


def _numbers(line: Line, row: dict[str, Any], names: tuple[str, ...]) -> list[int]:
    for name in names:
        if type(row.get(name)) is not int:
            raise line.wrong(f"a whole number as {name}")
    return [row[name] for name in names]
