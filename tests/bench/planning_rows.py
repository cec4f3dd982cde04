"""How a row of the table of plans is made, judged and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

HEAD = ("what", "ours", "best known", "peer", "cpu s", "must", "aim", "")


@dataclass(frozen=True)
class Row:
    """One figure beside what it must and should be; ``None`` is unused.

    ``ours`` is the worst over all seeds. ``reaches`` says whether the aim holds too.
    """

    name: str
    ours: Any
    must: str | None
    aim: str | None
    ok: bool
    reaches: bool | None = None
    best_known: Any = None
    peer: str | None = None
    peer_value: Any = None
    cpu_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the row as one writes it down; the verdict on the aim stays here."""
        row = asdict(self)
        del row["reaches"]
        return row

    def verdict(self) -> str:
        if not self.ok:
            return "MISSED"
        if self.aim is None:
            return "ok" if self.must else ""
        if self.reaches:
            return "aim met"
        return "ok" if self.must else "aim missed"


def table(rows: Sequence[Row]) -> str:
    """Write rows as a table for people."""
    lines = [HEAD, *(_line(each) for each in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    shown = (
        "  ".join(
            text.ljust(width) for text, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
    return "\n".join(shown)


def _line(each: Row) -> tuple[str, ...]:
    peer = "-"
    if each.peer is not None:
        peer = f"{each.peer}: {_shown(each.peer_value)}"
    cells = (each.ours, each.best_known)
    spent = "-" if each.cpu_s is None else f"{each.cpu_s:.3g}"
    limits = (each.must or "-", each.aim or "-")
    shown = (_shown(cell) for cell in cells)
    return (each.name, *shown, peer, spent, *limits, each.verdict())


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    if isinstance(value, int) and abs(value) >= 100_000:
        return f"{value:,}"
    return str(value)


def percent_above(value: float, best: float) -> float:
    """Say by how many percent a value lies above the best known; 0 of 0 is 0."""
    if best == 0:
        return 0.0 if value == 0 else 100.0
    return 100.0 * (value - best) / best
