"""The fewest assumptions that contradict each other, beside all their subsets."""

import random
from itertools import combinations

import pytest
from pysat.solvers import Solver

from configurator.engine.artefact import compile_definition
from configurator.engine.formats.release_json import read_release
from configurator.engine.lint import lint
from configurator.engine.sat import void_rules
from configurator.engine.witness import fewest_conflict, smallest_conflict
from tests.configurator.engine.documents import shirt


@pytest.mark.parametrize("seed", range(30))
def test_no_smaller_set_of_assumptions_contradicts_itself(seed):
    rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
    suspects = list(range(11, 19))
    clauses = [
        [
            -rnd.choice(suspects),
            *(rnd.choice((1, -1)) * n for n in rnd.sample(range(1, 5), 2)),
        ]
        for _ in range(22)
    ]
    with Solver(name="glucose4", bootstrap_with=clauses) as solver:
        found = fewest_conflict(solver, suspects)
        fewest = next(
            (
                n
                for n in range(len(suspects) + 1)
                for some in combinations(suspects, n)
                if not solver.solve(assumptions=list(some))
            ),
            None,
        )
        assert (None if found is None else len(found)) == fewest
        assert found is None or not solver.solve(assumptions=found)


def test_a_void_release_shows_three_rules_where_three_are_enough():
    texts = [
        "size = M => text",
        "text => extras has BAG",
        "extras has BAG => fabric = SPORT",
        "size = M",
        "fabric != SPORT",
        "!text",
    ]
    rules = [{"code": f"R{n}", "text": text} for n, text in enumerate(texts)]
    definition = read_release(shirt(rules=rules))

    (finding,) = lint(definition, compile_definition(definition))

    assert finding.rules == void_rules(definition) == ("R0", "R3", "R5")


def test_of_very_many_suspects_a_set_is_told_of_which_none_can_go(monkeypatch):
    monkeypatch.setattr("configurator.engine.witness.MOST_SUSPECTS", 2)
    clauses = [[-11, 1], [-12, -1, 2], [-13, -2], [-14, -1]]
    with Solver(name="glucose4", bootstrap_with=clauses) as solver:
        suspects = [11, 12, 13, 14]

        found = fewest_conflict(solver, suspects)

        assert found == smallest_conflict(solver, suspects)
