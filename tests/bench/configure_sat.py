"""Measures clicks on feature models of industry against a solver asked per option.

The solver's side is a fair one: one glucose4 built once, the rules in it for good,
choices as assumptions only, phases saved from one question to the next, every open
option asked.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pysat.solvers import Solver

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.choices import State
from configurator.engine.cnf import Clauses
from configurator.engine.compiled import Compiled
from configurator.engine.encoding import encode
from configurator.engine.formats.files import read_model
from configurator.engine.model import Definition
from configurator.engine.passes import warm
from configurator.engine.query import layout_of
from configurator.engine.replay import Clicks
from tests.bench.measuring import keep, percentile, say

SHARED = Path(__file__).resolve().parents[3] / "shared/data/config/uvl"
PEER_STATES = 6
SEQUENCES = 3


@dataclass
class Peer:
    """Per-option questions to a solver."""

    definition: Definition
    spent_us: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        encoding = encode(self.definition)
        clauses = Clauses(encoding)
        self.literals = {
            (variable.name, value): clauses.literals[at][n]
            for at, variable in enumerate(encoding.variables)
            for n, value in enumerate(variable.values)
        }
        self.solver = Solver(name="glucose4", bootstrap_with=clauses.clauses)
        for selector in clauses.selectors.values():
            self.solver.add_clause([selector])

    def click(self, choices: Mapping[str, str]) -> dict[str, list[str]]:
        """Ask for every option of what is open whether it can be had."""
        began = time.process_time_ns()
        chosen = [self.literals[pair] for pair in choices.items()]
        found = {
            each.code: [
                code
                for code in each.positions
                if self.solver.solve(
                    assumptions=[*chosen, self.literals[each.code, code]]
                )
            ]
            for each in self.definition.characteristics
            if each.code not in choices
        }
        self.spent_us.append((time.process_time_ns() - began) / 1_000)
        return found


def valid_of(compiled: Compiled, state: State) -> dict[str, list[str]]:
    """Return the options that can be had of what is open."""
    possible, layout = state.possible, layout_of(compiled)
    found = {}
    for each in compiled.definition.characteristics:
        if each.code not in state.choices:
            start = layout.first(each.code)
            found[each.code] = [
                code for code, at in each.positions.items() if possible[start + at]
            ]
    return found


class Forced(Clicks):
    """Clicks whose every verdict is worked out within the time."""

    def click(self, choices: dict[str, str]) -> State:
        """Answer one click; look at what is possible of everything."""
        state = super().click(choices)
        began = time.process_time_ns()
        assert state.possible
        self.spent_us[-1] += (time.process_time_ns() - began) / 1_000
        return state


def measured(
    name: str,
    *,
    n_sequences: int = 1,
    n_clicks: int | None = None,
    n_peer_states: int,
    budget: Budget | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """Click through one shared model; both sides see the same clicks.

    The solver answers a spread of the states only, since one takes it so long.
    """
    _, definition = read_model(SHARED / f"{name}.uvl.gz")
    compiled = compile_definition(definition, budget=budget)
    warm()
    rnd = random.Random(seed)  # noqa: S311 -- a benchmark's clicks
    clicks, peer = Forced(compiled, rnd), Peer(definition)
    clicks.click({})
    clicks.spent_us.clear()
    states = [
        dict(each)
        for _ in range(n_sequences)
        for each in islice(clicks.sequence(), n_clicks)
    ]
    ours_us = list(clicks.spent_us)
    asked = states[:: max(1, len(states) // n_peer_states)] if n_peer_states else []
    n_wrong = sum(
        peer.click(choices) != valid_of(compiled, clicks.click(choices))
        for choices in asked[:n_peer_states]
    )
    return {
        "method": compiled.method,
        "compile_cpu_s": compiled.figures.compile_cpu_s,
        "ours_us": ours_us,
        "peer_us": peer.spent_us,
        "n_wrong": n_wrong,
    }


def row(
    name: str, found: Mapping[str, Any], *, must: str, aim: str | None, ok: bool
) -> dict[str, Any]:
    """Put figures into the form of the table."""
    ours, peer = found["ours_us"], found["peer_us"]
    p50 = percentile(ours, 0.5)
    peer_p50 = percentile(peer, 0.5) if peer else None
    return {
        "name": name,
        "ours_us_p50": round(p50, 1),
        "ours_us_p99": round(percentile(ours, 0.99), 1),
        "peer": "glucose4 asked per option" if peer else None,
        "peer_us_p50": None if peer_p50 is None else round(peer_p50, 1),
        "ratio": None if peer_p50 is None else round(p50 / peer_p50, 6),
        "must": must,
        "aim": aim,
        "ok": ok and not found["n_wrong"],
    }


def rows(
    *, n_peer_states: int = PEER_STATES, n_sequences: int = SEQUENCES
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the shared feature models; none where they are absent."""
    if not SHARED.is_dir():
        return
    samples = {}
    found = samples["automotive01"] = measured(
        "automotive01", n_sequences=n_sequences, n_peer_states=n_peer_states
    )
    p50 = percentile(found["ours_us"], 0.5)
    ok = p50 * 30 <= percentile(found["peer_us"], 0.5)
    yield row("automotive01, p50", found, must="<= 1/30", aim="<= 1/300", ok=ok)
    found = samples["automotive02"] = measured(
        "automotive02_v4", n_clicks=500, n_peer_states=0
    )
    ok = max(found["ours_us"]) <= 2_000_000
    yield row("automotive02, exact state", found, must="<= 2 s", aim="<= 50 ms", ok=ok)
    # What is far too tangled to compile is answered by the solver, asked less.
    found = samples["linux"] = measured(
        "linux-2.6.33.3", n_clicks=20, n_peer_states=2, budget=Budget(seconds=-1)
    )
    yield row("Linux 2.6.33.3, no diagram", found, must="0 wrong", aim=None, ok=True)
    keep("configure_sat", samples)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rows as they come."""
    for each in rows():
        say(json.dumps(each))


if __name__ == "__main__":
    main()
