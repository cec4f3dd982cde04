"""How a row of the table of clicks is made and shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.bench.measuring import percentile

Row = dict[str, Any]
UNITS = {"": 1.0, "us": 1.0, "ms": 1e3, "s": 1e6}


def row(name: str, *, must: str | None, aim: str | None, **figures: Any) -> Row:
    """Make a row; what is not given is null. Times are CPU microseconds."""
    keys = ("ours_us_p50", "ours_us_p99", "peer", "peer_us_p50", "ratio")
    made: Row = {"name": name, **dict.fromkeys(keys), "must": must, "aim": aim}
    return {**made, "ok": True, **figures}


def beside(
    name: str,
    ours: Sequence[float],
    peer: str,
    theirs: Sequence[float],
    *,
    share: float,
    must: str,
    aim: str,
) -> Row:
    """Compare samples of both sides at one percentile."""
    ratio = percentile(ours, share) / percentile(theirs, share)
    return row(
        name,
        must=must,
        aim=aim,
        **spread(ours),
        peer=peer,
        peer_us_p50=round(percentile(theirs, 0.5), 1),
        ratio=float(f"{ratio:.4g}"),
        ok=ratio <= limit(must),
    )


def spread(samples: Sequence[float]) -> Row:
    return {
        "ours_us_p50": round(percentile(samples, 0.5), 1),
        "ours_us_p99": round(percentile(samples, 0.99), 1),
    }


def limit(words: str) -> float:
    """Read ``<= 1/500``, ``<= 6x`` or, in microseconds, ``<= 2 s``."""
    found = re.fullmatch(r"<= (?:1/([\d,]+)|([\d.]+)(?:x|%)?(?: ?(us|ms|s))?)", words)
    if found is None:
        raise ValueError(f"{words!r} is not a limit")
    share, number, unit = found.groups()
    if share:
        return 1 / float(share.replace(",", ""))
    return float(number) * UNITS[unit or ""]


def meets_aim(each: Row) -> bool:
    """Say whether the aim holds too: of the ratio, else of the time at p50."""
    if each["aim"] is None:
        return bool(each["ok"])
    figure = each["ratio"] if each["ratio"] is not None else each["ours_us_p50"]
    return figure is not None and figure <= limit(each["aim"])


def table(rows: Sequence[Row]) -> str:
    """Write rows as a table for people."""
    head = ("what", "ours p50 us", "p99 us", "peer p50 us", "ratio", "must", "aim", "")
    lines = [head, *(_line(each) for each in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    shown = (
        "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
    return "\n".join(line.rstrip() for line in shown)


def _line(each: Row) -> tuple[str, ...]:
    ratio = each["ratio"]
    if isinstance(ratio, float) and 0 < ratio < 0.2:
        ratio = f"1/{1 / ratio:,.0f}"
    verdict = "MISSED" if not each["ok"] else "aim met" if meets_aim(each) else "ok"
    figures = (each["ours_us_p50"], each["ours_us_p99"], each["peer_us_p50"], ratio)
    shown = ["-" if figure is None else str(figure) for figure in figures]
    return (each["name"], *shown, each["must"] or "-", each["aim"] or "-", verdict)
