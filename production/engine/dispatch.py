"""Rules for what a work centre does next, each a sort key: the smallest goes first."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from production.engine.demand import NEVER_S, Key, key_order, require

LOOK_AHEAD = 2
"""How many mean run times ahead a due date begins to press, in the rule ATC."""

SortKey = tuple[float | int | Fraction, int, tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class ReadyStep:
    """A step that may start: how long it and the rest of its demand still take."""

    key: Key
    run_s: int
    remaining_s: int
    ready_s: int = 0
    due_s: int = NEVER_S
    weight: int = 1

    def __post_init__(self) -> None:
        require(
            holds=0 <= self.run_s <= self.remaining_s,
            what=f"step {self.key} must run 0 s or more and within what remains",
            value=(self.run_s, self.remaining_s),
            unit="s",
        )


@dataclass(frozen=True, slots=True)
class ShopState:
    """What the rules may look at besides the step: the moment, the mean run time."""

    now_s: int
    mean_run_s: int = 1


Rule = Callable[[ReadyStep, ShopState], SortKey]


def _key(first: float | Fraction, step: ReadyStep) -> SortKey:
    return (first, step.due_s, key_order(step.key))


def earliest_due_date(step: ReadyStep, state: ShopState) -> SortKey:
    """Prefer the step whose demand is due first."""
    return _key(step.due_s, step)


def first_in_first_out(step: ReadyStep, state: ShopState) -> SortKey:
    """Prefer the step that became ready first."""
    return _key(step.ready_s, step)


def shortest_run(step: ReadyStep, state: ShopState) -> SortKey:
    """Prefer the step that runs shortest."""
    return _key(step.run_s, step)


def critical_ratio(step: ReadyStep, state: ShopState) -> SortKey:
    """Prefer the step with the least time left for each second of work left."""
    return _key(Fraction(step.due_s - state.now_s, max(1, step.remaining_s)), step)


def apparent_tardiness_cost(step: ReadyStep, state: ShopState) -> SortKey:
    """Prefer weight for work, discounted by the slack that is left.

    Source: Vepsalainen and Morton 1987; the slack is that of the whole demand.
    """
    run_s = max(1, step.run_s)
    slack_s = max(0, step.due_s - state.now_s - step.remaining_s)
    press = math.exp(-slack_s / (LOOK_AHEAD * max(1, state.mean_run_s)))
    return _key(-step.weight / run_s * press, step)


RULES: Mapping[str, Rule] = {
    "EDD": earliest_due_date,
    "FIFO": first_in_first_out,
    "SPT": shortest_run,
    "ATC": apparent_tardiness_cost,
    "CR": critical_ratio,
}
