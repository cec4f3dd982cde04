"""Measures clicks: random valid click sequences from nothing to a whole product."""

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from configurator.engine.artefact import Compiled
from configurator.engine.model import Kind
from configurator.engine.passes import POSSIBLE, Costs, warm
from configurator.engine.query import layout_of, make_query, passes_of

MAX_PRICE = 100_000


def replay(compiled: Compiled, *, n_sequences: int, seed: int) -> dict[str, Any]:
    """Click at random through valid products and measure every click.

    A click is the answer to "what is possible now, and what does it cost at least":
    costs of the choices so far laid out, both passes, and each option's verdict.
    Options have seeded random prices.

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
    clicks = _Clicks(compiled, rnd)
    first_us, possible = clicks.click(clicks.nothing)
    warm()
    clicks.click(clicks.nothing)
    spent: list[float] = []
    for _ in range(n_sequences if possible.any() else 0):
        spent += clicks.sequence()
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        "states": len(spent),
        "cpu_us": {name: _percentile(spent, share) for name, share in shares.items()},
        "first_us": round(first_us, 1),
        "method": compiled.method,
    }


class _Clicks:
    """Clicks through one release with random prices."""

    def __init__(self, compiled: Compiled, rnd: random.Random) -> None:
        self.definition, self.rnd = compiled.definition, rnd
        self.layout, self.passes = layout_of(compiled), passes_of(compiled)
        query = make_query(compiled, {}, quantity=None, unavailable=(), today=None)
        self.nothing = np.zeros(self.layout.size, np.int64)
        prices = [rnd.randrange(MAX_PRICE) for _ in self.nothing]
        self.own = np.array(prices, np.int64) + query.never

    def click(self, aside: Costs) -> tuple[float, npt.NDArray[np.bool_]]:
        """Answer one click; return its CPU microseconds and each value's verdict."""
        began = time.process_time_ns()
        _, through = self.passes.through(self.own + aside, self.own)
        possible = through < POSSIBLE
        return (time.process_time_ns() - began) / 1_000, possible

    def sequence(self) -> list[float]:
        """Click from nothing to a whole product; return the time of each click."""
        aside = self.nothing.copy()
        elapsed, possible = self.click(aside)
        spent = [elapsed]
        asked = [c for c in self.definition.characteristics if c.kind is Kind.CHOICE]
        for each in self.rnd.sample(asked, len(asked)):
            start = self.layout.first(each.code)
            left = [code for code, at in each.positions.items() if possible[start + at]]
            if len(left) > 1:
                self.layout.push_aside(aside, each.code, self.rnd.choice(left))
                elapsed, possible = self.click(aside)
                spent.append(elapsed)
        return spent


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that the given share of all does not exceed; None if empty."""
    if not values:
        return None
    ranked = sorted(values)
    return round(ranked[max(0, -int(-share * len(ranked) // 1) - 1)], 1)
