"""Instances of the ROADEF 2005 challenge: one folder with four files."""

from dataclasses import dataclass
from pathlib import Path

from production.engine.demand import ColourRule, LineRule, Unit
from production.engine.formats.text import FormatError, Line, read_lines

KINDS = ("high_priority", "low_priority", "paint_color")
ENDINGS = ("_constraints", "_batches")
COLOUR = "Paint Color"


@dataclass(frozen=True, slots=True)
class RoadefProblem:
    """Day D to sequence behind the cars of the day before.

    ``n_ranks`` is the number of objectives; rules and colour carry their rank as
    level, so the sums of the levels are the objectives in rank order.
    """

    units: tuple[Unit, ...]
    history: tuple[Unit, ...]
    rules: tuple[LineRule, ...]
    colour: ColourRule
    n_ranks: int
    counts_colour: bool


def read_roadef(folder: Path) -> RoadefProblem:
    """Read objectives, batch limit, ratios and vehicles."""
    ranks = _read_objectives(folder / "optimization_objectives.txt")
    limit_line = _rows(folder / "paint_batch_limit.txt")[0]
    (limit,) = limit_line.integers(1, ";")
    rules = _read_ratios(folder / "ratios.txt", ranks)
    days = _read_vehicles(folder / "vehicles.txt", rules)
    *earlier, today = days
    return RoadefProblem(
        units=tuple(today),
        history=tuple(unit for day in earlier for unit in day),
        rules=tuple(rules),
        colour=ColourRule(
            COLOUR, max_run=limit, level=ranks.get("paint_color", len(ranks) + 1)
        ),
        n_ranks=len(ranks),
        counts_colour="paint_color" in ranks,
    )


def _rows(path: Path) -> list[Line]:
    rows = read_lines(path)[1:]
    if not rows:
        raise FormatError(f"{path}: has no row below its headings")
    return rows


def _cells(line: Line, count: int) -> list[str]:
    cells = line.text.split(";")
    if len(cells) < count:
        raise line.wrong(f"{count} cells separated by semicolons")
    return [cell.strip() for cell in cells]


def _read_objectives(path: Path) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for place, line in enumerate(_rows(path), start=1):
        name = _cells(line, 2)[1]
        kind = next((kind for kind in KINDS if name.startswith(kind)), None)
        is_whole = name.endswith(ENDINGS)  # a file cut short ends in half a name
        if kind is None or kind in ranks or not is_whole:
            raise line.wrong("each of the known objectives once")
        ranks[kind] = place
    return ranks


def _read_ratios(path: Path, ranks: dict[str, int]) -> list[LineRule]:
    rules = []
    for line in _rows(path):
        ratio, priority, name, *_ = _cells(line, 3)
        parts = ratio.split("/")
        if len(parts) != 2 or not all(part.isdigit() for part in parts):
            raise line.wrong("a ratio such as 1/3")
        at_most, window = int(parts[0]), int(parts[1])
        if not 1 <= at_most <= window:
            raise line.wrong("a ratio p/q with 1 <= p <= q")
        kind = "high_priority" if priority == "1" else "low_priority"
        if kind in ranks and at_most < window:
            when = {name: frozenset({"1"})}
            rules.append(LineRule(name, when, at_most, window, level=ranks[kind]))
    return rules


def _read_vehicles(path: Path, rules: list[LineRule]) -> list[list[Unit]]:
    lines = read_lines(path)
    if len(lines) < 2:
        raise FormatError(f"{path}: has no vehicles")
    names = [cell.strip() for cell in lines[0].text.split(";")]
    wanted = ["Date", "SeqRank", "Ident", COLOUR, *(rule.code for rule in rules)]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise lines[0].wrong(f"a column {missing[0]}")
    n_cells = len(names) - (names[-1] == "")
    days: dict[str, list[tuple[int, Unit]]] = {}
    for line in lines[1:]:
        row = dict(zip(names, _cells(line, n_cells), strict=False))
        if not row["SeqRank"].isdigit():
            raise line.wrong("a whole number as SeqRank")
        attributes = {name: row[name] for name in wanted[3:]}
        if not {row[rule.code] for rule in rules} <= {"0", "1"}:
            raise line.wrong("0 or 1 for each ratio")
        unit = Unit(row["Ident"], attributes)
        days.setdefault(row["Date"], []).append((int(row["SeqRank"]), unit))
    return [
        [unit for _, unit in sorted(cars, key=lambda car: car[0])]
        for cars in days.values()
    ]
