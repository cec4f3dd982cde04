from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from production.engine.batch_plan import plan_over_time
from production.engine.demand import Demand


def order(key, quantity, *, arrived_s=0, due_s=10_000, family="A"):
    return Demand(key, family, quantity, arrived_s, due_s)


def plan(orders, **more):
    asked = {"capacity": 10, "max_wait_s": 100, "run_s": 50}
    return plan_over_time(orders, **(asked | more))


def rows(found):
    return [(b.members, b.frozen_because, b.at_s) for b in found.batches]


def test_no_orders_need_no_load():
    found = plan([])

    assert (found.batches, found.lower_bound) == ((), 0)


def test_a_load_leaves_as_soon_as_it_is_exactly_full():
    found = plan([order(1, 4), order(2, 6, arrived_s=30)])

    assert rows(found) == [(((1, 4), (2, 6)), "FULL", 30)]


def test_a_load_leaves_when_its_oldest_has_waited_the_maximum():
    found = plan([order(1, 4, arrived_s=5), order(2, 3, arrived_s=60)])

    assert rows(found) == [(((1, 4), (2, 3)), "MAX_WAIT", 105)]


def test_a_load_leaves_while_its_due_date_can_still_be_kept():
    found = plan([order(1, 4, due_s=90), order(2, 3, arrived_s=41)])

    assert rows(found) == [
        (((1, 4),), "DUE_DATE", 40),
        (((2, 3),), "MAX_WAIT", 141),
    ]


def test_those_who_arrive_at_the_last_moment_come_along():
    found = plan([order(1, 4, due_s=90), order(2, 3, arrived_s=40)])

    assert rows(found) == [(((1, 4), (2, 3)), "DUE_DATE", 40)]


def test_an_order_above_the_capacity_is_cut_into_full_loads_and_a_rest():
    found = plan([order(1, 23)])

    assert rows(found) == [
        (((1, 10),), "FULL", 0),
        (((1, 10),), "FULL", 0),
        (((1, 3),), "MAX_WAIT", 100),
    ]
    assert found.lower_bound == 3


def test_below_the_minimum_a_load_waits_for_more():
    found = plan([order(1, 4), order(2, 3, arrived_s=300)], minimum=6)

    assert rows(found) == [(((1, 4), (2, 3)), "MAX_WAIT", 300)]


def test_what_never_reaches_the_minimum_says_so():
    assert rows(plan([order(1, 4)], minimum=6)) == [(((1, 4),), "BELOW_MINIMUM", 100)]


orders = st.lists(
    st.builds(
        lambda quantity, arrived_s, slack_s, family: (
            quantity,
            arrived_s,
            arrived_s + slack_s,
            family,
        ),
        st.integers(1, 35),
        st.integers(0, 400),
        st.integers(0, 300),
        st.sampled_from("AB"),
    ),
    max_size=25,
)


@given(orders, st.integers(0, 10), st.randoms(use_true_random=False))
def test_a_validator_that_knows_only_the_rules_finds_nothing_wrong(some, minimum, rng):
    demands = [
        order(key, quantity, arrived_s=arrived, due_s=due, family=family)
        for key, (quantity, arrived, due, family) in enumerate(some)
    ]
    found = plan(demands, minimum=minimum)

    made: dict[Any, int] = defaultdict(int)
    for batch in found.batches:
        load = sum(quantity for _, quantity in batch.members)
        assert 1 <= load <= 10
        assert load >= minimum or batch.frozen_because == "BELOW_MINIMUM"
        for key, quantity in batch.members:
            made[key] += quantity
            assert demands[key].family == batch.family
            assert demands[key].arrived_s <= batch.at_s
            if minimum == 0:
                assert batch.at_s <= demands[key].arrived_s + 100
                latest_s = max(demands[key].arrived_s, demands[key].due_s - 50)
                assert batch.at_s <= latest_s
    assert made == {demand.key: demand.quantity for demand in demands}
    sums: dict[str, int] = defaultdict(int)
    for demand in demands:
        sums[demand.family] += demand.quantity
    assert found.lower_bound == sum(-(-total // 10) for total in sums.values())
    assert len(found.batches) >= found.lower_bound
    shuffled = demands.copy()
    rng.shuffle(shuffled)
    assert plan(shuffled, minimum=minimum) == found
