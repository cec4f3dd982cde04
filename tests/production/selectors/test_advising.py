"""What the advisor reads of orders, releases and the plant."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order, OrderLine
from production.engine.advice import advise
from production.engine.cutoff import Closing, CutoffClock
from production.models import Line, SequenceRule
from production.selectors.advice import Question, get_advice
from production.selectors.advising import AdviceError, build_demand
from production.selectors.routings import list_routes
from tests.factories.production import (
    NOW,
    SHIRT,
    batch_order,
    make_places,
    order_of,
    publish,
)
from tests.production.selectors.quotes import publish_juice

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def demand_for(release, n_orders=60):
    return build_demand(product=release.product.slug, n_orders=n_orders, now=LATER)


def test_goods_made_to_stock_need_no_work_orders(shirt):
    juice = publish_juice()
    for _ in range(5):
        order_of(juice, 24, choices={}, method="FLOW")

    demand = demand_for(juice)
    found = get_advice(question=Question(product="juice"), now=LATER, sweeps=False)

    assert demand.n_orders == 5
    assert demand.case.equipment.is_shared
    assert {order.variant for order in demand.case.orders} == {"juice"}
    assert {"BATCH", "FLOW"} <= {row["method"] for row in found["methods"]}


def test_a_line_of_units_is_looked_at_with_its_takt_rules_and_stations(shirt):
    line = Line.objects.get(code="FL")
    SequenceRule.objects.create(
        line=line,
        code="DARK",
        condition="colour = NAVY",
        p=1,
        q=3,
        station="PRINT",
    )
    for quantity in (1, 2, 3):
        order_of(shirt, quantity)

    case = demand_for(shirt).case

    assert case.equipment.run_ms == line.takt_ms
    assert case.equipment.pacing is not None
    assert [rule.code for rule in case.equipment.line_rules] == ["DARK", "TEXT"]
    assert all(order.state["DARK"] == 1 for order in case.orders)
    assert {"PICK", "PRINT"} <= case.orders[0].station_ms.keys()
    assert sum(order.quantity for order in case.orders) == 6


def test_what_was_ordered_all_alike_is_judged_as_repeated_until_one_differs(shirt):
    alike = [order_of(shirt, 2) for _ in range(3)]

    again = demand_for(shirt).case
    order_of(shirt, 2, choices={"colour": "NAVY", "text": "Mia"})
    one_named = demand_for(shirt).case
    OrderLine.objects.exclude(order__in=alike).update(cancelled_at=timezone.now())
    order_of(shirt, 2, choices={"colour": "WHITE"})
    one_white = demand_for(shirt).case

    out = [
        {each.method: each.because.code for each in advise(case).ruled_out}
        for case in (again, one_named, one_white)
    ]
    assert [found.get("FLOW") for found in out] == [
        None,
        "OUT_PERSONAL",
        "OUT_NOT_STANDARD",
    ]


def test_what_others_ask_of_the_same_machine_is_part_of_the_demand(shirt):
    other = publish(SHIRT, product="hoodie")
    batch_order(shirt, 24)
    batch_order(shirt, 48)
    batch_order(other, 30)

    demand = demand_for(shirt)

    assert (demand.n_orders, demand.n_others) == (2, 1)
    assert len(demand.case.orders) == 3


def test_orders_that_are_not_wanted_do_not_count(shirt):
    batch_order(shirt, 24)
    batch_order(shirt, 30, state="CANCELLED")
    gone = batch_order(shirt, 36)
    OrderLine.objects.filter(order=gone).update(cancelled_at=timezone.now())

    assert demand_for(shirt).n_orders == 1


def test_loads_close_at_the_wait_and_the_cut_off_of_the_step(shirt):
    batch_order(shirt, 24)

    (order,) = demand_for(shirt).case.orders

    assert order.closing.max_wait_s == 2700
    assert order.closing.cutoff == CutoffClock(time(15), "Europe/Berlin", NOW)


def test_loads_that_were_joined_at_a_step_before_close_by_its_rules():
    make_places()
    line, run = SHIRT["routings"]
    screen, *further = run["steps"]
    frames = {**screen, "code": "FRAMES", "run_ms": 1000, "setup": None}
    screen = {**screen, "batch": {**screen["batch"], "max_wait_s": 600, "cutoff": None}}
    shirt = publish(routings=[line, {**run, "steps": [frames, screen, *further]}])
    batch_order(shirt, 24)

    found = demand_for(shirt)

    assert found.step == "SCREEN"
    (order,) = found.case.orders
    assert order.closing.max_wait_s == 2700
    assert order.closing.cutoff == CutoffClock(time(15), "Europe/Berlin", NOW)


def test_each_order_keeps_the_rules_of_its_own_step(shirt):
    line, run = SHIRT["routings"]
    screen, *further = run["steps"]
    rules = {"max_wait_s": 0, "cutoff": "11:00", "minimum": 3}
    screen = {**screen, "batch": {**screen["batch"], **rules}}
    routings = [line, {**run, "steps": [screen, *further]}]
    other = publish({**SHIRT, "routings": routings}, product="hoodie")
    batch_order(shirt, 24)
    batch_order(other, 30)

    mine, others = demand_for(shirt).case.orders

    assert mine.variant == others.variant
    assert mine.closing == Closing(
        2700, CutoffClock(time(15), "Europe/Berlin", NOW), minimum=24
    )
    assert others.closing == Closing(
        0, CutoffClock(time(11), "Europe/Berlin", NOW), minimum=3 * 24
    )


def test_a_step_by_the_piece_says_how_many_a_load_holds_at_least_and_at_most():
    make_places()
    line, run = SHIRT["routings"]
    screen, *further = run["steps"]
    load = {"measure": "FRAME", "per_piece": 2, "max": 960, "min": 1}
    screen = {**screen, "basis": "UNIT", "run_ms": 20_000, "load": load}
    screen["batch"] = {**screen["batch"], "minimum": 48}
    shirt = publish(routings=[line, {**run, "steps": [screen, *further]}])
    batch_order(shirt, 24)

    (order,) = demand_for(shirt).case.orders

    assert (order.closing.minimum, order.closing.capacity) == (24, 480)


def test_a_quarter_of_the_orders_a_day_is_tried_though_they_came_over_two_months(shirt):
    for n in range(16):
        order = batch_order(shirt, 24)
        at = NOW + timedelta(days=4 * n)
        Order.objects.filter(pk=order.pk).update(confirmed_at=at)
    question = Question(product=shirt.product.slug)

    found = get_advice(question=question, now=NOW + timedelta(days=61), sweeps=True)

    factors = [point["density_bp"] for point in found["by_density"]]
    assert factors[:3] == [2_500, 5_000, 10_000]
    assert (found["swept"], found["left_at_sparsest"]) == (16, 6)


def test_the_latest_orders_are_taken(shirt):
    for quantity in (24, 25, 26, 27):
        batch_order(shirt, quantity)

    case = demand_for(shirt, n_orders=2).case

    assert [order.quantity for order in case.orders] == [26, 27]


@pytest.mark.parametrize("n_orders", [0, 1_001])
def test_a_number_of_orders_out_of_reason_is_refused(shirt, n_orders):
    with pytest.raises(AdviceError, match="Compare 1 to"):
        demand_for(shirt, n_orders=n_orders)


def test_more_orders_take_no_more_queries(shirt):
    counts = []
    for n_more in (3, 6):
        for _ in range(n_more):
            batch_order(shirt, 24)
        demand_for(shirt)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            demand_for(shirt)
        counts.append(len(queries))

    assert Order.objects.count() == 9
    assert counts[0] == counts[1]


def test_routings_of_one_product_are_compared_on_what_was_ordered(shirt):
    for _ in range(3):
        batch_order(shirt, 48)

    (design,) = list_routes(product=shirt.product.slug)

    names = [route["name"] for route in design["routes"]]
    assert names == ["One by one", "Together, shared with others", "Together, alone"]
    assert design["pieces"] == 144
    assert all(each["by_time"] or each["by_cost"] for each in design["break_evens"])


def test_a_product_with_one_routing_has_nothing_to_compare(shirt):
    juice = publish_juice()
    order_of(juice, 24, choices={}, method="FLOW")

    assert list_routes(product="juice") == []
    assert list_routes(product="ghost") == []
