"""Run every compiled loop once on a small queue, so that later calls do not wait."""

from production.engine.demand import ColourRule, LineRule, Unit
from production.engine.sequence_board import IS_COMPILED
from production.engine.sequence_model import build_model
from production.engine.sequence_setup import lay_out
from production.engine.sequence_walk import sum_shares, tell, walk


def run_once() -> bool:
    """Compile or load all loops; tell whether there is a compiler."""
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
    return IS_COMPILED
