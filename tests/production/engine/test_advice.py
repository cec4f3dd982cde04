"""The verdicts on the demo factory: their direction, and that figures turn them."""

import random
from dataclasses import fields, replace

import pytest

from production.engine.advice import (
    GOALS,
    Ranked,
    Weights,
    _behind,
    _rank,
    _told_ahead,
    advise,
    figures_of,
)
from production.engine.case import FOUR_PLANTS, Case, CaseOrder, Equipment, Rates
from production.engine.changeover import SetupMatrix
from production.engine.cutoff import Closing
from production.engine.demand import ColourRule, SetupRule
from production.engine.methods import METHODS
from production.engine.plan import Kind, Profile
from production.engine.reasons import Reason
from production.engine.routes import Route, break_even_cost, break_even_time
from production.engine.simulate import Outcome

DAY_S = 8 * 3600
DAYS = tuple((day * 86_400, day * 86_400 + 15 * 3600) for day in range(40))


def matrix(minutes_s: int, attribute: str = "kind") -> SetupMatrix:
    same = SetupRule("same", same=(attribute,))
    return SetupMatrix("M", (same, SetupRule("change", internal_s=minutes_s)))


def orders(
    n,
    *,
    variants,
    quantity=1,
    over_s=DAY_S,
    due_s=2 * 86_400,
    wait_s=4 * 3600,
    seed=1,
):
    """Give n orders that arrive evenly through a day, of variants drawn by chance."""
    rng = random.Random(seed)  # noqa: S311
    found = []
    for at in range(n):
        variant = f"V{rng.randrange(variants):03d}"
        arrived_s = at * over_s // n
        found.append(
            CaseOrder(
                at,
                variant,
                quantity,
                arrived_s,
                arrived_s + due_s,
                {"kind": variant},
                closing=Closing(wait_s),
            )
        )
    return tuple(found)


def profile(kind=Kind.CONFIGURABLE, **fields) -> Profile:
    return Profile(kind=kind, **{"quantity": 1, "run_ms": 1000, **fields})


def cookies() -> Case:
    """140 small orders for one oven: a load takes 840 s whether full or not."""
    oven = Equipment(
        run_ms=840_000,
        matrix=matrix(540),
        load_pieces=432,
        load_run_ms=840_000,
    )
    return Case(
        orders(140, variants=6, quantity=17, due_s=20 * 3600, wait_s=2 * 3600),
        oven,
        profile(quantity=17, run_ms=1_944, setup_s=540, per_day=140, n_variants=6),
        Rates(machine_minor_per_h=1400, run_w=38_000, idle_w=12_000),
    )


def flyers(setup_s=1_500) -> Case:
    """90 orders of 500: sixteen designs share a sheet and its plates."""
    press = Equipment(
        run_ms=180_000,
        matrix=matrix(setup_s, "order"),
        load_pieces=16,
        load_run_ms=180_000,
        crew=2,
    )
    rng = random.Random(2)  # noqa: S311
    rows = [
        CaseOrder(at, f"S{rng.randrange(3)}", 1, at * 300, at * 300 + 86_400)
        for at in range(90)
    ]
    closing = Closing(8 * 3600)
    rows = [replace(row, state={"order": row.variant}, closing=closing) for row in rows]
    rates = Rates(machine_minor_per_h=7000, change_waste_minor=4_800)
    return Case(
        tuple(rows),
        press,
        profile(run_ms=11_000, setup_s=setup_s, per_day=90, n_variants=3),
        rates,
    )


def shirts() -> Case:
    """500 shirts of 420 designs on four printers: there is no set-up to save."""
    line = Equipment(run_ms=250_000, places=4, crew=1, matrix=matrix(0))
    return Case(
        orders(500, variants=420, over_s=10 * 3600, due_s=86_400),
        line,
        profile(run_ms=63_000, per_day=500, n_variants=420, is_personalised=True),
        Rates(machine_minor_per_h=2000),
    )


def sneakers(purge_s=240, per_day=300) -> Case:
    """300 pairs in eight sole colours, with a purge between two colours."""
    line = Equipment(
        run_ms=150_000,
        matrix=matrix(purge_s),
        colour=ColourRule("kind", max_run=8),
        openings=DAYS,
    )
    return Case(
        orders(per_day, variants=8, over_s=15 * 3600, due_s=2 * 86_400),
        line,
        profile(
            run_ms=150_000,
            setup_s=purge_s,
            per_day=per_day,
            n_variants=8,
            run_length=8,
            is_personalised=True,
        ),
        Rates(machine_minor_per_h=6400, change_waste_minor=35),
    )


def juice() -> Case:
    """Three fruits on three lines: steady, identical, with a long clean between."""
    rows = []
    for fruit, n in (("apple", 14), ("orange", 12), ("grape", 7)):
        for at in range(n * 3):
            arrived_s = at * 86_400 // n
            state = {"kind": fruit}
            rows.append(
                CaseOrder(f"{fruit}-{at}", fruit, 1_200, arrived_s, arrived_s, state)
            )
    lines = Equipment(run_ms=2_900, places=3, crew=2, matrix=matrix(6_600))
    return Case(
        tuple(rows),
        lines,
        profile(
            Kind.STANDARD,
            quantity=1_200,
            run_ms=2_900,
            setup_s=6_600,
            per_day=39_600,
            n_variants=3,
            day_s=15 * 3600,
        ),
        Rates(machine_minor_per_h=9000),
    )


def suits() -> Case:
    """Three suits and five tables a week: no two alike."""
    bench = Equipment(run_ms=60_000_000, places=4, matrix=matrix(0))
    return Case(
        orders(8, variants=8, over_s=5 * 86_400, due_s=35 * 86_400),
        bench,
        profile(Kind.BESPOKE, run_ms=60_000_000, per_day=2, n_variants=2),
        Rates(labour_minor_per_h=4800),
    )


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (cookies(), "BATCH"),
        (flyers(), "BATCH"),
        (shirts(), "MASS_CUSTOMISATION"),
        (sneakers(), "MASS_CUSTOMISATION"),
        (juice(), "FLOW"),
        (suits(), "JOB"),
    ],
    ids=["cookies", "flyers", "shirts", "sneakers", "juice", "suits"],
)
def test_the_advice_on_the_demo_factory_points_the_right_way(case, says):
    found = advise(case, plants=FOUR_PLANTS)

    assert found.method == says, found


def test_every_method_is_either_ranked_or_ruled_out_with_its_rule():
    found = advise(shirts())

    ranked = {each.method for each in found.ranked}
    out = {each.method: each.because.code for each in found.ruled_out}
    assert ranked | out.keys() == set(METHODS)
    assert not ranked & out.keys()
    assert out["FLOW"] == "OUT_PERSONAL"
    assert out["JOB"] == "OUT_TOO_MANY"


def test_a_method_without_a_plant_is_not_compared():
    plants = {code: FOUR_PLANTS[code] for code in ("JOB", "BATCH")}

    found = advise(cookies(), plants=plants)

    assert {each.method for each in found.ranked} == set(plants)
    assert {each.method for each in found.ruled_out} <= set(plants)


def test_no_verdict_is_hard_wired_to_the_kind_of_product():
    long = flyers(setup_s=1_500)
    none = flyers(setup_s=0)
    alone = replace(
        none, equipment=replace(none.equipment, load_run_ms=11_000, load_pieces=1)
    )

    assert advise(long).method == "BATCH"
    assert advise(alone).method != "BATCH"


def test_the_weights_of_the_goals_can_turn_the_advice():
    case = sneakers()

    by_lead = advise(case, weights=Weights(1, 0, 0, 0, 0), plants=FOUR_PLANTS)
    by_cost = advise(case, weights=Weights(0, 1, 0, 0, 0), plants=FOUR_PLANTS)

    assert by_lead.ranked[0].outcome.lead_s == min(
        each.outcome.lead_s for each in by_lead.ranked
    )
    assert by_cost.ranked[0].outcome.cost_minor == min(
        each.outcome.cost_minor for each in by_cost.ranked
    )


@pytest.mark.parametrize(
    ("job", "line", "says"),
    [(0, 1, "MASS_CUSTOMISATION"), (21, 30, "MASS_CUSTOMISATION"), (21, 32, "JOB")],
)
def test_scores_a_few_thousandths_apart_are_settled_by_how_a_method_fits(
    job, line, says
):
    rows = [
        Ranked("JOB", outcome_of("JOB"), job),
        Ranked("MASS_CUSTOMISATION", outcome_of("MASS_CUSTOMISATION"), line),
    ]
    fits = {"JOB": 40, "MASS_CUSTOMISATION": 95}

    assert _rank(rows, fits, is_same=True)[0].method == says


@pytest.mark.parametrize(
    ("direct_ms", "screens_s", "screen_ms"),
    [(220_000, 3_600, 45_000), (310_000, 4_800, 60_000)],
    ids=["light", "dark"],
)
def test_screens_pay_from_about_twenty_shirts_of_one_design_by_time(
    direct_ms, screens_s, screen_ms
):
    """A screen takes 20 minutes; a dark shirt needs one more, for the white."""
    direct = Route("DTG", 0, direct_ms, 0, 0)

    found = break_even_time(direct, Route("SCREEN", screens_s, screen_ms, 0, 0))

    assert found is not None
    assert 20 <= found <= 21


@pytest.mark.parametrize(
    ("piece_ms", "ink_minor", "n_screens", "expected"),
    [(220_000, 55, 3, 56), (310_000, 190, 4, 28)],
    ids=["light", "dark"],
)
def test_screens_pay_later_by_cost_and_sooner_on_dark_shirts(
    piece_ms, ink_minor, n_screens, expected
):
    """DTG 2000/h and ink; screen 3600/h, 600 a screen, 12 a colour and piece."""
    direct_milli = piece_ms * 2000 // 3600 + ink_minor * 1000
    direct = Route("DTG", 0, piece_ms, 0, direct_milli)
    screen_s, screen_piece_ms = n_screens * 1200, n_screens * 15_000
    once_minor = screen_s * 3600 // 3600 + n_screens * 600
    screen_milli = screen_piece_ms * 3600 // 3600 + n_screens * 12_000
    screen = Route("SCREEN", screen_s, screen_piece_ms, once_minor, screen_milli)

    found = break_even_cost(direct, screen)

    assert found is not None
    assert abs(found - expected) <= 3


def test_a_route_that_saves_nothing_never_pays():
    one = Route("A", 0, 100, 0, 100)
    other = Route("B", 60, 100, 60, 200)

    assert break_even_time(one, other) is None
    assert break_even_cost(one, other) is None


def test_the_best_says_where_another_would_be_better():
    found = advise(cookies(), plants=FOUR_PLANTS)
    best = figures_of(found.ranked[0].outcome)
    least = {
        goal: min(figures_of(row.outcome)[goal] for row in found.ranked)
        for goal in GOALS
    }

    told = {
        each.values.get("goal", "cost")
        for each in found.reasons
        if each.code in {"ADVICE_BEHIND", "ADVICE_AT_ONCE"}
    }

    worse = {g for g in GOALS if least[g] and best[g] * 100 >= least[g] * 110}
    assert told <= worse
    assert len(told) == min(2, len(worse))


def test_what_costs_more_but_is_there_at_once_says_so():
    dear = Ranked("FLOW", outcome_of("FLOW", lead_s=0, cost_minor=250), 1)
    cheap = Ranked("BATCH", outcome_of("BATCH", lead_s=9, cost_minor=100), 2)

    (told,) = _behind([dear, cheap])

    assert told == Reason("ADVICE_AT_ONCE", {"times": "2.5", "method": "BATCH"})


def test_all_that_is_saved_is_told_as_none_of_it():
    values = {"goal": "tardiness", "method": "JOB"}

    told = [_told_ahead(percent, "tardiness", "JOB") for percent in (100, 99)]

    assert told == [
        Reason("ADVICE_NONE", values),
        Reason("ADVICE_AHEAD", values | {"percent": 99}),
    ]


def outcome_of(method, **figures) -> Outcome:
    names = [each.name for each in fields(Outcome) if each.name != "method"]
    return Outcome(method=method, **(dict.fromkeys(names, 0) | figures))
