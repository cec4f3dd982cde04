"""Where the public instances lie, what is known of them, which make the sample."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.bench.measuring import ROOT

SHARED = ROOT.parent / "shared/data/planning"
FULL = os.environ.get("FULL", "") not in {"", "0"}
SEEDS = tuple(map(int, os.environ.get("SEEDS", "1 2 3").split()))

CLASSICS = dict(
    zip(
        ["4_72", "6_76", "10_93", "16_81", "19_71", "21_90", "36_92", "41_66", "26_82"],
        (0, 6, 3, 0, 2, 2, 2, 0, 0),
        strict=True,
    )
)
_TRIPS = [
    "br17",
    "39",
    "ft53",
    "6905",
    "ft70",
    "38673",
    "ftv33",
    "1286",
    "ftv35",
    "1473",
    "ftv38",
    "1530",
    "ftv44",
    "1613",
    "ftv47",
    "1776",
    "ftv55",
    "1608",
    "ftv64",
    "1839",
    "ftv70",
    "1950",
    "ftv170",
    "2755",
    "kro124p",
    "36230",
    "p43",
    "5620",
    "rbg323",
    "1326",
    "rbg358",
    "1163",
    "rbg403",
    "2465",
    "rbg443",
    "2720",
    "ry48p",
    "14422",
]
OPTIMA = dict(zip(_TRIPS[::2], map(int, _TRIPS[1::2]), strict=True))
ROADEF_SAMPLE = (
    "A/022_3_4_RAF_EP_ENP",
    "A/048_39_1_EP_ENP_RAF",
    "B/039_ch1_EP_RAF_ENP_S22_J4",
    "B/064_ch1_EP_RAF_ENP_S22_J3",
)
"""Colour first, colour third, and two with colour second: of 500, 600, 1,260, 850."""


def best_known() -> dict[str, Any]:
    """Read the tables of the challenge and of weighted tardiness.

    Keys are a set and an instance (``A/022_3_4_EP_RAF_ENP``), or one of wt_sds.
    """
    found: dict[str, Any] = {}
    path = SHARED / "BEST_KNOWN.md"
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[3].startswith("["):
            found[f"{cells[1]}/{cells[2]}"] = json.loads(cells[3])
        elif len(cells) == 4 and cells[1].startswith("wt_sds_"):
            found[cells[1]] = int(cells[2])
    return found


def satisfiable() -> list[Path]:
    """List the instances of CSPLib that can be sequenced without any violation."""
    return sorted((SHARED / "car_csplib").glob("[6-9][05]-??.txt"))


def classics() -> list[Path]:
    folder = SHARED / "car_csplib"
    return [path for name in CLASSICS if (path := folder / f"{name}.txt").exists()]


def challenge() -> list[str]:
    names = [name for name in best_known() if "/" in name]
    return [name for name in names if FULL or name in ROADEF_SAMPLE]


def round_trips() -> list[Path]:
    folder = SHARED / "atsp"
    return [path for name in OPTIMA if (path := folder / f"{name}.atsp").exists()]


def tardiness() -> list[Path]:
    """List the instances with a value to beat: each other one unless all are wanted."""
    names = [name for name in best_known() if name.startswith("wt_sds")]
    some = names if FULL else names[1::2]
    return [SHARED / "wtsds" / f"{name}.instance" for name in some]


def shop_optima() -> dict[str, int]:
    """Give the proven optima of the job shops at hand."""
    path = SHARED / "jobshop/instances.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        row["name"]: row["optimum"]
        for row in rows
        if row["optimum"] and (path.parent / row["name"]).exists()
    }
