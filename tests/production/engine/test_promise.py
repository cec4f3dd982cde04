from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.ahead import Ahead, free_at, list_taken
from production.engine.calendar import CalendarError, weekly
from production.engine.demand import Basis, DemandError, Setup, Step
from production.engine.promise import (
    Crew,
    OpenLoad,
    Place,
    Supply,
    Task,
    Works,
    after_working_days,
    look_ahead,
    supplied_at,
)

BERLIN = ZoneInfo("Europe/Berlin")
BAKE = weekly("Europe/Berlin", {day: [(time(2), time(10))] for day in range(6)})
EVENING = datetime(2025, 11, 21, 16, tzinfo=BERLIN)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TASKS = (
    Task(Step("mix", 900_000, basis=Basis.LOAD, resource="MIX", load_max=1200)),
    Task(
        Step(
            "bake",
            840_000,
            basis=Basis.LOAD,
            resource="OVEN",
            after=("mix",),
            setup=Setup(internal_s=60),
            load_max=432,
        )
    ),
    Task(Step("cool", 1_800_000, basis=Basis.DELAY, after=("bake",))),
)


def place(busy_s=0, calendar=BAKE, *loads):
    ahead = [Ahead(busy_s, EVENING)]
    return Place(free_at(ahead, now=EVENING, calendar=calendar), calendar, loads)


def works(mix_s=0, oven_s=0, *loads, **crews):
    places = {"MIX": place(mix_s), "OVEN": place(oven_s, BAKE, *loads)}
    return Works(places=places, crews=crews)


def look(tasks=TASKS, **more):
    asked: dict[str, Any] = {"quantity": 600, "begin_at": EVENING, "works": works()}
    return look_ahead(tasks, **(asked | more))


def ready(tasks=TASKS, **more):
    return look(tasks, **more).ready_at


def local(hour, minute=0, day=22):
    return datetime(2025, 11, day, hour, minute, tzinfo=BERLIN)


def test_baking_starts_in_the_night_and_cooling_needs_nobody():
    done = ready()

    assert done.tzinfo is UTC
    assert done == local(3, 14)


def test_work_ahead_is_done_while_the_steps_before_are_made():
    assert ready(works=works(oven_s=900)) == ready()
    assert ready(works=works(oven_s=1500)) == ready() + 10 * MINUTE
    assert ready(works=works(mix_s=600)) == ready() + 10 * MINUTE


def test_it_says_which_place_it_waits_for_longest():
    outlook = look(works=works(oven_s=8 * 3600))

    assert (outlook.slowest, outlook.waited_s) == ("OVEN", 7 * 3600 + 45 * 60)
    assert not outlook.is_skill


def test_branches_run_side_by_side():
    branches = [
        Task(Step("a", 1000, basis=Basis.FIXED)),
        Task(Step("b", 5000, basis=Basis.FIXED, after=("a",))),
        Task(Step("c", 9000, basis=Basis.FIXED, after=("a",), min_delay_s=1)),
    ]

    assert (ready(branches) - EVENING).total_seconds() == 11


def test_no_tasks_are_ready_at_once():
    assert ready(()) == EVENING


def oven_task(**words):
    step = Step("bake", 840_000, Basis.LOAD, "OVEN", load_max=432)
    return Task(step, **{"family": "COOKIE", "max_wait_s": 2700, **words})


def test_a_load_of_its_own_waits_until_it_is_full_too_old_or_past_the_cut_off():
    night = {"begin_at": local(2), "quantity": 100}

    assert ready([oven_task()], **night) == local(2, 59)
    assert ready([oven_task()], begin_at=local(2), quantity=432) == local(2, 14)
    assert ready([oven_task(cutoff=time(2, 10))], **night) == local(2, 24)
    assert ready([oven_task(family="")], **night) == local(2, 14)


def an_open_load(minutes, *, family="COOKIE", room=200, number="B-17"):
    closes = local(2) + minutes * MINUTE
    return OpenLoad(number, family, room * 1000, closes, closes)


@pytest.mark.parametrize(
    ("load", "joins"),
    [
        (an_open_load(5), ("B-17",)),
        (an_open_load(0), ("B-17",)),
        (an_open_load(-1), ()),
        (an_open_load(5, family="MUFFIN"), ()),
        (an_open_load(5, room=99), ()),
        (an_open_load(50), ()),
    ],
)
def test_it_joins_a_load_of_its_family_that_has_room_and_begins_earlier(load, joins):
    outlook = look(
        [oven_task()], works=works(0, 0, load), begin_at=local(2), quantity=100
    )

    assert tuple(outlook.joins) == joins
    taken = ({"B-17": 100_000}, {}) if joins else ({}, {"OVEN": 840})
    assert (outlook.joins, outlook.work_s) == taken
    begins = load.begins_at if joins else local(2, 45)
    assert outlook.ready_at == begins + 14 * MINUTE


def test_the_customers_answer_takes_no_time_and_materials_are_needed_after_it():
    tasks = [
        Task(Step("draw", 3_600_000, Basis.FIXED)),
        Task(Step("agree", 10**9, Basis.DELAY, after=("draw",)), is_customers=True),
        Task(Step("saw", 3_600_000, Basis.FIXED, after=("agree",))),
    ]

    assert ready(tasks) == EVENING + 2 * HOUR
    assert ready(tasks, materials_at=EVENING + HOUR) == EVENING + 2 * HOUR
    assert ready(tasks, materials_at=EVENING + DAY) == EVENING + DAY + HOUR
    assert ready(tasks[:1], materials_at=EVENING + DAY) == EVENING + DAY + HOUR


def test_an_outside_supplier_takes_working_days():
    office = weekly("Europe/Berlin", {day: [(time(8), time(17))] for day in range(5)})
    tasks = [Task(Step("chrome", 0, Basis.DELAY, "EXT"), lead_days=5)]
    shop = Works({"EXT": Place(EVENING, office)})

    assert ready(tasks, works=shop) == EVENING + 7 * DAY


def test_work_begins_when_somebody_can_do_it():
    tasks = [Task(Step("ice", 60_000, Basis.FIXED, "MIX", skill="PIPING"))]
    late = weekly("Europe/Berlin", {day: [(time(6), time(14))] for day in range(5)})

    alone = ready(tasks, works=works(PIPING=Crew(EVENING, (late,))))
    both = ready(tasks, works=works(PIPING=Crew(EVENING, (late, BAKE))))

    assert alone == local(6, 1, day=24)
    assert both == local(2, 1)


def test_what_only_waits_holds_its_place_day_and_night():
    tasks = [Task(Step("dry", 12 * 3_600_000, Basis.DELAY, "OVEN"))]

    assert ready(tasks, works=works(0, 600)) == local(2, 10) + 12 * HOUR


def test_work_ahead_is_done_in_the_order_in_which_it_may_begin():
    early, late = Ahead(600, EVENING), Ahead(600, EVENING + HOUR)

    assert free_at([late, early], now=EVENING) == EVENING + HOUR + 10 * MINUTE
    assert free_at([late, early], now=EVENING, n_places=2) == EVENING + HOUR + (
        5 * MINUTE
    )
    assert free_at([], now=EVENING) == EVENING


def test_working_days_leave_out_those_on_which_nobody_works():
    assert after_working_days(EVENING, 1) == EVENING + 3 * DAY
    assert after_working_days(EVENING, 1, calendar=BAKE) == EVENING + DAY
    assert after_working_days(EVENING, 0) == EVENING
    with pytest.raises(CalendarError):
        after_working_days(EVENING, 1, calendar=weekly("UTC", {}))


def test_less_than_no_work_is_refused():
    with pytest.raises(DemandError, match="work ahead, got -1 s"):
        Ahead(-1, EVENING)
    with pytest.raises(DemandError, match="wait of bake"):
        oven_task(lead_days=-1)


HELD = ((EVENING + 2 * HOUR, 30), (EVENING + HOUR, 20))


@pytest.mark.parametrize(
    ("needed", "days", "hours"),
    [
        (10, 0, 0),
        (11, 0, 1),
        (30, 0, 1),
        (60, 0, 2),
        (61, 3, 24),
        (160, 3, 24),
        (161, 6, 24),
    ],
)
def test_stock_comes_from_what_is_free_then_held_then_made(needed, days, hours):
    supply = Supply(15, 5, HELD, run_size=100, lead_days=3, hold_s=86_400)

    at = supplied_at(supply, needed, now=EVENING)

    assert at == EVENING + days * DAY + hours * HOUR


seconds = st.integers(0, 300_000)
pieces = st.integers(1, 5000)


@given(pieces, pieces)
def test_more_pieces_are_never_ready_earlier(one, two):
    few, many = min(one, two), max(one, two)

    assert ready(quantity=few) <= ready(quantity=many)


@given(seconds, seconds, seconds, seconds)
def test_more_load_never_gives_an_earlier_date(mix_s, oven_s, more_mix_s, more_oven_s):
    less, more = works(mix_s, oven_s), works(mix_s + more_mix_s, oven_s + more_oven_s)

    assert ready(works=less) <= ready(works=more)


ahead = st.builds(
    Ahead, st.integers(0, 90_000), st.integers(0, 200).map(lambda n: EVENING + n * HOUR)
)


@given(st.lists(ahead, max_size=5), ahead, st.integers(1, 3))
def test_more_work_ahead_never_frees_a_place_earlier(before, another, n_places):
    def free(work):
        return free_at(work, now=EVENING, calendar=BAKE, n_places=n_places)

    assert free(before) <= free([*before, another])
    assert free(before) == free(before[::-1])


coming = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 240)), max_size=5)


@given(coming)
def test_a_place_does_what_comes_to_it_as_a_walk_minute_by_minute_says(pairs):
    work = [Ahead(n * 60, EVENING + at * MINUTE) for n, at in pairs]
    busy, left = [], 0
    for minute in range(600):
        left += sum(n for n, at in pairs if at == minute)
        busy += [EVENING + minute * MINUTE] * bool(left)
        left -= bool(left)

    taken = list_taken(work, now=EVENING)

    found = [at + n * MINUTE for at, end in taken for n in range((end - at) // MINUTE)]
    assert found == busy
    place = Place(EVENING, taken=taken)
    free = [at for at in busy if place.free_from(at) == at]
    assert free == []


def test_who_comes_before_what_is_on_its_way_does_not_wait_for_it():
    later = Ahead(3600, EVENING + 2 * HOUR), Ahead(3600, EVENING + 5 * HOUR)
    place = Place(EVENING + HOUR, taken=list_taken(later, now=EVENING + HOUR))

    found = [place.free_from(EVENING + n * HOUR / 2) for n in (0, 3, 5, 6, 11, 12)]

    assert [(at - EVENING) / HOUR for at in found] == [1, 1.5, 3, 3, 6, 6]


@given(pieces, st.integers(0, 7200), st.integers(0, 500), st.booleans())
def test_an_open_load_never_gives_a_later_date(quantity, begins_s, room, same):
    begins = local(2) + timedelta(seconds=begins_s)
    family = "COOKIE" if same else "MUFFIN"
    load = OpenLoad("B", family, room * 1000, begins, begins)
    night: dict[str, Any] = {"begin_at": local(2), "quantity": quantity}

    without = ready([oven_task()], **night)
    with_it = ready([oven_task()], works=works(0, 0, load), **night)

    assert with_it <= without
    assert same or with_it == without


supplies = st.builds(
    Supply,
    free=st.integers(0, 100),
    waiting=st.integers(0, 300),
    held=st.lists(
        st.tuples(st.integers(0, 90).map(lambda n: EVENING + n * HOUR), st.just(20))
    ).map(tuple),
    run_size=st.one_of(st.none(), st.integers(1, 90)),
    lead_days=st.integers(0, 5),
    hold_s=st.integers(0, 90_000),
)


@given(supplies, st.integers(1, 300), st.integers(0, 100))
def test_more_wanted_of_stock_never_comes_earlier(supply, needed, more):
    assert supplied_at(supply, needed, now=EVENING) <= supplied_at(
        supply, needed + more, now=EVENING
    )


def walk(work_min, start):
    """Work minute by minute, as a slow second opinion."""
    at = start
    while work_min:
        work_min -= BAKE.is_open(at)
        at += MINUTE
    return at


minutes = st.integers(1, 100)


@given(minutes, minutes, st.integers(0, 200))
def test_the_date_equals_a_walk_minute_by_minute(mix_min, bake_min, ahead_min):
    start = local(8, 30)
    tasks = [
        Task(Step("mix", mix_min * 60_000, Basis.FIXED, "MIX")),
        Task(Step("bake", bake_min * 60_000, Basis.FIXED, "OVEN", after=("mix",))),
    ]
    ahead = [Ahead(ahead_min * 60, start)]
    oven = Place(free_at(ahead, now=start, calendar=BAKE), BAKE)
    shop = Works({"MIX": Place(start, BAKE), "OVEN": oven})

    mixed = walk(mix_min, start)
    expected = walk(bake_min, max(mixed, walk(ahead_min, start)))

    outlook = look_ahead(tasks, quantity=1, begin_at=start, works=shop)
    assert outlook.ready_at == expected
