"""Run every compiled loop once on a small queue, so that later calls do not wait."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from production.engine.demand import ColourRule, LineRule, Unit
from production.engine.sequence_board import IS_COMPILED
from production.engine.sequence_homing import Homing
from production.engine.sequence_model import build_model
from production.engine.sequence_setup import lay_out
from production.engine.sequence_shaking import Shaking
from production.engine.sequence_walk import sum_shares, tell, walk

try:
    import fcntl
except ImportError:  # pragma: no cover -- not on Windows
    fcntl = None  # type: ignore[assignment]

TURN = Path(tempfile.gettempdir()) / "lotone-sequencing.lock"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one process compile while the others wait for its machine code."""
    try:
        file = TURN.open("ab")
    except OSError:  # somebody else's file: compile side by side
        yield
        return
    with file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_once() -> bool:
    """Compile or load all loops; tell whether there is a compiler."""
    with _one_at_a_time():
        _run_small_queue()
    return IS_COMPILED


def _run_small_queue() -> None:
    units = [Unit(key, {"a": key % 2, "colour": key % 3}) for key in range(6)]
    model = build_model(
        units,
        rules=[LineRule("A", {"a": frozenset({1})}, 1, 2)],
        colour=ColourRule("colour", max_run=2),
        history=(),
        due_level=0,
        tail=True,
        runs_from_history=True,
    )
    laid = lay_out(model, range(6), seed=0)
    walk(laid.board, sum_shares({"SWAP_ANY": 1}), 1, tell(hot_rules=1), 10)
    Shaking(model, laid, range(5), firm=()).run(1.0, 10)
    Homing(laid, range(5)).call(1.0, 10)
