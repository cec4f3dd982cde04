"""What every operations method must keep, whatever it does: one run for each."""

import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget
from production.engine.demand import (
    ColourRule,
    Demand,
    LineRule,
    Person,
    Resource,
    Setup,
    Step,
)
from production.engine.flow import Station, StockLevel
from production.engine.methods import METHODS, MethodError, get_method, rank_methods
from production.engine.plan import Kind, Profile, Shop
from production.engine.reasons import REASONS
from tests.production.engine.test_changeover import OVEN, STATES

every_method = pytest.mark.parametrize("code", METHODS)

SHOP = Shop(
    resources=(
        Resource("OVEN", capacity=40, minimum=2, max_wait_s=600, state=STATES[0]),
        Resource("JL-A"),
    ),
    people=(Person("W1", frozenset({"BAKE"})), Person("W2", frozenset({"PACK"}))),
    matrices={"OVEN": OVEN},
    stations={"JL-A": (Station("PRESS", 2400), Station("FILL", 2700))},
    makes={"JL-A": "A"},
    stock=(StockLevel("A", 30, 20, 50, 200), StockLevel("B", 5, 0, 50, 200)),
    line_rules=(LineRule("R", {"colour": frozenset({"X"})}, 1, 2),),
    colour=ColourRule("colour", max_run=3),
    takt_s=60,
)


def bake(state):
    return Step(
        "bake",
        1500,
        resource="OVEN",
        skill="BAKE",
        setup=Setup("OVEN", state),
    )


@st.composite
def demands(draw):
    def one(key):
        family = draw(st.sampled_from("ABC"))
        return Demand(
            key=key,
            family=family,
            quantity=draw(st.integers(1, 50)),
            arrived_s=draw(st.integers(0, 1000)),
            due_s=draw(st.integers(0, 20_000)),
            weight=draw(st.integers(0, 3)),
            attributes={"colour": draw(st.sampled_from("XYZ"))},
            steps=draw(st.sampled_from([(), (bake(STATES["ABC".index(family)]),)])),
        )

    return [one(key) for key in range(draw(st.integers(0, 6)))]


def plan(code, some, **more):
    asked: dict[str, Any] = {
        "shop": SHOP,
        "now_s": 1000,
        "budget": Budget(moves=30),
        "seed": 1,
    }
    return get_method(code).plan(some, **(asked | more))


@every_method
def test_no_demand_gives_an_empty_plan(code):
    empty = plan(code, [])

    assert (empty.method, empty.tasks, empty.unplanned) == (code, (), ())


@every_method
@settings(max_examples=25, deadline=None)
@given(some=demands())
def test_every_piece_is_planned_once_or_told_why_not(code, some):
    found = plan(code, some)

    counted = dict.fromkeys((demand.key for demand in some), 0)
    for task in found.tasks:
        assert 1000 <= task.start_s <= task.end_s
        assert task.quantity >= 1
        counted[task.demand] += task.quantity
    for left in found.unplanned:
        assert left.reason.code in REASONS
        counted[left.demand] += left.quantity
    assert counted == {demand.key: demand.quantity for demand in some}


@every_method
@settings(max_examples=15, deadline=None)
@given(some=demands(), rng=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(code, some, rng):
    shuffled = some.copy()
    rng.shuffle(shuffled)

    assert plan(code, shuffled) == plan(code, some)


@every_method
@settings(max_examples=10, deadline=None)
@given(some=demands())
def test_planning_again_from_the_previous_plan_keeps_every_piece(code, some):
    first = plan(code, some)

    again = plan(code, some, previous=first)

    assert sum(t.quantity for t in again.tasks) == sum(t.quantity for t in first.tasks)
    assert again == plan(code, some, previous=first)


@every_method
@settings(max_examples=10, deadline=None)
@given(some=demands())
def test_a_stopped_plan_is_whole(code, some):
    stopped = plan(code, some, budget=Budget(cpu_ms=60_000), should_stop=lambda: True)

    pieces = sum(one.quantity for one in (*stopped.tasks, *stopped.unplanned))
    assert pieces == sum(demand.quantity for demand in some)


@every_method
def test_a_plan_travels_between_processes_with_its_reasons_as_text(code):
    some = [
        Demand(1, "A", 40, attributes={"colour": "X"}, steps=(bake(STATES[0]),)),
        Demand(2, "B", 9, attributes={"colour": "Y"}, steps=(bake(STATES[1]),)),
    ]
    found = plan(code, some)

    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 -- our own bytes
    for one in (*found.tasks, *found.unplanned):
        assert "%(" not in str(one.reason)


profiles = st.builds(
    Profile,
    kind=st.sampled_from(Kind),
    quantity=st.integers(1, 10_000),
    run_ms=st.integers(1, 10**6),
    setup_s=st.integers(0, 10_000),
    is_personalised=st.booleans(),
    per_day=st.integers(1, 50_000),
    n_variants=st.integers(1, 500),
    run_length=st.integers(1, 12),
    has_line=st.booleans(),
    has_batch_key=st.booleans(),
)


@every_method
@given(profile=profiles)
def test_a_fit_gives_reasons_and_never_ranks_what_is_ruled_out(code, profile):
    fit = get_method(code).fit(profile)

    assert fit.method == code
    assert fit.reasons
    assert all(str(reason) for reason in fit.reasons)
    assert fit.is_admissible or fit.score == 0


@given(profile=profiles)
def test_methods_ruled_out_come_after_all_others(profile):
    fits = rank_methods(profile)

    assert sorted(fit.method for fit in fits) == sorted(METHODS)
    ranks = [(not fit.is_admissible, -fit.score) for fit in fits]
    assert ranks == sorted(ranks)


def profile(kind=Kind.CONFIGURABLE, **more):
    return Profile(**({"kind": kind, "quantity": 1, "run_ms": 1000} | more))


@pytest.mark.parametrize(
    ("name", "asked", "best"),
    [
        (
            "cookies",
            profile(
                quantity=17,
                run_ms=1900,
                setup_s=540,
                per_day=2400,
                n_variants=140,
                has_line=False,
            ),
            "BATCH",
        ),
        (
            "flyers",
            profile(
                quantity=500, run_ms=22, setup_s=1500, per_day=45_000, has_line=False
            ),
            "BATCH",
        ),
        (
            "shirts",
            profile(run_ms=180_000, per_day=500, n_variants=420, run_length=12),
            "MASS_CUSTOMISATION",
        ),
        (
            "sneakers",
            profile(run_ms=150_000, setup_s=240, per_day=300, run_length=8),
            "MASS_CUSTOMISATION",
        ),
        (
            "cars",
            profile(
                run_ms=540_000, setup_s=90, per_day=45, n_variants=45, run_length=10
            ),
            "MASS_CUSTOMISATION",
        ),
        (
            "juice",
            profile(
                Kind.STANDARD,
                quantity=6,
                run_ms=2700,
                setup_s=3600,
                per_day=16_800,
                day_s=50_400,
                has_line=False,
            ),
            "FLOW",
        ),
        (
            "a fruit that few drink",
            profile(
                Kind.STANDARD,
                quantity=6,
                run_ms=2700,
                setup_s=3600,
                per_day=2000,
                day_s=50_400,
                has_line=False,
            ),
            "BATCH",
        ),
        ("suits", profile(Kind.BESPOKE, run_ms=10**8), "JOB"),
    ],
)
def test_the_best_fit_is_what_the_demo_factory_does(name, asked, best):
    assert rank_methods(asked)[0].method == best, name


@pytest.mark.parametrize(
    ("code", "asked", "reason"),
    [
        ("FLOW", profile(Kind.STANDARD, is_personalised=True), "OUT_PERSONAL"),
        ("FLOW", profile(), "OUT_NOT_STANDARD"),
        ("JOB", profile(Kind.STANDARD, per_day=14_000), "OUT_TOO_MANY"),
        ("BATCH", profile(Kind.BESPOKE), "OUT_BESPOKE"),
        ("BATCH", profile(has_batch_key=False), "OUT_NO_KEY"),
        ("MASS_CUSTOMISATION", profile(has_line=False), "OUT_NO_LINE"),
        ("MASS_CUSTOMISATION", profile(Kind.BESPOKE), "OUT_BESPOKE"),
    ],
)
def test_what_is_ruled_out_names_the_rule(code, asked, reason):
    fit = get_method(code).fit(asked)

    assert (fit.is_admissible, fit.reasons[0].code) == (False, reason)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(MethodError, match="JOB, BATCH"):
        get_method("KANBAN")


def test_the_registry_and_all_methods_load_neither_numba_nor_ortools_nor_django():
    script = (
        "import sys; from production.engine.methods import METHODS, get_method;"
        "[get_method(code) for code in METHODS];"
        "heavy = {'numba', 'ortools', 'django', 'celery'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
