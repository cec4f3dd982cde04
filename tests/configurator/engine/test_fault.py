import random

import numpy as np
import pytest

from configurator.engine import passes
from configurator.engine.artefact import compile_definition
from configurator.engine.fault import RuleTapes, find_at_fault
from configurator.engine.formats.release_json import read_release
from configurator.engine.sat import rules_of
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import random_product


@pytest.fixture(params=["plain", "compiled"])
def loops(request, monkeypatch):
    """Use plain loops, then compiled ones."""
    found: list[object] = []
    monkeypatch.setattr(passes, "_compiled", found)
    if request.param == "compiled" and not passes.warm():
        pytest.skip("numba is not installed")


def literals(compiled, left):
    """Say to a solver which values are gone."""
    rules = rules_of(compiled)
    ends = [
        (variable, at)
        for variable in compiled.variables
        for at in range(len(variable.values))
    ]
    return [
        -rules.value(variable.key, at)
        for (variable, at), stays in zip(ends, left, strict=True)
        if not stays
    ]


def test_rules_at_fault_contradict_and_none_of_them_is_needless(loops):
    n_found = 0
    for seed in range(120):
        rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
        made = random_product(rnd, n_rules=5, priced=False)
        compiled = compile_definition(read_release(made.document))
        size = sum(len(variable.values) for variable in compiled.variables)
        left = np.array([rnd.random() < 0.6 for _ in range(size)])

        found = find_at_fault(compiled, left)

        solver, selectors = rules_of(compiled).solver, rules_of(compiled).selectors
        gone = literals(compiled, left)
        if found is None:
            continue
        n_found += 1
        named = [selectors[code] for code in found.codes]
        assert found.is_thin
        assert not solver.solve([*gone, *named])
        for each in named:
            assert solver.solve([*gone, *(other for other in named if other != each)])
    assert n_found > 40


def test_many_rules_are_left_to_the_solver_to_thin_out(loops):
    options = [{"code": "A"}, {"code": "B"}]
    names = [f"c{at}" for at in range(16)]
    document = shirt(
        characteristics=[
            {"code": name, "kind": "CHOICE", "options": options} for name in names
        ],
        rules=[
            {"code": f"R{at}", "text": f"c{at} = A => c{at + 1} = A"}
            for at in range(15)
        ],
        prices={},
        materials=[],
        routings=[],
    )
    compiled = compile_definition(read_release(document))
    tapes = RuleTapes(compiled)
    left = np.ones(sum(len(each.values) for each in compiled.variables), bool)
    starts = np.cumsum([0, *(len(each.values) for each in compiled.variables)])
    left[starts[compiled.index["c0", None]] + 1] = False
    left[starts[compiled.index["c15", None]]] = False

    found = tapes.at_fault(left)

    assert found is not None
    assert sorted(found.codes) == sorted(f"R{at}" for at in range(15))
    assert not found.is_thin


def test_what_does_not_contradict_has_no_rules_at_fault(loops):
    compiled = compile_definition(read_release(shirt()))
    left = np.ones(sum(len(each.values) for each in compiled.variables), bool)

    assert find_at_fault(compiled, left) is None
