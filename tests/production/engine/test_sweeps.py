"""Sweeps look for where the advice turns, as far as there is anything to find."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from production.engine.advice import CLOSE
from production.engine.cutoff import Closing, CutoffClock
from production.engine.sweeps import is_late, list_turns, list_within_calendar, sweep
from tests.production.engine.test_advice import cookies, orders, sneakers

HOUR_S = 3_600
DAY_S = 24 * HOUR_S


def test_one_by_one_wins_where_set_up_is_short_and_batches_where_it_is_long():
    points = sweep(sneakers(per_day=120).with_setup, (100, 10_000, 160_000))

    by_factor = {point.value: point for point in points}
    quick = by_factor[100].lead_s
    slow = by_factor[160_000].lead_s
    assert quick["MASS_CUSTOMISATION"] < quick["BATCH"]
    assert slow["BATCH"] < slow["MASS_CUSTOMISATION"]


def test_where_all_shirts_are_of_one_design_there_is_nothing_left_to_change():
    points = sweep(sneakers(per_day=60).with_variants, (1, 8))

    one, many = points
    assert one.cost_minor["MASS_CUSTOMISATION"] < many.cost_minor["MASS_CUSTOMISATION"]


def test_scores_that_are_close_do_not_turn_a_sweep_and_what_turns_it_is_not_close():
    factors = [625 * 2**n for n in range(9)]
    points = sweep(sneakers(per_day=20).with_setup, factors)

    (turn,) = list_turns(points)
    scores = {point.value: point.scores for point in points}

    assert (turn.from_method, turn.to_method) == ("MASS_CUSTOMISATION", "JOB")
    assert turn.from_value < turn.to_value
    behind = scores[turn.to_value]["MASS_CUSTOMISATION"] - scores[turn.to_value]["JOB"]
    assert behind > CLOSE
    for value in factors[: factors.index(turn.to_value)]:
        one, other = scores[value]["MASS_CUSTOMISATION"], scores[value]["JOB"]
        assert abs(one - other) <= CLOSE


def test_a_sweep_reaches_on_until_the_advice_turns():
    """A few loaves a week find no company in the oven, hundreds a day always do."""
    few = cookies().with_latest(20)

    usual = sweep(few.with_density, (2_500, 10_000, 40_000))
    reached = sweep(
        few.with_density,
        (2_500, 10_000, 40_000),
        below=(625, 156, 39, 10),
        above=(160_000,),
    )

    assert list_turns(usual) == ()
    assert {point.method for point in usual} == {"BATCH"}
    (turn,) = list_turns(reached)
    assert (turn.from_method, turn.to_method) == ("JOB", "BATCH")
    assert (turn.from_value, turn.to_value) == (reached[0].value, reached[1].value)
    assert turn.from_value < 2_500


def test_a_sweep_without_a_turn_ends_where_it_can_go_no_further_and_says_why():
    """An oven takes as long for one as for all: even without set-ups loads win."""
    points = sweep(cookies().with_latest(20).with_setup, (10_000,), below=(625, 0))

    assert [(point.value, point.method) for point in points] == [
        (0, "BATCH"),
        (625, "BATCH"),
        (10_000, "BATCH"),
    ]
    assert {"ADVICE_AHEAD"} <= {reason.code for reason in points[0].why}
    assert points[0].gap > CLOSE


def test_a_sweep_ends_where_most_are_late_whoever_is_next():
    few = cookies().with_latest(20)

    points = sweep(few.with_setup, (10_000,), above=(10**7, 10**8))

    assert [is_late(point) for point in points] == [False, True]


def test_today_is_swept_however_long_it_took_and_the_latest_count_from_their_first():
    clock = CutoffClock(time(15), "Europe/Berlin", datetime(2026, 1, 1, 6, tzinfo=UTC))
    hours = tuple((day * DAY_S, day * DAY_S + 8 * HOUR_S) for day in range(320))
    daily = replace(
        cookies(),
        orders=tuple(
            replace(each, closing=Closing(cutoff=clock))
            for each in orders(200, variants=6, over_s=200 * DAY_S)
        ),
        equipment=replace(cookies().equipment, openings=hours),
    )
    factors = (2_500, 5_000, 10_000, 20_000)

    latest = daily.with_latest(10)

    assert list_within_calendar(daily, factors) == [10_000, 20_000]
    assert list_within_calendar(latest, factors) == [*factors]
    assert [each.arrived_s // DAY_S for each in latest.orders] == [*range(10)]
    assert {each.due_s - each.arrived_s for each in latest.orders} == {2 * DAY_S}
    assert latest.equipment.openings == hours[:130]
    begun = clock.origin + timedelta(days=190)
    cutoffs = {each.closing.cutoff for each in latest.orders}
    assert cutoffs == {replace(clock, origin=begun)}


def test_what_is_made_like_another_order_closes_by_its_rules():
    few = cookies().with_latest(2)
    one, two = (
        replace(order, variant=name, closing=Closing(wait_s))
        for order, name, wait_s in zip(few.orders, "AB", (60, 90), strict=True)
    )

    alike = replace(few, orders=(one, two)).with_variants(1)

    assert [order.closing for order in alike.orders] == [Closing(60)] * 2


def test_variants_are_parted_down_to_single_orders():
    few = cookies().with_latest(10)
    kinds = {order.variant for order in few.orders}

    parted = {n: few.with_variants(n) for n in (len(kinds) + 2, 99)}

    assert [case.profile.n_variants for case in parted.values()] == [
        len(kinds) + 2,
        10,
    ]
    assert len({order.variant for order in parted[99].orders}) == 10
    for case in parted.values():
        assert [each.state for each in case.orders] == [e.state for e in few.orders]
