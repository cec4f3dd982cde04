"""How many moves a CPU second holds, compiled or not, and an audit of their prices.

``python -m tests.bench.planning_speed FILE`` walks on a board kept in a file; it is
how the same code is measured uncompiled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from production.engine.budget import Budget
from production.engine.demand import Unit
from production.engine.sequence_board import ACCEPTED, MISMATCHES
from production.engine.sequence_model import LineModel, build_model
from production.engine.sequence_search import (
    COLOUR_MIX,
    RATIO_MIX,
    REACH,
    warm,
)
from production.engine.sequence_setup import lay_out
from production.engine.sequence_walk import sum_shares, tell, walk
from production.engine.sequencing import sequence_line
from tests.bench.measuring import ROOT
from tests.bench.planning_families import COLOUR, RATIOS, crowded_cars, rules
from tests.bench.planning_rows import Row
from tests.bench.planning_runs import Outcome, Runners, Stopwatch

BEFORE_MOVES = 300_000
TICK = 4096
MIXES = {"ratios": RATIO_MIX, "colours": COLOUR_MIX}
CASES = (
    # cars, what counts, must, moves for the audit
    (200, "ratios", 1.0, 600_000),
    (1_200, "colours", 0.6, 400_000),
)
AT_LEAST = 200.0
FILLED = 1.05
"""Share of the room that each rule leaves: never to be finished."""


def model_of(n: int, kind: str, seed: int = 7) -> LineModel:
    """Build a queue whose rules have no room for all."""
    ratios = [*RATIOS, (1, 4), (2, 7), (3, 8)] if kind == "colours" else list(RATIOS)
    units: list[Unit] = crowded_cars(seed, n, filled=FILLED, ratios=ratios)
    return build_model(
        units,
        rules=rules(ratios),
        colour=COLOUR if kind == "colours" else None,
        history=(),
        due_level=0,
        tail=True,
        runs_from_history=True,
    )


def begin_of(n: int, kind: str) -> list[int]:
    """Search a while, so that moves are priced as they are in the midst of it."""
    model = model_of(n, kind)
    found = sequence_line(
        model.units,
        rules=model.rules,
        colour=model.colour,
        tail=True,
        budget=Budget(moves=BEFORE_MOVES),
    )
    places = {unit.key: place for place, unit in enumerate(model.units)}
    return [places[key] for key in found.order]


def walked(
    n: int, kind: str, order: list[int], cpu_s: float, *, tick: int
) -> tuple[int, float]:
    """Walk on from an order; give moves and CPU seconds."""
    laid = lay_out(model_of(n, kind), order, seed=1)
    mix = sum_shares(MIXES[kind])
    told = tell(hot_rules=len(laid.board.window))
    walk(laid.board, mix, REACH, told, tick)
    moves, watch = 0, Stopwatch()
    while watch() < cpu_s:
        moves += walk(laid.board, mix, REACH, told, tick)
    return moves, watch()


def compiled_speed(n: int, kind: str, seed: int) -> Outcome:
    del seed
    order = begin_of(n, kind)
    moves, spent_s = walked(n, kind, order, 2.0, tick=TICK)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "board.json"
        path.write_text(json.dumps([n, kind, order]), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.planning_speed", str(path)],
            cwd=ROOT,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            capture_output=True,
            check=True,
        )
    return Outcome((round(moves / spent_s),), spent_s, moves, float(done.stdout))


def audited(n: int, kind: str, n_accepted: int, seed: int) -> Outcome:
    """Count the cost of every accepted move anew; give mismatches."""
    laid = lay_out(model_of(n, kind, seed), begin_of(n, kind), seed=seed)
    mix, watch = sum_shares(MIXES[kind]), Stopwatch()
    told = tell(hot_rules=len(laid.board.window), audit=True)
    while laid.board.figures[ACCEPTED] < n_accepted:
        walk(laid.board, mix, REACH, told, TICK)
    figures = laid.board.figures
    return Outcome((int(figures[MISMATCHES]),), watch(), int(figures[ACCEPTED]))


def speeds(runners: Runners) -> Iterator[Row]:
    for n, kind, must, _ in CASES:
        (found,) = runners.run(compiled_speed, [(n, kind, 1)])
        speed = found.objective[0]
        ratio = speed / found.more
        yield Row(
            f"million moves per CPU second, {n:,} cars, {kind}",
            ours=speed / 1e6,
            peer="the same uncompiled, times",
            peer_value=ratio,
            cpu_s=found.cpu_s,
            must=f">= {must}, >= {AT_LEAST:.0f}x uncompiled",
            aim=">= 3",
            ok=speed >= must * 1e6 and ratio >= AT_LEAST,
            reaches=speed >= 3e6,
        )


def audit(runners: Runners) -> Iterator[Row]:
    calls = [(n, kind, n_accepted, 7) for n, kind, _, n_accepted in CASES]
    found = runners.run(audited, calls)
    accepted = sum(each.moves for each in found)
    mismatches = sum(each.objective[0] for each in found)
    yield Row(
        f"delta audit, {accepted:,} accepted moves: mismatches",
        ours=mismatches,
        best_known=0,
        cpu_s=sum(each.cpu_s for each in found),
        must="0 in 10^6",
        aim=None,
        ok=mismatches == 0 and accepted >= 1_000_000,
    )


def main() -> None:
    n, kind, order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warm()
    moves, spent_s = walked(n, kind, order, 5.0, tick=64)
    sys.stdout.write(f"{moves / spent_s}\n")


if __name__ == "__main__":
    main()
