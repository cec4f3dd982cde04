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
    layout, passes = layout_of(compiled), passes_of(compiled)
    never = make_query(compiled, {}, quantity=None, unavailable=(), today=None).never
    prices = np.array([rnd.randrange(MAX_PRICE) for _ in range(layout.size)], np.int64)
    own = prices + never

    def click(aside: Costs) -> tuple[float, npt.NDArray[np.bool_]]:
        began = time.process_time_ns()
        _, through = passes.through(own + aside, own)
        possible = through < POSSIBLE
        return (time.process_time_ns() - began) / 1_000, possible

    nothing = np.zeros(layout.size, np.int64)
    first_us, possible = click(nothing)
    warm()
    click(nothing)
    asked = [
        each.code
        for each in compiled.definition.characteristics
        if each.kind is Kind.CHOICE
    ]
    spent: list[float] = []
    for _ in range(n_sequences if possible.any() else 0):
        aside = nothing.copy()
        elapsed, possible = click(aside)
        spent.append(elapsed)
        for name in rnd.sample(asked, len(asked)):
            start = layout.first(name)
            codes = compiled.definition.by_code[name].positions
            left = [code for code, at in codes.items() if possible[start + at]]
            if len(left) > 1:
                layout.push_aside(aside, name, rnd.choice(left))
                elapsed, possible = click(aside)
                spent.append(elapsed)
    return {
        "states": len(spent),
        "cpu_us": {
            "p50": _percentile(spent, 0.50),
            "p95": _percentile(spent, 0.95),
            "p99": _percentile(spent, 0.99),
            "max": _percentile(spent, 1.0),
        },
        "first_us": round(first_us, 1),
        "method": compiled.method,
    }


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that the given share of all does not exceed; None if empty."""
    if not values:
        return None
    ranked = sorted(values)
    return round(ranked[max(0, -int(-share * len(ranked) // 1) - 1)], 1)
