import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine.diagram import Budget, BudgetError
from configurator.engine.elimination import elimination_blocks
from configurator.engine.encoding import encode
from configurator.engine.formats.release_json import read_release
from configurator.engine.passes import BIG, POSSIBLE, Passes
from configurator.engine.tree import compile_tree
from configurator.engine.weights import price_groups, with_prices
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import random_product
from tests.configurator.engine.test_passes import diagram_of, paths

RANDOM = st.randoms(use_true_random=False)
SCOPES = st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=4), max_size=12)


def encoded(definition):
    base = encode(definition)
    return with_prices(base, price_groups(base))


def tree_of(definition, **budget):
    return compile_tree(encoded(definition), budget=Budget(**budget), clock=lambda: 0.0)


def check_against_paths(definition, rnd):
    passes = Passes(tree_of(definition))
    diagram = diagram_of(definition)
    offset = diagram.offset.tolist()
    weight = np.array([rnd.randint(-9, 9) for _ in range(offset[-1])], np.int64)
    own = weight + np.array([rnd.choice([0, 5]) for _ in weight], np.int64)
    ways = np.array([rnd.randint(0, 3) for _ in weight], np.int64)
    least, through = passes.through(weight, own)
    rows = list(paths(diagram))
    values = [[offset[at] + v for at, v in enumerate(row)] for row in rows]
    costs = [int(weight[row].sum()) for row in values]
    assert passes.folded.void == (not rows)
    assert passes.least(weight) == least == min(costs, default=BIG)
    for value in range(offset[-1]):
        expected = [
            cost - int(weight[value]) + int(own[value])
            for row, cost in zip(values, costs, strict=True)
            if value in row
        ]
        if expected:
            assert through[value] == min(expected)
        else:
            assert through[value] >= POSSIBLE
    projected: dict[tuple[int, ...], int] = {}
    for row, at in zip(rows, values, strict=True):
        total = int(np.prod(ways[at[:-1]])) if ways[at[-1]] else 0
        projected[row[:-1]] = max(projected.get(row[:-1], 0), total)
    n_products = sum(projected.values())
    assert passes.count(ways) == n_products
    assert passes.count(ways, bound=n_products) == n_products
    ranks = [[(False, 0, v) for v in range(size)] for size in np.diff(offset)]
    chosen = passes.values(weight, ranks)
    assert (chosen is None) == (not rows)
    if chosen is not None:
        assert tuple(chosen) in rows
        assert int(weight[np.array(offset[:-1]) + chosen].sum()) == least


@settings(max_examples=60, deadline=None)
@given(RANDOM)
def test_what_is_compiled_by_parts_has_the_same_products(rnd):
    made = random_product(rnd, n_characteristics=3)

    check_against_paths(read_release(made.document), rnd)


def test_a_tree_beyond_its_budget_is_refused():
    options = [{"code": "A"}, {"code": "B"}]
    half = ", ".join(f"c{at} = A" for at in range(60))
    definition = read_release(
        shirt(
            characteristics=[
                {"code": f"c{at}", "kind": "CHOICE", "options": options}
                for at in range(60)
            ],
            rules=[{"code": "R", "text": f"[30..30]{{{half}}}"}],
            prices={},
            materials=[],
            routings=[],
        )
    )
    encoding = encoded(definition)
    ticks = iter(range(10**6))

    with pytest.raises(BudgetError, match="nodes"):
        compile_tree(encoding, budget=Budget(1 << 10), clock=lambda: 0.0)
    with pytest.raises(BudgetError, match="CPU seconds"):
        compile_tree(
            encoding, budget=Budget(seconds=0), clock=lambda: float(next(ticks))
        )


def test_the_same_release_gives_the_same_tape():
    tapes = [tree_of(read_release(shirt())).tape.tolist() for _ in range(2)]

    assert tapes[0] == tapes[1]


@given(SCOPES)
def test_every_variable_is_taken_out_once(scopes):
    blocks = elimination_blocks(10, scopes)

    assert sorted(each for block in blocks for each in block) == list(range(10))


@given(SCOPES)
def test_the_variables_of_a_block_leave_the_same_neighbours_behind(scopes):
    near = {at: {at} for at in range(10)}
    for scope in scopes:
        for each in scope:
            near[each] |= scope

    for block in elimination_blocks(10, scopes):
        whole = set().union(*(near[each] for each in block))
        for each in whole:
            near[each] = (near[each] | whole) - set(block)
        assert all(near[each] <= whole or each not in near for each in block)
