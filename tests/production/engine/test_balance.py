import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.balance import Task, balance_line
from production.engine.demand import DemandError

JUICE = [
    Task("wash", 9),
    Task("sort", 6, ("wash",)),
    Task("crush", 9, ("sort",)),
    Task("strain", 7, ("crush",)),
    Task("heat", 18, ("strain",)),
    Task("rinse", 5),
    Task("fill", 27, ("heat", "rinse")),
    Task("cap", 8, ("fill",)),
    Task("code", 4, ("cap",)),
    Task("label", 10, ("cap",)),
    Task("check", 6, ("label", "code")),
    Task("pack", 15, ("check",)),
]


def assert_balanced(tasks, stations, cycle):
    times = {task.key: task.time for task in tasks}
    place = {key: at for at, station in enumerate(stations) for key in station}
    assert sorted(key for station in stations for key in station) == sorted(times)
    assert all(sum(times[key] for key in one) <= cycle for one in stations)
    for at, station in enumerate(stations):
        done = {key for key, where in place.items() if where < at}
        for key in station:
            task = next(one for one in tasks if one.key == key)
            assert done.issuperset(task.after), key
            done.add(key)


def test_the_apple_line_needs_five_stations():
    balance = balance_line(JUICE, cycle=30)

    assert_balanced(JUICE, balance.stations, 30)
    assert (len(balance.stations), balance.lower_bound) == (5, 5)


def test_no_tasks_need_no_station():
    assert balance_line([], cycle=10).stations == ()


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([Task(1, 11)], "longer than the cycle"),
        ([Task(1, 1, (2,))], "unknown 2"),
        ([Task(1, 1, (2,)), Task(2, 1, (1,))], "circle"),
        ([Task(1, 1), Task(1, 2)], "twice"),
    ],
)
def test_tasks_that_cannot_be_balanced_are_refused(tasks, said):
    with pytest.raises(DemandError, match=said):
        balance_line(tasks, cycle=10)


@st.composite
def work(draw, most=9):
    n = draw(st.integers(1, most))
    return [
        Task(
            key,
            draw(st.integers(0, 10)),
            tuple(
                sorted(draw(st.sets(st.integers(0, key - 1), max_size=2)))
                if key
                else ()
            ),
        )
        for key in range(n)
    ]


@given(work(12), st.randoms(use_true_random=False))
def test_every_task_is_at_one_station_after_its_predecessors(tasks, rng):
    shuffled = tasks.copy()
    rng.shuffle(shuffled)
    balance = balance_line(shuffled, cycle=12)

    assert_balanced(tasks, balance.stations, 12)
    assert len(balance.stations) >= balance.lower_bound
    assert balance == balance_line(tasks, cycle=12)


def fewest_stations(tasks, cycle):
    """Try all orders of the tasks, each filled into stations from the front."""

    @cache
    def least(done, free):
        if len(done) == len(tasks):
            return 0
        found = len(tasks) + 1
        for task in tasks:
            if task.key in done or not done.issuperset(task.after):
                continue
            if task.time <= free:
                found = min(found, least(done | {task.key}, free - task.time))
            else:
                found = min(found, 1 + least(done | {task.key}, cycle - task.time))
        return found

    return 1 + least(frozenset(), cycle)


@given(work(7))
def test_the_instant_balance_is_at_most_one_station_above_the_best(tasks):
    best = fewest_stations(tasks, 12)

    assert best <= len(balance_line(tasks, cycle=12).stations) <= best + 1


def some_work(seed, n):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    return [
        Task(
            key,
            rng.randint(1, 10),
            tuple(sorted(rng.sample(range(key), min(key, rng.randint(0, 2))))),
        )
        for key in range(n)
    ]


def assert_fewest(seed, n):
    tasks = some_work(seed, n)

    balance = balance_line(tasks, cycle=12, seconds=None, moves=1_000_000)

    assert_balanced(tasks, balance.stations, 12)
    best = fewest_stations(tasks, 12)
    assert (len(balance.stations), balance.lower_bound) == (best, best)


@pytest.mark.parametrize("seed", range(30))
def test_eight_tasks_need_no_more_stations_than_by_trying_everything(seed):
    assert_fewest(seed, 8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_twelve_tasks_need_no_more_stations_than_by_trying_everything(seed):
    assert_fewest(seed, 9 + seed % 4)


def test_a_stopped_balance_is_whole():
    tasks = some_work(5, 60)

    balance = balance_line(tasks, cycle=14, seconds=60, should_stop=lambda: True)

    assert_balanced(tasks, balance.stations, 14)
    assert len(balance.stations) >= balance.lower_bound
