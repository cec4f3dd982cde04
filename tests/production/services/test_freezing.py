"""Loads are frozen in time: when full, after a wait, for a due date, at a cut-off."""

from datetime import time, timedelta

import pytest

from production.models import Shift
from production.selectors.loads import seconds
from production.selectors.reasons import say
from production.services import batching, makeup
from tests.factories.floor import (
    BOWL,
    at,
    make_calendar,
    make_centre,
    make_work_order,
    numbers_in,
    step,
)
from tests.factories.production import NOW
from tests.production.services.oven import (
    NEXT_WEEK,
    foreseen,
    foresees,
    live,
    order,
    plan,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def freezes(latest, rule, because, **fields):
    """Say whether floor and forecast both close the load at that minute."""
    order(rule=rule, **fields)
    if latest:
        plan(latest - 1)
        assert live()[0].state == "PROPOSED"
        assert not foresees(latest - 1, rule=rule, **fields)
    plan(latest)
    stands = [(b.state, b.frozen_because) for b in live()]
    return stands == [("FROZEN", because)] and foresees(latest, rule=rule, **fields)


@pytest.mark.parametrize(
    ("latest", "rule", "because", "fields"),
    [
        (0, {}, "FULL", {"quantity": 432}),
        (45, {"max_wait_s": 2700}, "MAX_WAIT", {}),
        (46, {"max_wait_s": None}, "DUE_DATE", {"due_at": at(60)}),
        (420, {"max_wait_s": None, "cutoff": "15:00"}, "CUT_OFF", {}),
        (30, {"max_wait_s": 2700, "cutoff": "08:30"}, "CUT_OFF", {}),
    ],
)
def test_the_floor_and_the_forecast_freeze_a_load_at_the_same_minute(
    latest, rule, because, fields
):
    assert freezes(latest, rule, because, **fields)


def test_the_floor_and_the_forecast_keep_loads_of_different_rules_apart():
    rules = [
        {"max_wait_s": 2700, "cutoff": "08:30"},
        {"max_wait_s": 2700},
        {"max_wait_s": 7200, "cutoff": "09:00"},
        {"max_wait_s": 5400, "cutoff": "08:30", "min": 5},
        {"max_wait_s": 2700},
    ]
    numbers = [order(rule=rule).number for rule in rules]

    def frozen():
        inside = set().union(*(numbers_in(b) for b in live() if b.state == "FROZEN"))
        return {at for at, number in enumerate(numbers) if number in inside}

    closed = {}
    for minute in (29, 30, 44, 45, 59, 60, 89, 90):
        plan(minute)
        closed[minute] = frozen()
        assert foreseen(minute, rules=rules) == closed[minute]

    assert [*closed.values()] == [
        *(set(), {0}, {0}, {0, 1, 4}),
        *({0, 1, 4}, {0, 1, 2, 4}, {0, 1, 2, 4}, {0, 1, 2, 3, 4}),
    ]
    assert len(live()) == 4


def in_the_mornings(centre):
    """Let it work from 6 to 10 on weekdays: two hours are left of this Monday."""
    calendar = make_calendar("MORNINGS")
    calendar.always_open = False
    calendar.save()
    for day in range(5):
        Shift.objects.create(
            calendar=calendar, weekday=day, starts=time(6), ends=time(10)
        )
    place = make_centre(centre)
    place.calendar = calendar
    place.save()


@pytest.mark.parametrize(
    ("due", "latest"),
    [
        (timedelta(hours=7, minutes=26), 106),  # closed since 10: run until then
        (timedelta(hours=22, minutes=5), 111),  # 6:05: most of the run is today's
        (timedelta(days=1, hours=1), 24 * 60 + 46),
    ],
)
def test_a_load_is_frozen_while_its_place_is_open(due, latest):
    in_the_mornings("OVEN-1")

    assert freezes(latest, {"max_wait_s": None}, "DUE_DATE", due_at=NOW + due)


def test_a_place_that_never_opens_freezes_by_the_clock():
    in_the_mornings("OVEN-1")
    Shift.objects.all().delete()
    order(due_at=at(60), rule={"max_wait_s": None})

    plan(45)
    before = live()[0].state
    plan(46)

    assert (before, live()[0].state) == ("PROPOSED", "FROZEN")


def test_what_replaces_scrap_waits_for_no_company_and_takes_it_along():
    first = order(48)
    plan()
    lot = makeup.make_again(work_order=first, quantity=2, now=at(1))

    plan(1)

    (batch,) = live()
    assert (batch.state, batch.frozen_because) == ("FROZEN", "URGENT")
    assert say(batch.reasons["why"]) == "urgent: it waits for no more work"
    assert numbers_in(batch) == {first.number, lot.number}


def test_what_replaces_scrap_goes_below_the_minimum():
    bowl(24, priority=1)

    batching.plan_all(now=at(0))

    (batch,) = live()
    assert (batch.state, batch.frozen_because) == ("FROZEN", "URGENT")
    assert batch.reasons["filled_up"] == 15_000 - 24 * 50


def test_the_cut_off_follows_the_clocks_of_the_site():
    site = make_centre("OVEN-1").site
    site.zone = "Europe/Berlin"
    site.save()
    assert freezes(6 * 60, {"cutoff": "15:00", "max_wait_s": None}, "CUT_OFF")


def bowl(quantity, **fields):
    mixing = step(
        "MIX",
        "MIX-1",
        basis="LOAD",
        run_s=900,
        batch_key="dough=VANILLA",
        batch_rule=BOWL,
        load_num=50,
    )
    return make_work_order(mixing, quantity=quantity, due_at=NEXT_WEEK, **fields)


def test_a_load_below_the_minimum_waits_for_more_even_past_the_cut_off():
    order(24, rule={"min": 5, "cutoff": "09:00", "max_wait_s": 7200})

    plan(61)

    assert [(b.state, say(b.reasons["why"])) for b in live()] == [
        ("PROPOSED", "the minimum of 5 is not reached: 1 so far")
    ]


def test_a_rare_kind_goes_below_the_minimum_rather_than_never():
    bowl(24)
    mixer = make_centre("MIX-1")

    batching.plan_work_centre(work_centre_id=mixer.id, now=at(119))
    before = live()[0].state
    batching.plan_work_centre(work_centre_id=mixer.id, now=at(120))

    (batch,) = live()
    assert before == "PROPOSED"
    assert (batch.state, batch.frozen_because) == ("FROZEN", "MAX_WAIT")
    assert batch.reasons["filled_up"] == 15_000 - 24 * 50


def test_a_load_whose_wait_is_over_at_night_closes_when_work_begins():
    in_the_mornings("OVEN-1")
    order(rule={"max_wait_s": 4 * 3600})

    plan(4 * 60)
    plan(20 * 60)
    at_night = [(b.state, b.reasons["freeze_at_s"]) for b in live()]
    late = order(rule={"max_wait_s": 4 * 3600})
    plan(22 * 60)

    assert at_night == [("PROPOSED", seconds(at(22 * 60)))]
    assert [foresees(m * 60, rule={"max_wait_s": 4 * 3600}) for m in (20, 22)] == [
        False,
        True,
    ]
    assert [(b.state, b.frozen_because) for b in live()] == [("FROZEN", "MAX_WAIT")]
    assert late.number in numbers_in(live()[0])


def test_the_cut_off_closes_a_load_at_night_whose_wait_is_over_too():
    in_the_mornings("OVEN-1")

    assert freezes(20 * 60, {"max_wait_s": 4 * 3600, "cutoff": "04:00"}, "CUT_OFF")


def test_a_load_at_a_place_that_never_opens_again_closes_all_the_same():
    in_the_mornings("OVEN-1")
    Shift.objects.all().delete()
    order(rule={"max_wait_s": 600})

    plan(10)

    assert [b.state for b in live()] == ["FROZEN"]
