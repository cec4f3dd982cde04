"""The page of promises that may not be kept."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group

from orders.models import Order, Promise
from production.models import (
    MaterialLot,
    Operation,
    StockAllocation,
    WorkCentre,
    WorkOrder,
    WorkOrderHold,
)
from production.selectors.holdups import map_holdups
from production.services.outlooks import watch_promises
from production.services.release import release_confirmed_orders
from tests.api.world import stop_the_clock
from tests.factories.access import make_user
from tests.factories.production import (
    NOW,
    make_places,
    make_stock,
    order_of,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(client):
    user = make_user("planner")
    user.groups.add(Group.objects.get_or_create(name="planner")[0])
    client.force_login(user)
    make_places()
    return client


def read(client):
    answer = client.get("/floor/promises/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_floor_that_keeps_its_word_says_so(planner):
    assert "Every promise holds" in read(planner)


@pytest.mark.parametrize("n_orders", [1, 3])
def test_what_will_be_late_is_listed_with_the_work_that_it_waits_for(
    planner, n_orders, django_assert_max_num_queries
):
    now = NOW
    stop_the_clock(at=now)
    shirt = publish()
    for _order in range(n_orders):
        order = order_of(shirt, 4)
        Order.objects.update(needed_by=date(2026, 12, 24))
        Promise.objects.create(
            line=order.lines.get(),
            ready_at=now,
            shipped_at=now - timedelta(hours=1),
            delivered_at=now + timedelta(hours=10),
            rests_on="the press",
            created_at=now,
        )
    release_confirmed_orders(now=now)
    watch_promises(now=now)

    with django_assert_max_num_queries(14):
        page = read(planner)

    assert page.count("At risk") == n_orders
    assert page.count(order.number) == 1
    assert page.count("waits for ") == n_orders
    assert "the press" not in page
    assert page.count("needed by Thursday, 24 December") == n_orders
    assert f"/floor/work-orders/W-{order.number[2:]}-1-1/" in page
    assert page.count("and 1 more") == n_orders


def test_what_holds_a_promise_now_is_told_and_not_what_it_was_promised_on(planner):
    now = NOW
    stop_the_clock(at=now)
    order = order_of(publish(), 1)
    Promise.objects.create(
        line=order.lines.get(),
        state="BROKEN",
        ready_at=now,
        shipped_at=now - timedelta(hours=3),
        delivered_at=now - timedelta(hours=1),
        rests_on="the press",
        created_at=now,
    )
    release_confirmed_orders(now=now)
    work = WorkOrder.objects.filter(order_line__order=order)
    step = Operation.objects.filter(work_order=work.get()).order_by("id")[0]

    step.state, step.blocked_from, step.blocked_reason = "BLOCKED", "READY", "no ink"
    step.save()
    assert "is blocked: no ink" in read(planner)
    step.state, step.started_at = "RUNNING", now
    step.save()
    assert "in hand since" in read(planner)
    WorkCentre.objects.update(is_up=False)
    assert " is down" in read(planner)
    work.update(state="COMPLETED", completed_at=now)
    made = read(planner)
    assert "it waits to leave the works" in made
    assert work.get().number not in made
    assert "the press" not in made


def test_of_many_units_the_one_that_is_farthest_behind_is_told(planner):
    now = NOW
    stop_the_clock(at=now)
    order = order_of(publish(), 3)
    line = order.lines.get()
    release_confirmed_orders(now=now)
    first, *_others, last = WorkOrder.objects.filter(order_line=line).order_by("id")

    def words():
        return map_holdups(line_ids=[line.id], now=now)[line.id].words

    WorkOrder.objects.update(state="IN_PROGRESS")
    *done, at_work = Operation.objects.filter(work_order=first).order_by("sequence")
    Operation.objects.filter(id__in=[each.id for each in done]).update(state="DONE")
    Operation.objects.filter(id=at_work.id).update(state="RUNNING", started_at=now)
    waiting = words()
    WorkOrder.objects.filter(id=last.id).update(state="PLANNED")
    planned = words()
    for reason in ("the first doubt", "the latest"):
        WorkOrderHold.objects.create(work_order=last, reason=reason, since_at=now)

    assert waiting.startswith("waits for ")
    assert planned.startswith("comes to the floor ")
    assert words() == "on hold: the latest"


def test_goods_that_are_short_are_named_with_the_lot_that_they_wait_for(planner):
    stop_the_clock(at=NOW)
    line = order_of(publish(), 1).lines.get()
    item = make_stock("JUICE", 0, name={"en": "Apple juice"})
    short = {"item": item, "quantity": 6, "created_at": NOW}
    StockAllocation.objects.create(order_line=line, state="BACKORDERED", **short)
    lot = {"remaining": 6, "hold_until": NOW + timedelta(hours=9), **short}

    def words():
        return map_holdups(line_ids=[line.id], now=NOW)[line.id].words

    unplanned = words()
    StockAllocation.objects.update(served_by="L-1")
    running = words()
    MaterialLot.objects.create(code="L-1", state="QUARANTINE", **lot)
    held = words()
    StockAllocation.objects.update(state="ALLOCATED")

    assert unplanned == "Apple juice: waits for the next run"
    assert running == "Apple juice: waits for lot L-1"
    assert held.startswith("Apple juice: lot L-1 is in quarantine until today at ")
    assert map_holdups(line_ids=[line.id], now=NOW) == {}
