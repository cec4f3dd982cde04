"""Models of industry: our verdicts against a solver that is asked per option."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from pysat.solvers import Solver

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.bounds import find_outset
from configurator.engine.cnf import Clauses
from configurator.engine.encoding import encode
from configurator.engine.formats.files import read_model
from configurator.engine.passes import warm
from configurator.engine.replay import Clicks
from configurator.engine.sat import void_rules
from tests.bench.configure_sat import Peer, valid_of

SHARED = Path(__file__).parents[4] / "shared/data/config"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the shared models are not in {SHARED}"
)
MODELS: dict[str, tuple[str, int | None]] = {
    "uvl/e_shop.uvl": ("diagram", 247_496_437_923_840),
    "uvl/axTLS.uvl": ("diagram", 826_244_333_568),
    "uvl/berkeleydb.uvl": ("diagram", 4_080_389_785),
    "uvl/uClibc.uvl": (
        "diagram",
        16_601_881_363_009_992_107_753_731_518_030_151_680_000,
    ),
    "renault/renault_small.xcsp.xml": ("diagram", 172_056),
}
EVERY = {
    **MODELS,
    "uvl/pc-richmond.uvl": ("diagram", 554_424_990_964_054_425_600),
    "renault/renault_medium.xcsp.xml": ("diagram", 278_744),
    "uvl/financialservices01_2018-05-09.uvl.gz": ("diagram", 97_451_212_554_676),
    "renault/renault_big.xcsp.xml.gz": ("diagram", 24_566_537_954_855_761_920_000),
    "uvl/automotive01.uvl.gz": ("diagram", None),
}
MERCEDES = sorted((SHARED / "mercedes").glob("*.cnf.gz"))
SAMPLE = [path for path in MERCEDES if path.name.startswith("C170_FR_SZ_9")]


def check_verdicts(name, expected, *, n_states, with_solver):
    _, definition = read_model(SHARED / name)
    compiled = compile_definition(definition)
    method, n_products = expected
    assert compiled.method == method
    if n_products is not None:
        assert compiled.n_products == n_products
    rnd = random.Random(7)  # noqa: S311 -- reproducible clicks
    peer = Peer(definition)
    clicks = Clicks(compiled, rnd)
    states = [dict(each) for each in clicks.sequence()]
    solver = Clicks(replace(compiled, passes=None, kept={}), rnd)
    for choices in rnd.sample(states, min(n_states, len(states))):
        expected_valid = peer.click(choices)
        assert valid_of(compiled, clicks.click(choices)) == expected_valid
        if with_solver:
            found = solver.click(choices)
            assert valid_of(solver.compiled, found) == expected_valid
            assert found.possible == clicks.click(choices).possible


@pytest.mark.parametrize("name", MODELS)
def test_verdicts_agree_with_a_solver(name):
    check_verdicts(name, MODELS[name], n_states=3, with_solver=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_verdicts_agree_with_a_solver_in_many_states(name):
    assert warm()
    expected = EVERY[name]
    check_verdicts(name, expected, n_states=8, with_solver="renault" not in name)


@pytest.mark.slow
def test_a_model_that_does_not_compile_agrees_with_a_solver():
    _, definition = read_model(SHARED / "uvl/linux-2.6.33.3.uvl.gz")
    check_verdicts_without_diagram(definition, n_states=3)


def check_verdicts_without_diagram(definition, *, n_states):
    compiled = compile_definition(definition, budget=Budget(seconds=-1))
    assert compiled.method == "sat"
    peer, clicks = Peer(definition), Clicks(compiled, random.Random(7))  # noqa: S311
    for at, choices in enumerate(clicks.sequence()):
        if at % 10 == 0:
            found = valid_of(compiled, clicks.click(choices))
            assert found == peer.click(choices)
        if at == 10 * (n_states - 1):
            break


@pytest.mark.slow
def test_eighteen_thousand_features_are_counted():
    _, definition = read_model(SHARED / "uvl/automotive02_v4.uvl.gz")

    compiled = compile_definition(definition)

    assert compiled.method == "diagram"
    assert len(str(compiled.n_products)) == 1_535
    assert str(compiled.n_products).startswith("16505272636520770608")


def check_conflict(path):
    """The clauses named contradict each other, and none of them can be left out."""
    _, definition = read_model(path)
    compiled = compile_definition(definition)

    conflict = void_rules(definition)

    assert compiled.n_products == 0
    assert find_outset(compiled).is_void
    clauses = Clauses(encode(definition))
    selectors = [clauses.selectors[code] for code in conflict]
    with Solver(name="cadical153", bootstrap_with=clauses.clauses) as solver:
        assert conflict
        assert not solver.solve(assumptions=selectors)
        for at in range(len(selectors)):
            assert solver.solve(assumptions=selectors[:at] + selectors[at + 1 :])


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_a_void_formula_names_a_minimal_set_of_clauses(path):
    check_conflict(path)


@pytest.mark.slow
@pytest.mark.parametrize("path", MERCEDES, ids=lambda path: path.name)
def test_all_eighteen_formulas_are_void_for_a_minimal_set_of_clauses(path):
    assert len(MERCEDES) == 18

    check_conflict(path)
