import random
import time
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Progress
from production.engine.demand import DemandError
from production.engine.jobshop import JobShop, solve_jobshop
from tests.support.cpu import SOON_S, CpuClock

FT06 = JobShop(
    (
        ((2, 1), (0, 3), (1, 6), (3, 7), (5, 3), (4, 6)),
        ((1, 8), (2, 5), (4, 10), (5, 10), (0, 10), (3, 4)),
        ((2, 5), (3, 4), (5, 8), (0, 9), (1, 1), (4, 7)),
        ((1, 5), (0, 5), (2, 5), (3, 3), (4, 8), (5, 9)),
        ((2, 9), (1, 3), (4, 5), (5, 4), (0, 3), (3, 1)),
        ((1, 3), (3, 3), (5, 9), (0, 10), (4, 4), (2, 1)),
    )
)


def assert_valid(shop, plan, workers=None):
    by_id = {(task.job, task.operation): task for task in plan.tasks}
    assert len(by_id) == len(plan.tasks) == sum(len(job) for job in shop.jobs)
    for job, operations in enumerate(shop.jobs):
        ready = 0
        for place, (machine, duration) in enumerate(operations):
            task = by_id[(job, place)]
            assert (task.machine, task.end - task.start) == (machine, duration)
            assert task.start >= ready
            ready = task.end
            assert (task.worker is None) == (workers is None)
            assert workers is None or 0 <= task.worker < workers
    for one, two in permutations(plan.tasks, 2):
        overlaps = one.start < two.end and two.start < one.end
        if overlaps and one.end > one.start and two.end > two.start:
            assert one.machine != two.machine
            assert workers is None or one.worker != two.worker
    assert plan.makespan == max((task.end for task in plan.tasks), default=0)
    assert plan.lower_bound <= plan.makespan


def test_the_classic_of_six_jobs_is_solved_to_its_optimum():
    plan = solve_jobshop(FT06, seconds=20)

    assert_valid(FT06, plan)
    assert (plan.makespan, plan.lower_bound) == (55, 55)


def test_with_a_limit_in_moves_the_schedule_is_always_the_same():
    plans = [solve_jobshop(FT06, seconds=None, moves=3_000, seed=2) for _ in range(2)]

    assert_valid(FT06, plans[0])
    assert plans[0] == plans[1]
    assert plans[0].makespan <= solve_jobshop(FT06).makespan


def test_a_search_needs_a_limit():
    with pytest.raises(DemandError, match="without a limit"):
        solve_jobshop(FT06, seconds=None)


def test_the_dispatch_answer_comes_at_once_and_is_valid():
    plan = solve_jobshop(FT06)

    assert_valid(FT06, plan)
    assert 55 <= plan.makespan <= 75


def test_a_few_workers_serve_all_machines_one_at_a_time():
    plan = solve_jobshop(FT06, workers=2, seconds=1)

    assert_valid(FT06, plan, workers=2)
    assert plan.makespan >= -(-FT06.horizon // 2)


def test_a_search_stops_when_told():
    shop = JobShop(
        tuple(
            tuple(
                ((job * 7 + place * 3) % 11, 1 + job * place % 17)
                for place in range(11)
            )
            for job in range(15)
        )
    )
    begun = time.monotonic()

    plan = solve_jobshop(shop, seconds=60, should_stop=lambda: True)

    assert_valid(shop, plan)
    assert time.monotonic() - begun < 10


def test_no_jobs_take_no_time():
    assert solve_jobshop(JobShop(()), seconds=1).makespan == 0


def test_work_without_a_worker_is_refused():
    with pytest.raises(DemandError, match="worker"):
        solve_jobshop(FT06, workers=0)
    with pytest.raises(DemandError, match="job 0"):
        JobShop((((0, -1),),))


small = st.lists(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=3),
    min_size=1,
    max_size=3,
).map(lambda jobs: JobShop(tuple(tuple(job) for job in jobs)))


def best_of_all_orders(shop, workers):
    """Try every order in which operations could be started, each as early as may be."""
    best = shop.horizon

    def start(done, machines, jobs, people):
        nonlocal best
        if all(len(job) == n for job, n in zip(shop.jobs, done, strict=True)):
            best = min(best, max(jobs))
            return
        for job, operations in enumerate(shop.jobs):
            if done[job] == len(operations):
                continue
            machine, duration = operations[done[job]]
            at = max(jobs[job], machines.get(machine, 0))
            staff = sorted(people)
            if staff:
                at = max(at, staff[0])
                staff = sorted([at + duration, *staff[1:]])
            if at + duration >= best:
                continue
            start(
                [*done[:job], done[job] + 1, *done[job + 1 :]],
                machines | {machine: at + duration},
                [*jobs[:job], at + duration, *jobs[job + 1 :]],
                staff,
            )

    n_jobs = len(shop.jobs)
    start([0] * n_jobs, {}, [0] * n_jobs, [0] * workers)
    return best


def assert_as_trying_everything(shop, workers):
    plan = solve_jobshop(shop, workers=workers, seconds=None, moves=10**6)

    assert_valid(shop, plan, workers)
    assert plan.makespan == best_of_all_orders(shop, workers or 0)
    assert plan.lower_bound == plan.makespan


@settings(max_examples=25, deadline=None)
@given(small, st.sampled_from([None, 2]))
def test_a_tiny_shop_is_solved_as_by_trying_everything(shop, workers):
    assert_as_trying_everything(shop, workers)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_a_small_shop_is_solved_as_by_trying_everything(seed):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    shop = JobShop(
        tuple(
            tuple((rng.randrange(3), rng.randint(0, 9)) for _ in range(2 + seed % 2))
            for _ in range(3)
        )
    )

    assert_as_trying_everything(shop, rng.choice([None, 1, 2]))


def test_a_running_search_stops_soon_after_it_is_told():
    rng = random.Random(1)  # noqa: S311 -- a seeded instance
    shop = JobShop(
        tuple(
            tuple((m, rng.randint(1, 99)) for m in rng.sample(range(15), 15))
            for _ in range(15)
        )
    )
    # A solver's winding up takes longer now and then, where others want the machine.
    assert min(overrun(shop) for _attempt in range(3)) <= SOON_S


def overrun(shop):
    """Stop a search in its midst; say how long it went on, its plan being whole."""
    told: list[Progress] = []
    stopped_s: list[float] = []
    clock = CpuClock()

    def stop():
        if len(told) > 1:
            stopped_s.append(clock.now_s())
        return bool(stopped_s)

    plan = solve_jobshop(shop, seconds=60, on_progress=told.append, should_stop=stop)

    over_s = clock.now_s() - stopped_s[0]
    assert_valid(shop, plan)
    assert told[-1].objective[0] >= plan.makespan
    return over_s
