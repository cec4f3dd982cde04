import random
import sys
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine import passes as module
from configurator.engine.artefact import Budget, BudgetError, compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.diagram import compile_diagram
from configurator.engine.encoding import encode
from configurator.engine.folding import fold
from configurator.engine.formats.release_json import read_release
from configurator.engine.ordering import (
    best_force_order,
    force_order,
    inverse_cardinality_order,
    span,
)
from configurator.engine.passes import Passes
from configurator.engine.weights import price_groups, with_prices
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import random_product

RANDOM = st.randoms(use_true_random=False)
SCOPES = st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=4), max_size=12)


@pytest.fixture
def compiled_loops():
    """Turn the compiled loops on for one test."""
    if not module.warm():
        pytest.skip("numba is not installed")
    yield
    module._compiled.clear()


def compiled_in(definition, order):
    encoding = encode(definition)
    return compile_diagram(encoding, order, budget=Budget(), clock=lambda: 0.0)


def diagram_of(definition):
    """Return the diagram with its variables for prices, in the release's order."""
    base = encode(definition)
    encoding = with_prices(base, price_groups(base))
    order = range(len(encoding.variables))
    return compile_diagram(encoding, order, budget=Budget(), clock=lambda: 0.0)


def paths(diagram):
    """Yield every product of a diagram as one value number per level."""
    sizes = np.diff(diagram.offset).tolist()
    if diagram.void:
        return
    for row in product(*map(range, sizes)):
        node, level = 0, 0
        while node < diagram.n_nodes:
            level = int(diagram.level[node])
            wanted = int(diagram.offset[level]) + row[level]
            edges = range(int(diagram.first[node]), int(diagram.first[node + 1]))
            taken = [e for e in edges if diagram.value[e] == wanted]
            if not taken:
                break
            node = int(diagram.target[taken[0]])
        else:
            yield row


def check_against_paths(diagram, rnd):
    passes = Passes(fold(diagram))
    offset = diagram.offset.tolist()
    weight = np.array([rnd.randint(-9, 9) for _ in range(offset[-1])], np.int64)
    own = weight + np.array([rnd.choice([0, 5]) for _ in weight], np.int64)
    answers = np.array([rnd.randint(0, 3) for _ in weight], np.int64)
    least, through = passes.through(weight, own)
    found = list(paths(diagram))
    values = [[offset[at] + v for at, v in enumerate(row)] for row in found]
    costs = [sum(int(weight[v]) for v in row) for row in values]
    assert least == min(costs, default=module.BIG)
    assert passes.least(weight) == least
    for value in range(offset[-1]):
        expected = [
            cost - int(weight[value]) + int(own[value])
            for row, cost in zip(values, costs, strict=True)
            if value in row
        ]
        if expected:
            assert through[value] == min(expected)
        else:
            assert through[value] >= module.POSSIBLE
    projected: dict[tuple[int, ...], int] = {}
    for row in values:
        ways = np.prod([answers[v] for v in row[:-1]], dtype=object)
        projected[tuple(row[:-1])] = max(
            projected.get(tuple(row[:-1]), 0), ways if answers[row[-1]] else 0
        )
    n_products = sum(projected.values())
    assert passes.count(answers) == n_products
    assert passes.count(answers, bound=n_products) == n_products
    check_click(passes, rnd)


def check_click(passes, rnd):
    """Answers laid over costs cost what the passes say."""
    offset = passes.folded.offset.tolist()
    own = np.array([rnd.randint(-9, 9) for _ in range(offset[-1])], np.int64)
    fixed = np.full(passes.folded.n_levels, -1, np.int32)
    aside = np.zeros(offset[-1], np.int64)
    for level in rnd.sample(range(len(fixed)), rnd.randint(0, 2)):
        fixed[level] = rnd.randrange(offset[level + 1] - offset[level])
        aside[offset[level] : offset[level + 1]] = module.ASIDE
        aside[offset[level] + fixed[level]] = 0

    least, through = passes.click(own, fixed)

    expected, expected_through = passes.through(own + aside, own)
    assert least == expected == passes.least(own, fixed)
    assert through.tolist() == expected_through.tolist()


@settings(max_examples=40, deadline=None)
@given(RANDOM)
def test_passes_in_plain_loops_agree_with_all_paths(rnd):
    made = random_product(rnd, n_characteristics=3)

    check_against_paths(diagram_of(read_release(made.document)), rnd)


def test_passes_in_compiled_loops_agree_with_all_paths(compiled_loops):
    for seed in range(40):
        rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
        made = random_product(rnd, n_characteristics=3)

        check_against_paths(diagram_of(read_release(made.document)), rnd)


@settings(max_examples=30, deadline=None)
@given(RANDOM)
def test_every_order_of_variables_has_the_same_products(rnd):
    made = random_product(rnd, n_characteristics=3, priced=False)
    definition = read_release(made.document)
    n = len(encode(definition).variables)
    order = [*rnd.sample(range(n - 1), n - 1), n - 1]

    straight = set(paths(compiled_in(definition, range(n))))
    shuffled = {
        tuple(row[order.index(at)] for at in range(n))
        for row in paths(compiled_in(definition, order))
    }

    assert shuffled == straight


def test_a_count_beyond_machine_integers_is_exact():
    options = [{"code": f"O{at}"} for at in range(10)]
    characteristics = [
        {"code": f"c{at}", "kind": "CHOICE", "options": options} for at in range(40)
    ]
    document = shirt(
        characteristics=characteristics,
        rules=[{"code": "R", "text": "c0 = O1 => c39 = O1"}],
        prices={},
        materials=[],
        routings=[],
    )
    compiled = compile_definition(read_release(document))

    expected = 10**38 * (9 * 10 + 1)

    assert compiled.n_products == expected
    assert evaluate(compiled, {}).n_products == expected
    assert evaluate(compiled, {"c0": "O1"}).n_products == 10**38


def test_without_numba_plain_loops_answer_and_it_is_said_aloud(monkeypatch, caplog):
    monkeypatch.setattr(module, "_compiled", [])
    monkeypatch.setitem(sys.modules, "configurator.engine.kernels", None)
    compiled = compile_definition(read_release(shirt()))

    is_warm = module.warm()

    assert not is_warm
    assert "clicks are answered by plain loops" in caplog.text
    state = evaluate(compiled, {"fabric": "SPORT"}, quantity=1)
    assert not state.domains["decoration"]["PRINT"].available
    assert state.lowest_total_minor == 2300


def test_a_model_beyond_its_budget_is_refused():
    definition = read_release(shirt())
    n = len(encode(definition).variables)
    ticks = iter(range(1000))

    with pytest.raises(BudgetError, match="5 CPU seconds"):
        compile_diagram(
            encode(definition),
            range(n),
            budget=Budget(seconds=5),
            clock=lambda: float(next(ticks) * 9),
        )
    with pytest.raises(ValueError, match="7 nodes are too few"):
        Budget(nodes=7)


@given(SCOPES, st.integers(0, 3))
def test_an_order_names_every_variable_once(scopes, seed):
    for order in (
        force_order(10, scopes, seed=seed),
        inverse_cardinality_order(10, scopes),
    ):
        assert sorted(order) == list(range(10))


def test_force_finds_the_chain_in_a_shuffled_chain():
    names = list(range(30))
    random.Random(5).shuffle(names)  # noqa: S311 -- a reproducible case
    scopes = [frozenset(pair) for pair in pairwise(names)]

    order = best_force_order(30, scopes, starts=8)

    assert span(order, scopes) <= 45
    assert span(range(30), scopes) > 200
