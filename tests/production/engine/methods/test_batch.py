from typing import Any

import pytest

from production.engine.demand import Basis, Demand, DemandError, Resource, Setup, Step
from production.engine.methods.batch import plan
from production.engine.plan import Shop
from tests.production.engine.test_changeover import COOKIE, CROISSANT, MUFFIN, OVEN

RUN_MS = {"COOKIE": 840_000, "MUFFIN": 1_380_000, "CROISSANT": 1_080_000}
TRAY = {"COOKIE": 24, "MUFFIN": 20, "CROISSANT": 15}


def order(key, state, quantity, **more):
    name = state["programme"]
    bake = Step(
        "bake",
        RUN_MS[name],
        basis=Basis.LOAD,
        resource="OVEN-1",
        setup=Setup("OVEN", state, internal_s=60),
    )
    return Demand(
        key,
        f"programme={name}",
        quantity,
        attributes={"programme": name},
        load_num=1,
        load_den=TRAY[name],
        steps=(bake,),
        **more,
    )


def bakery(**more):
    oven: dict[str, Any] = {
        "code": "OVEN-1",
        "capacity": 18,
        "max_wait_s": 2700,
        "state": COOKIE,
    }
    return Shop(resources=(Resource(**(oven | more)),), matrices={"OVEN": OVEN})


def test_one_oven_bakes_cookies_then_muffins_then_croissants():
    orders = [
        order(1, CROISSANT, 270),
        order(2, COOKIE, 400),
        order(3, MUFFIN, 360),
        order(4, COOKIE, 32),
    ]

    baked = plan(orders, shop=bakery(), now_s=0)

    assert [(g.family, g.quantity, g.because.code) for g in baked.groups] == [
        ("programme=COOKIE", 432, "FULL"),
        ("programme=MUFFIN", 360, "FULL"),
        ("programme=CROISSANT", 270, "FULL"),
    ]
    assert [g.setup.rule_code for g in baked.groups if g.setup] == [
        "SAME",
        "HOTTER",
        "HOTTER",
    ]
    cookies, muffins, croissants = baked.groups
    assert (cookies.start_s, cookies.end_s) == (60, 900)
    assert muffins.start_s == 900 + 360 + 60
    assert croissants.end_s == muffins.end_s + 540 + 60 + 1080
    assert baked.objective == (0, 60 + 420 + 600)
    assert {t.demand: t.group for t in baked.tasks} == {2: 0, 4: 0, 3: 1, 1: 2}


def test_a_load_with_room_waits_and_its_members_know_why():
    waiting = plan([order(1, COOKIE, 48)], shop=bakery(), now_s=0)

    assert waiting.tasks == ()
    (group,) = waiting.groups
    assert (group.freeze, group.start_s) == (False, 2700)
    assert [str(one.reason) for one in waiting.unplanned] == ["may still take more"]


def test_an_order_of_600_croissants_needs_three_loads():
    baked = plan([order(1, CROISSANT, 600)], shop=bakery(max_wait_s=0), now_s=0)

    assert [group.quantity for group in baked.groups] == [270, 270, 60]
    assert [task.quantity for task in baked.tasks] == [270, 270, 60]


def test_the_oven_stands_while_the_bakery_is_closed():
    shop = bakery(openings=((1000, 1500), (2000, 9000)))

    baked = plan([order(1, COOKIE, 432)], shop=shop, now_s=0)

    (group,) = baked.groups
    assert (group.setup_from_s, group.start_s, group.end_s) == (1000, 1060, 2400)


def test_what_finds_no_time_says_so():
    shop = bakery(openings=((1000, 1500),))

    baked = plan([order(1, COOKIE, 432)], shop=shop, now_s=0)

    assert [one.reason.code for one in baked.unplanned] == ["NO_TIME"]


def test_a_gang_of_designs_runs_as_many_sheets_as_the_longest_member():
    def flyer(key, slots):
        step = Step("print", 360, basis=Basis.SHEET, resource="PRESS")
        return Demand(
            key, "G135", 500, load_num=slots, load_den=500, steps=(step,), due_s=0
        )

    press = Shop(resources=(Resource("PRESS", capacity=16),))

    printed = plan([flyer(1, 4), flyer(2, 1)], shop=press, now_s=0)

    (group,) = printed.groups
    assert (group.end_s - group.start_s, group.quantity) == (180, 1000)


@pytest.mark.parametrize(
    ("shop", "said"),
    [
        (Shop(), "needs a resource"),
        (Shop(resources=(Resource("OVEN-1"),)), "OVEN-1 says no capacity"),
        (Shop(resources=(Resource("O", capacity=18),)), "no set-up matrix OVEN"),
    ],
)
def test_a_shop_that_lacks_something_is_refused_by_name(shop, said):
    with pytest.raises(DemandError, match=said):
        plan([order(1, COOKIE, 432)], shop=shop, now_s=0)
