"""Measures clicks: random valid click sequences from nothing to a whole product."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from configurator.engine.choices import State
from configurator.engine.compiled import Compiled
from configurator.engine.model import Characteristic, Kind
from configurator.engine.passes import warm
from configurator.engine.query import (
    Laid,
    Query,
    answer,
    laid_costs,
    lay_costs,
    layout_of,
    make_query,
)
from configurator.engine.weights import PriceWeights

MAX_PRICE = 100_000


def replay(compiled: Compiled, *, n_sequences: int, seed: int) -> dict[str, Any]:
    """Click at random through valid products and measure every click.

    A click is what `choices.evaluate` does: check the choices, lay them out, and find
    for every option whether it can be had and the lowest total with it, and the
    lowest and highest total of all. Where a model has no prices of its own, each
    option has a seeded random one.

    Parameters
    ----------
    compiled
        The release.
    n_sequences
        How many products to click together.
    seed
        Same seed, same clicks.

    Returns
    -------
    dict
        ``states`` (clicks measured), ``cpu_us`` (``p50, p95, p99, max`` once warm)
        and ``first_us``: the first click before compiled loops are loaded.
    """
    rnd = random.Random(seed)  # noqa: S311 -- a benchmark's clicks
    clicks = Clicks(compiled, rnd)
    first = clicks.click({})
    first_us = clicks.spent_us.pop()
    warm()
    clicks.click({})
    clicks.spent_us.clear()
    for _ in range(n_sequences if first.valid else 0):
        for _choices in clicks.sequence():
            pass
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        "states": len(clicks.spent_us),
        "cpu_us": {
            name: _percentile(clicks.spent_us, share) for name, share in shares.items()
        },
        "first_us": round(first_us, 1),
        "method": compiled.method,
    }


@dataclass
class Clicks:
    """Clicks through one release; keeps what each of them took in CPU time."""

    compiled: Compiled
    rnd: random.Random
    spent_us: list[float] = field(default_factory=list)
    laid: Laid | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if not self.compiled.groups:
            query = self._query({})
            prices = [self.rnd.randrange(MAX_PRICE) for _ in query.never]
            weights = np.array(prices, np.int64)
            self.laid = laid_costs(query.never, PriceWeights(weights, weights, 0))

    def _query(self, choices: dict[str, str]) -> Query:
        return make_query(
            self.compiled, choices, quantity=None, unavailable=(), today=None
        )

    def click(self, choices: dict[str, str]) -> State:
        """Answer one click."""
        compiled = self.compiled
        began = time.process_time_ns()
        query = self._query(choices)
        laid = self.laid or lay_costs(compiled, query, with_prices=True)
        state = State(compiled, query, laid, *answer(compiled, query, laid))
        self.spent_us.append((time.process_time_ns() - began) / 1_000)
        return state

    def sequence(self) -> Iterator[dict[str, str]]:
        """Click from nothing to a whole product; yield the choices after each."""
        choices: dict[str, str] = {}
        state = self.click(choices)
        yield dict(choices)
        definition = self.compiled.definition
        asked = [c for c in definition.characteristics if c.kind is Kind.CHOICE]
        for each in self.rnd.sample(asked, len(asked)):
            left = self._possible(each, state)
            if len(left) > 1:
                choices[each.code] = self.rnd.choice(left)
                state = self.click(choices)
                yield dict(choices)

    def _possible(self, each: Characteristic, state: State) -> Sequence[str]:
        start = layout_of(self.compiled).first(each.code)
        possible = state.possible[start : start + len(each.options)]
        return [code for code, can in zip(each.positions, possible, strict=True) if can]


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that the given share of all does not exceed; None if empty."""
    if not values:
        return None
    ranked = sorted(values)
    return round(ranked[max(0, -int(-share * len(ranked) // 1) - 1)], 1)
