"""Planning as the floor does it: again and again while orders keep coming."""

import pickle
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget
from production.engine.demand import Demand, Key
from production.engine.methods import METHODS, get_method
from production.engine.plan import Plan
from tests.production.engine.methods.test_contract import SHOP, bake, work_of
from tests.production.engine.test_changeover import STATES

MAX_WAIT_S = SHOP.resources[0].max_wait_s
CAPACITY = SHOP.resources[0].capacity or 0


@st.composite
def arrivals(draw):
    """Orders that come within an hour, each with its own due time."""

    def one(key):
        family = draw(st.sampled_from("ABC"))
        arrived_s = draw(st.integers(0, 3600))
        return Demand(
            key=key,
            family=family,
            quantity=draw(st.integers(1, 50)),
            arrived_s=arrived_s,
            due_s=arrived_s + draw(st.integers(0, 7200)),
            weight=draw(st.integers(1, 3)),
            attributes={"colour": draw(st.sampled_from("XYZ"))},
            steps=(bake(STATES["ABC".index(family)]),),
        )

    return [one(key) for key in range(draw(st.integers(1, 6)))]


class Floor:
    """What the plan in force has brought about until now."""

    def __init__(self, code):
        self.code = code
        self.plan = Plan(code)
        self.shop = SHOP
        self.done: Counter[Key] = Counter()
        self.finished = set()

    def goes_on_to(self, now_s):
        """Let what has ended leave; the machine keeps its state, stock is booked."""
        self._book(now_s)
        for task in self.plan.tasks:
            name = (task.demand, task.step, task.slot, task.start_s, task.quantity)
            if task.end_s <= now_s and name not in self.finished:
                self.finished.add(name)
                self.done[task.demand] += task.quantity

    def _book(self, now_s):
        if self.code == "FLOW":
            return
        over = [g for g in self.plan.groups if g.freeze and g.end_s <= now_s]
        if over:
            latest = max(over, key=lambda group: group.end_s)
            state = STATES["ABC".index(latest.family)]
            oven = replace(self.shop.resources[0], state=state, free_s=latest.end_s)
            resources = (oven, *self.shop.resources[1:])
            self.shop = replace(self.shop, resources=resources)

    def plans(self, some, now_s):
        self.plan = get_method(self.code).plan(
            some,
            shop=self.shop,
            now_s=now_s,
            previous=self.plan,
            budget=Budget(moves=20),
        )
        return self.plan


def begun_of(plan, now_s):
    """Give the bytes of what has begun and is not over, place in the plan apart."""
    return Counter(
        pickle.dumps(replace(task, group=None))
        for task in plan.tasks
        if task.start_s <= now_s < task.end_s
    )


@pytest.mark.parametrize("code", METHODS)
@settings(max_examples=12, deadline=None)
@given(coming=arrivals())
def test_while_orders_keep_coming_what_has_begun_stays_and_nothing_is_lost(
    code, coming
):
    floor = Floor(code)
    ticks = {one.arrived_s for one in coming} | {
        one.arrived_s + MAX_WAIT_S for one in coming
    }
    for now_s in sorted(ticks):
        floor.goes_on_to(now_s)
        there = [one for one in coming if one.arrived_s <= now_s]
        left = [one for one in there if floor.done[one.key] < one.quantity]
        before = floor.plan

        plan = floor.plans(left, now_s)

        assert begun_of(before, now_s) <= begun_of(plan, now_s)
        told: Counter[Key] = Counter()
        for one in (*plan.tasks, *plan.unplanned):
            told[one.demand] += one.quantity
        assert told == Counter({one.key: one.quantity for one in left})
        for out in plan.unplanned:
            assert str(out.reason)
        assert work_of(floor.plans(left, now_s)) == work_of(plan)


@settings(max_examples=25, deadline=None)
@given(coming=arrivals())
def test_no_order_waits_for_company_longer_than_it_may(coming):
    """Looked at whenever a clock says so, a load leaves in time for its oldest."""
    floor = Floor("BATCH")
    ticks = sorted(
        {one.arrived_s for one in coming}
        | {one.arrived_s + MAX_WAIT_S for one in coming}
    )
    frozen_at: dict[int, int] = {}
    for now_s in ticks:
        floor.goes_on_to(now_s)
        there = [one for one in coming if one.arrived_s <= now_s]
        left = [one for one in there if floor.done[one.key] < one.quantity]
        plan = floor.plans(left, now_s)
        for group in plan.groups:
            assert group.quantity <= CAPACITY
            for member in group.members if group.freeze else ():
                frozen_at.setdefault(int(member.key), now_s)

    assert frozen_at.keys() == {one.key for one in coming}
    for one in coming:
        assert frozen_at[int(one.key)] <= one.arrived_s + MAX_WAIT_S


@settings(max_examples=15, deadline=None)
@given(coming=arrivals())
def test_a_load_that_is_frozen_keeps_its_members_until_it_is_done(coming):
    floor = Floor("BATCH")
    for now_s in sorted({one.arrived_s + wait for one in coming for wait in (0, 600)}):
        floor.goes_on_to(now_s)
        there = [one for one in coming if one.arrived_s <= now_s]
        left = [one for one in there if floor.done[one.key] < one.quantity]
        before = loads_of(floor.plan, {one.key for one in left})

        plan = floor.plans(left, now_s)

        assert before <= loads_of(plan, {one.key for one in left})


def loads_of(plan, keys):
    """Count the frozen loads whose members are all still asked for."""
    return Counter(
        tuple((member.key, member.quantity) for member in group.members)
        for group in plan.groups
        if group.freeze and {member.key for member in group.members} <= keys
    )
