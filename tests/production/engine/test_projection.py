from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.calendar import weekly
from production.engine.demand import Basis, DemandError, Step
from production.engine.projection import NEVER, Lane, Work, project
from production.engine.promise import Crew, Place, Task, Works, look_ahead

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFICE = weekly("UTC", {day: [(time(8), time(16))] for day in range(5)})
CLOSED = weekly("UTC", {})
LANES = {"SAW": Lane(), "OVEN": Lane(), "BENCH": Lane(OFFICE, 2), "SHUT": Lane(CLOSED)}


def task(key, minutes, place="", after=(), family="", **words):
    own = ("max_wait_s", "cutoff", "is_customers")
    more = {name: words.pop(name) for name in own if name in words}
    basis = words.pop("basis", Basis.FIXED)
    step = Step(key, minutes * 60_000, basis, place, after=after, **words)
    return Task(step, family=family, **more)


def work(key, *tasks, begin=0):
    return Work(key, NOW + begin * MINUTE, tasks)


def ends(*works, **more):
    found = project(works, now=NOW, **{"lanes": LANES, **more})
    return {key: (end - NOW) / MINUTE for key, end in found.items()}


def test_work_waits_for_a_place_in_the_order_in_which_it_arrives():
    first = work("late", task("a", 10, "SAW"), begin=5)
    second = work("early", task("a", 10, "SAW"))

    assert ends(first, second) == {"late": 20, "early": 10}


def test_of_those_who_arrive_at_once_the_more_important_is_first():
    one, two = (work(key, task("a", 10, "SAW")) for key in ("one", "two"))

    assert ends(two, one) == {"two": 10, "one": 20}


def test_the_end_of_what_is_due_first_goes_before_the_beginning_of_the_rest():
    draw, finish = task("draw", 10, "SAW"), task("finish", 10, "SAW", after=("draw",))

    assert ends(*(work(n, draw, finish) for n in range(3))) == {0: 20, 1: 40, 2: 60}


def test_all_places_that_are_free_at_once_take_what_waits():
    """Two benches, ten minutes each; what came at once begins by importance."""
    works = [work(n, task("a", 10, "BENCH")) for n in range(5)]

    assert ends(*works) == {0: 10, 1: 10, 2: 20, 3: 20, 4: 30}


def test_a_place_is_not_kept_for_what_arrives_later():
    slow = work("slow", task("a", 60, "OVEN"), task("b", 10, "SAW", after=("a",)))
    quick = work("quick", task("b", 10, "SAW"))

    assert ends(slow, quick) == {"slow": 70, "quick": 10}


def test_branches_join_and_delays_hold_nothing_up():
    table = work(
        "table",
        task("draw", 10),
        task("agree", 99, after=("draw",), is_customers=True),
        task("top", 30, "SAW", after=("agree",), min_delay_s=600),
        task("legs", 20, after=("agree",)),
        task("join", 5, after=("top", "legs", "gone")),
    )

    assert ends(table) == {"table": 55}


def test_equal_places_work_side_by_side_in_working_time():
    works = [work(n, task("a", 300, "BENCH")) for n in range(3)]

    assert ends(*works) == {0: 300, 1: 300, 2: 24 * 60 + 120}


def test_what_is_alike_shares_a_load_with_room_that_has_not_begun():
    half = {"family": "OAK", "load_num": 1, "load_den": 2, "load_max": 1}
    works = [
        work(n, task("bake", 30, "OVEN", max_wait_s=600, **half), begin=begin)
        for n, begin in enumerate((0, 5, 6, 99))
    ]

    # Two halves make the first load; the third begins the second behind it.
    assert ends(*works) == {0: 40, 1: 40, 2: 70, 3: 139}


def test_a_load_waits_no_longer_than_to_the_cut_off_and_not_at_all_when_full():
    tray = {"family": "OAK", "load_num": 1, "load_den": 2, "load_max": 1}
    full = {**tray, "load_den": 1, "family": "ASH"}
    rules = {"max_wait_s": 3600, "cutoff": time(8, 15)}

    early = work("early", task("bake", 30, "OVEN", **rules, **tray))
    late = work("late", task("bake", 30, "OVEN", **rules, **tray), begin=20)
    whole = work("whole", task("bake", 30, "OVEN", **rules, **full))

    assert ends(early, late) == {"early": 45, "late": 110}
    assert ends(whole) == {"whole": 30}


def test_what_has_no_working_time_or_waits_for_itself_is_never_done():
    circle = work("circle", task("a", 1, after=("b",)), task("b", 1, after=("a",)))
    shut = work("shut", task("a", 1, "SHUT"), task("b", 1, "SAW", after=("a",)))
    alone = work("alone", task("b", 1, "SAW"))

    found = project([circle, shut, alone], now=NOW, lanes=LANES)

    assert found == {"circle": NEVER, "shut": NEVER, "alone": NOW + MINUTE}


def test_work_begins_when_somebody_is_there():
    late = weekly("UTC", {0: [(time(9), time(10))]})
    bake = work("bake", task("a", 10, "OVEN", skill="BAKE"))

    assert ends(bake, crews={"BAKE": Crew(NOW, (late,))}) == {"bake": 70}
    assert ends(bake, crews={"BAKE": Crew(NOW, (CLOSED,))})["bake"] > 10**6


def test_no_places_are_refused():
    with pytest.raises(DemandError, match="places, got 0"):
        Lane(None, 0)


minutes = st.integers(0, 600)
routes = st.lists(
    st.tuples(minutes, st.sampled_from(["", "SAW", "OVEN", "BENCH"])), max_size=5
)


def in_a_row(key, route, begin=0):
    tasks = [
        task(n, length, place, after=(n - 1,) if n else ())
        for n, (length, place) in enumerate(route)
    ]
    return work(key, *tasks, begin=begin)


@given(routes, minutes)
def test_work_alone_ends_when_it_would_be_promised(route, begin):
    alone = in_a_row("alone", route, begin)
    works = Works(
        {code: Place(NOW, lane.calendar) for code, lane in LANES.items()},
    )

    promised = look_ahead(alone.tasks, quantity=1, begin_at=alone.begin_at, works=works)

    assert project([alone], now=NOW, lanes=LANES)["alone"] == promised.ready_at


@given(st.lists(routes, min_size=1, max_size=4), minutes)
def test_nothing_is_done_before_its_own_time_and_each_is_told(many, begin):
    works = [in_a_row(n, route, begin) for n, route in enumerate(many)]

    found = project(works, now=NOW, lanes=LANES)

    assert list(found) == list(range(len(many)))
    for each, route in zip(works, many, strict=True):
        needed = sum(length for length, _place in route)
        assert found[each.key] >= NOW + (begin + needed) * MINUTE


@given(st.lists(routes, min_size=1, max_size=4), minutes)
def test_without_shared_places_work_does_not_meet(many, begin):
    works = [
        in_a_row(n, [(length, "") for length, _place in route], begin)
        for n, route in enumerate(many)
    ]

    together = project(works, now=NOW, lanes=LANES)

    for each in works:
        assert together[each.key] == project([each], now=NOW, lanes=LANES)[each.key]
