"""Sweeps look for where the advice turns, as far as there is anything to find."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from production.engine.advice import CLOSE
from production.engine.cutoff import Closing, CutoffClock
from production.engine.sweeps import (
    at_density,
    is_late,
    list_turns,
    list_with_enough_left,
    sweep,
)
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


CLOCK = CutoffClock(time(15), "Europe/Berlin", datetime(2026, 1, 1, 6, tzinfo=UTC))


def daily():
    """Give 200 loaves, one a day, and a calendar that ends 120 days after them."""
    hours = tuple((day * DAY_S, day * DAY_S + 8 * HOUR_S) for day in range(320))
    return replace(
        cookies(),
        orders=tuple(
            replace(each, closing=Closing(cutoff=CLOCK))
            for each in orders(200, variants=6, over_s=200 * DAY_S)
        ),
        equipment=replace(cookies().equipment, openings=hours),
    )


def test_fewer_orders_a_day_leave_some_out_and_the_others_come_when_they_came():
    case = daily()
    quarter, half = at_density(case, 2_500), at_density(case, 5_000)

    assert (len(quarter.orders), len(half.orders)) == (50, 100)
    assert all(order in half.orders for order in quarter.orders)
    assert all(order in case.orders for order in half.orders)
    days = [order.arrived_s // DAY_S for order in quarter.orders]
    gaps = {later - sooner for sooner, later in pairwise(days)}
    assert gaps <= {2, 3, 5, 8}
    assert quarter.profile.per_day == case.profile.per_day // 4
    assert at_density(case, 20_000) == case.with_density(20_000)


def test_kinds_that_come_in_turn_are_all_among_fewer_orders():
    case = daily()
    turns = tuple(
        replace(order, variant="AB"[place % 2])
        for place, order in enumerate(case.orders)
    )

    few = at_density(replace(case, orders=turns), 2_500)

    counts = Counter(order.variant for order in few.orders)
    assert counts.keys() == {"A", "B"}
    assert abs(counts["A"] - counts["B"]) <= 4
    assert few.profile.n_variants == 2


def test_few_orders_come_further_apart_as_long_as_they_fit_into_the_calendar():
    few = daily().with_latest(10)

    quarter, eighth = at_density(few, 2_500), at_density(few, 1_250)

    assert [order.arrived_s // DAY_S for order in quarter.orders] == [*range(0, 40, 4)]
    assert {order.due_s - order.arrived_s for order in quarter.orders} == {2 * DAY_S}
    assert len(eighth.orders) == 8
    assert eighth.orders[-1].arrived_s * 2 <= few.equipment.openings[-1][1]


def test_the_density_of_orders_that_came_over_long_is_swept_while_some_are_left():
    factors = (39, 156, 625, 2_500, 5_000, 10_000, 20_000)

    assert list_with_enough_left(daily(), factors) == [*factors[2:]]
    assert list_with_enough_left(daily().with_latest(10), factors) == [*factors[3:]]
    assert list_with_enough_left(daily().with_latest(1), factors) == [*factors]


def test_the_latest_orders_count_from_their_first():
    latest = daily().with_latest(10)

    assert [each.arrived_s // DAY_S for each in latest.orders] == [*range(10)]
    assert {each.due_s - each.arrived_s for each in latest.orders} == {2 * DAY_S}
    assert latest.equipment.openings == daily().equipment.openings[:130]
    begun = CLOCK.origin + timedelta(days=190)
    cutoffs = {each.closing.cutoff for each in latest.orders}
    assert cutoffs == {replace(CLOCK, origin=begun)}


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
