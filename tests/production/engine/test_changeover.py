from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget
from production.engine.changeover import (
    Load,
    MatrixError,
    SetupMatrix,
    order_batches,
)
from production.engine.demand import Setup, SetupRule

NUTS = {"nuts": frozenset({"NUTS"})}
NO_NUTS = {"nuts": frozenset({"NONE"})}
GLUTEN_FREE = {"diet": frozenset({"GLUTEN_FREE"})}

MIXER = SetupMatrix(
    "MIXER",
    (
        SetupRule("SAME", 120, same=("product", "dough", "diet")),
        SetupRule(
            "TO_GLUTEN_FREE",
            2700,
            when_to=GLUTEN_FREE,
            signature_skill="QUALITY",
            waste={"DOUGH": 400},
        ),
        SetupRule("NUTS_OUT", 1200, when_from=NUTS, when_to=NO_NUTS),
        SetupRule(
            "TO_VEGAN",
            900,
            when_from={"diet": frozenset({"STANDARD"})},
            when_to={"diet": frozenset({"VEGAN"})},
        ),
        SetupRule(
            "DARK_TO_LIGHT",
            720,
            when_from={"dough": frozenset({"CHOCOLATE"})},
            when_to={"dough": frozenset({"VANILLA", "OAT", "GINGER"})},
        ),
        SetupRule(
            "LIGHT_TO_DARK",
            240,
            when_from={"dough": frozenset({"VANILLA", "OAT", "GINGER"})},
            when_to={"dough": frozenset({"CHOCOLATE"})},
        ),
        SetupRule("OTHER", 600),
    ),
)
OVEN = SetupMatrix(
    "OVEN",
    (
        SetupRule("SAME", 0, same=("programme", "diet", "nuts")),
        SetupRule("NUTS_OUT", 480, when_from=NUTS, when_to=NO_NUTS),
        SetupRule("TO_GLUTEN_FREE", 1200, differ=("diet",), when_to=GLUTEN_FREE),
        SetupRule("HOTTER", 360, rises=("temp",)),
        SetupRule("COOLER", 840, falls=("temp",)),
        SetupRule(
            "STEAM_ON",
            180,
            when_from={"steam": frozenset({0})},
            when_to={"steam": frozenset({1})},
            adds=True,
        ),
        SetupRule("TINS", external_s=300, differ=("tins",), adds=True),
        SetupRule("OTHER", 720),
    ),
)


def dough(dough="VANILLA", diet="STANDARD", nuts="NONE", product="COOKIE"):
    return {"product": product, "dough": dough, "diet": diet, "nuts": nuts}


COOKIE: dict[str, str | int] = {
    "programme": "COOKIE",
    "temp": 175,
    "steam": 0,
    "tins": 0,
    "diet": "STANDARD",
    "nuts": "NONE",
}
MUFFIN: dict[str, str | int] = COOKIE | {"programme": "MUFFIN", "temp": 185, "tins": 1}
CROISSANT: dict[str, str | int] = COOKIE | {
    "programme": "CROISSANT",
    "temp": 195,
    "steam": 1,
}


@pytest.mark.parametrize(
    ("state_from", "state_to", "code", "minutes"),
    [
        (dough(), dough(), "SAME", 2),
        (dough(), dough(diet="GLUTEN_FREE"), "TO_GLUTEN_FREE", 45),
        (dough(nuts="NUTS"), dough("OAT"), "NUTS_OUT", 20),
        (dough(nuts="NUTS"), dough("OAT", "GLUTEN_FREE"), "TO_GLUTEN_FREE", 45),
        (dough(), dough(diet="VEGAN"), "TO_VEGAN", 15),
        (dough("CHOCOLATE"), dough("GINGER"), "DARK_TO_LIGHT", 12),
        (dough(), dough("CHOCOLATE"), "LIGHT_TO_DARK", 4),
        (dough(), dough("OAT"), "OTHER", 10),
        ({}, dough(), "OTHER", 10),
    ],
)
def test_the_first_row_of_the_mixer_matrix_that_matches_wins(
    state_from, state_to, code, minutes
):
    change = MIXER.setup_between(state_from, state_to)

    assert (change.rule_code, change.internal_s) == (code, minutes * 60)


@pytest.mark.parametrize(
    ("state_from", "state_to", "codes", "internal", "external"),
    [
        (COOKIE, COOKIE, ("SAME",), 0, 0),
        (COOKIE, MUFFIN, ("HOTTER", "TINS"), 6, 5),
        (MUFFIN, COOKIE, ("COOLER", "TINS"), 14, 5),
        (COOKIE, CROISSANT, ("HOTTER", "STEAM_ON"), 9, 0),
        (CROISSANT, MUFFIN, ("COOLER", "TINS"), 14, 5),
        (COOKIE | {"nuts": "NUTS"}, COOKIE, ("NUTS_OUT",), 8, 0),
        (COOKIE, COOKIE | {"diet": "GLUTEN_FREE"}, ("TO_GLUTEN_FREE",), 20, 0),
        (COOKIE, COOKIE | {"diet": "VEGAN"}, ("OTHER",), 12, 0),
    ],
)
def test_additive_rows_of_the_oven_matrix_come_on_top(
    state_from, state_to, codes, internal, external
):
    change = OVEN.setup_between(state_from, state_to)

    assert (change.rule_code, *change.added_codes) == codes
    assert change.internal_s == internal * 60
    assert change.external_s == external * 60


def test_a_change_says_who_signs_and_what_is_wasted():
    change = MIXER.setup_between(dough(), dough(diet="GLUTEN_FREE"))

    assert (change.signature_skill, change.waste) == ("QUALITY", {"DOUGH": 400})


def test_a_matrix_without_a_catch_all_is_refused_by_name():
    with pytest.raises(MatrixError, match="matrix MIXER has no catch-all"):
        SetupMatrix("MIXER", (SetupRule("SAME", same=("dough",)),))
    with pytest.raises(MatrixError, match="EMPTY"):
        SetupMatrix("EMPTY", ())
    with pytest.raises(MatrixError, match="below ANY never match"):
        SetupMatrix("M", (SetupRule("ANY"), SetupRule("B")))


def load(key, state, **more):
    return Load(key, 840, Setup("OVEN", state), **more)


def keys(order):
    return [planned.key for planned in order.loads]


def test_no_loads_give_no_order():
    assert order_batches([], matrix=OVEN, state={}, start_s=0).loads == ()


def test_loads_of_one_programme_stay_together_from_the_present_state():
    loads = [load(1, COOKIE), load(2, CROISSANT), load(3, COOKIE), load(4, MUFFIN)]

    order = order_batches(loads, matrix=OVEN, state=COOKIE, start_s=0)

    assert keys(order) == [1, 3, 4, 2]
    assert order.objective == (0, 360 + 540)


def test_a_due_date_outweighs_a_changeover():
    loads = [load(1, COOKIE), load(2, CROISSANT, due_s=1400), load(3, COOKIE)]

    order = order_batches(loads, matrix=OVEN, state=COOKIE, start_s=0)

    assert keys(order)[0] == 2
    assert order.objective[0] == 0


def test_external_setup_is_done_while_the_load_before_runs():
    loads = [load(1, COOKIE), load(2, COOKIE | {"tins": 1})]

    order = order_batches(loads, matrix=OVEN, state=COOKIE, start_s=100)

    first, second = order.loads
    assert (first.start_s, second.start_s) == (100, 940)
    assert second.setup.external_s == 300


def test_a_load_starts_no_earlier_than_it_is_ready():
    (planned,) = order_batches(
        [load(1, MUFFIN, ready_s=5000)], matrix=OVEN, state=COOKIE, start_s=0
    ).loads

    assert (planned.setup_from_s, planned.start_s) == (5000 - 660, 5000)


STATES = [COOKIE, MUFFIN, CROISSANT, COOKIE | {"nuts": "NUTS"}]


@st.composite
def some_loads(draw):
    return [
        Load(
            key,
            draw(st.integers(60, 900)),
            Setup("OVEN", draw(st.sampled_from(STATES))),
            due_s=draw(st.integers(0, 5000)),
            weight=draw(st.integers(0, 3)),
        )
        for key in range(draw(st.integers(0, 5)))
    ]


def cost_of(loads, state, start_s):
    late = setups = 0
    clock, overlap = start_s, 0
    for one in loads:
        change = OVEN.setup_between(state, one.setup.state)
        standing = change.internal_s + max(0, change.external_s - overlap)
        clock += standing + one.run_s
        setups += standing
        late += one.weight * max(0, clock - one.due_s)
        state, overlap = one.setup.state, one.run_s
    return (late, setups)


@settings(max_examples=40, deadline=None)
@given(some_loads())
def test_the_order_equals_the_best_of_all_permutations(loads):
    order = order_batches(loads, matrix=OVEN, state=COOKIE, start_s=50)

    best = min(cost_of(p, COOKIE, 50) for p in permutations(loads))
    assert order.objective == best
    by_key = {one.key: one for one in loads}
    assert cost_of([by_key[key] for key in keys(order)], COOKIE, 50) == best


@settings(max_examples=20, deadline=None)
@given(some_loads(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(loads, rng):
    shuffled = loads.copy()
    rng.shuffle(shuffled)

    assert order_batches(
        shuffled, matrix=OVEN, state=COOKIE, start_s=0
    ) == order_batches(loads, matrix=OVEN, state=COOKIE, start_s=0)


def test_a_search_can_be_stopped_and_reports_its_moves():
    loads = [load(key, STATES[key % 4]) for key in range(12)]

    stopped = order_batches(
        loads, matrix=OVEN, state={}, start_s=0, should_stop=lambda: True
    )
    limited = order_batches(
        loads, matrix=OVEN, state={}, start_s=0, budget=Budget(moves=7)
    )

    assert (stopped.moves, limited.moves) == (0, 7)
    assert sorted(keys(stopped)) == list(range(12))
