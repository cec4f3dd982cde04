"""What comes from outside upon a shift: each strikes once, and nothing is lost."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from configurator.models import CatalogueRelease
from configurator.selectors.releases import live_release
from configurator.services.catalogue import create_draft, publish_release
from orders.models import OrderEvent, Promise, Shipment
from orders.selectors.facts import load_facts
from orders.selectors.progress import line_stage, unit_stage
from orders.services.shipping import deliver_order, ship_order
from production.models import (
    Batch,
    MaterialLot,
    Operation,
    ProductionEvent,
    StockItem,
    WorkOrder,
    WorkOrderHold,
)
from production.services import changes, office, outside, people, shortages, simulation
from production.services.changes import ChangeError
from production.services.crew import finish_operations, start_operations
from production.services.floor_release import release_to_floor
from production.services.lots import receive, release_due
from production.services.release import release_confirmed_orders
from production.services.stock import reserve_stock, take_stock
from tests.factories.floor import (
    DAY,
    HOUR,
    MINUTE,
    at,
    bake,
    make_calendar,
    make_centre,
    make_flow_line,
    make_operator,
    make_work_order,
    put_in_stock,
    report,
    state_of,
    step,
)
from tests.factories.production import (
    NOW,
    SHIRT,
    configure,
    make_places,
    order_of,
    place_order,
    publish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def crew():
    return people.gather(rng=random.Random(1))  # noqa: S311 -- a simulation


# The catalogue changes in mid-day.


@pytest.fixture
def shirts():
    """Give three navy shirts and a white one: planned, released, in progress."""
    make_places()
    make_operator("W1", "SCREEN")
    draft = create_draft(document=SHIRT, now=NOW)
    release = publish_release(release_id=draft.pk, now=NOW)
    orders = {}
    for state, colour in (
        ("PLANNED", "NAVY"),
        ("RELEASED", "NAVY"),
        ("IN_PROGRESS", "NAVY"),
        ("WHITE", "WHITE"),
    ):
        placed = order_of(release, choices={"colour": colour})
        release_confirmed_orders(now=NOW)
        release_to_floor(now=NOW)
        orders[state] = WorkOrder.objects.get(order_line__order=placed)
    WorkOrder.objects.filter(id=orders["PLANNED"].id).update(state="PLANNED")
    WorkOrder.objects.filter(id=orders["IN_PROGRESS"].id).update(state="IN_PROGRESS")
    Operation.objects.filter(work_order=orders["PLANNED"]).update(state="WAITING")
    return orders


def change(touches):
    return changes.replace_material(
        product="shirt",
        old="BLANK",
        new="BLANK-NEW",
        when="colour = NAVY",
        touches=touches,
        report=report(60, reason="the mill has another navy"),
    )


@pytest.mark.parametrize(
    ("touches", "changed"),
    [
        ("NEW_ORDERS", set()),
        ("NOT_BEGUN", {"PLANNED", "RELEASED"}),
        ("ALL_OPEN", {"PLANNED", "RELEASED", "IN_PROGRESS"}),
    ],
)
def test_a_change_of_manufacture_touches_whom_it_says(shirts, touches, changed):
    before = {name: order.configuration_id for name, order in shirts.items()}

    release, n_changed = change(touches)

    found = set()
    for name, order in shirts.items():
        order.refresh_from_db()
        if "BLANK-NEW" in {row["material"] for row in order.materials}:
            found.add(name)
        assert order.configuration_id == before[name]
    assert (found, n_changed) == (changed, len(changed))
    assert CatalogueRelease.objects.get(state="ACTIVE") == release
    noted = ProductionEvent.objects.get(kind="MANUFACTURE_CHANGED").details
    assert (noted["touches"], noted["n_work_orders"]) == (touches, n_changed)


def test_new_orders_take_what_the_new_release_says(shirts):
    change("NEW_ORDERS")
    live = CatalogueRelease.objects.get(pk=live_release("shirt").release_id)

    for colour in ("NAVY", "WHITE"):
        order_of(live, choices={"colour": colour})
    release_confirmed_orders(now=NOW + HOUR)

    navy, white = WorkOrder.objects.order_by("-id")[:2][::-1]
    assert {row["material"] for row in navy.materials} == {"BLANK-NEW"}
    assert {row["material"] for row in white.materials} == {"BLANK"}


def test_a_change_that_changes_nothing_or_touches_nobody_known_is_refused(shirts):
    with pytest.raises(ChangeError, match="NEW_ORDERS, NOT_BEGUN, ALL_OPEN"):
        change("EVERYBODY")
    with pytest.raises(ChangeError, match="nothing of GOLD left"):
        changes.replace_material(
            product="shirt", old="GOLD", new="X", touches="ALL_OPEN", report=report()
        )
    change("NEW_ORDERS")
    with pytest.raises(ChangeError, match="nothing of BLANK left"):
        change("ALL_OPEN")


# The clocks change in the night.


def test_the_bakery_opens_by_its_clocks_on_the_night_they_change():
    """Clocks went from two to three: the shift from two is an hour shorter."""
    calendar = make_calendar("BAKE")
    calendar.zone, calendar.always_open = "Europe/Berlin", False
    calendar.save()
    for weekday in (5, 6):
        calendar.shifts.create(weekday=weekday, starts="02:00", ends="10:00")
    make_centre("OVEN-1", calendar=calendar, mode="LOAD")
    begin = datetime(2026, 3, 28, 23, tzinfo=UTC)
    make_work_order(bake(), quantity=24, due_at=begin + HOUR)

    shift = simulation.simulate(begin=begin, hours=4, seed=1, step=15 * MINUTE)

    batch = Batch.objects.earliest("id")
    opened_at = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert batch.started_at is not None
    assert opened_at <= batch.started_at <= opened_at + 15 * MINUTE
    struck = datetime.fromisoformat(shift.disturbances["DST_NIGHT"])
    assert opened_at <= struck <= opened_at + 2 * HOUR


def test_an_ordinary_night_changes_no_clock():
    calendar = make_calendar("BAKE")
    calendar.zone = "Europe/Berlin"
    calendar.save()

    assert not outside.clocks_change(crew(), NOW)
    assert outside.clocks_change(crew(), datetime(2026, 10, 25, 2, tzinfo=UTC))


# A tablet was offline.


def test_a_tablet_that_sends_forty_scans_again_changes_nothing():
    make_centre("BENCH", mode="JOB", n_places=20)
    orders = [make_work_order(step("SAW")) for _ in range(20)]
    workers = crew()
    bench = make_centre("BENCH")
    assert not outside.tablet_replays(workers, NOW)
    start_operations(workers, {bench.id: bench}, at(1))
    finish_operations(workers, at(30))
    n_before = ProductionEvent.objects.count()

    assert outside.tablet_replays(workers, at(31))

    assert {state_of(order) for order in orders} == {"COMPLETED"}
    assert ProductionEvent.objects.count() == n_before
    assert workers.done["scans replayed"] == 40
    assert workers.done["scans doubled"] == 0


# A lot is held, then recalled.


def test_a_lot_that_is_partly_sold_is_held_and_then_recalled():
    make_operator("W18", "QUALITY")
    release, _line, item = make_flow_line("juice-apple", on_hand=0)
    for code in ("JL-A-1", "JL-A-2"):
        receive(item_id=item.id, code=code, quantity=24, now=NOW - DAY)
    for cases in (1, 2):
        order = place_order(
            {"configuration": configure(release), "quantity": cases, "method": "FLOW"}
        )
        reserve_stock(order_id=order.pk, now=NOW)
        ids = list(order.lines.values_list("id", flat=True))
        take_stock(order_id=order.pk, line_ids=ids, now=NOW)
    workers = crew()

    struck = [outside.lot_is_recalled(workers, at(60 * hour)) for hour in range(4)]

    lot = MaterialLot.objects.get(code="JL-A-1")
    assert struck == [False, False, False, True]
    assert (lot.state, lot.recalled_at) == ("BLOCKED", at(180))
    assert workers.done["customers of a recalled lot"] == 2
    assert StockItem.objects.get().free == 24
    # Another shift: the first lot is recalled already, the second is not sold of yet.
    assert not outside.lot_is_recalled(crew(), at(600))
    assert MaterialLot.objects.get(code="JL-A-2").state == "RELEASED"
    assert release_due(now=at(180)) == 0


# Walnut is short.


@pytest.fixture
def tables():
    """Give three tables of walnut, due day after day, and one of oak."""
    item = StockItem.objects.create(
        code="TIMBER-WALNUT", kind="MATERIAL", unit="cm3", lead_days=8
    )
    put_in_stock(item, 1_000)
    made = []
    for day, timber in enumerate(("WALNUT", "WALNUT", "WALNUT", "OAK"), start=1):
        release = CatalogueRelease.objects.filter(state="ACTIVE").first() or publish()
        order = place_order(
            {"configuration": configure(release, colour="NAVY"), "method": "JOB"}
        )
        line = order.lines.get()
        times = dict.fromkeys(("ready_at", "shipped_at", "delivered_at"), at(0))
        Promise.objects.create(line=line, created_at=NOW, **times)
        made.append(
            make_work_order(
                step("SAW"),
                order_line=line,
                number=f"W-{timber}-{day}",
                materials=[{"material": f"TIMBER-{timber}", "quantity": 100}],
                due_at=NOW + day * DAY,
            )
        )
    return made


def test_two_tables_are_planned_anew_where_walnut_is_short(tables):
    workers = crew()

    assert outside.timber_is_short(workers, NOW)

    later_by = shortages.lead_time(8)
    assert later_by == timedelta(days=10)
    for order in tables:
        order.refresh_from_db()
    held = [order.holds.exists() for order in tables]
    assert held == [False, True, True, False]
    assert [order.due_at - NOW for order in tables] == [
        DAY,
        2 * DAY + later_by,
        3 * DAY + later_by,
        4 * DAY,
    ]
    item = StockItem.objects.get()
    assert (item.on_hand, item.expected) == (950, 50)
    moved = Promise.objects.filter(revision=1)
    assert all(each.delivered_at >= NOW + later_by for each in moved)
    assert moved.count() == 2
    assert Promise.objects.filter(state="RE_PROMISED").count() == 2
    assert OrderEvent.objects.filter(kind="PROMISED_ANEW").count() == 2


def test_what_was_short_comes_and_the_tables_go_on(tables):
    outside.timber_is_short(crew(), NOW)

    early = shortages.receive_due(now=NOW + 9 * DAY)
    n_resumed = shortages.receive_due(now=NOW + 10 * DAY)

    assert (early, n_resumed) == (0, 2)
    assert not WorkOrderHold.objects.filter(lifted_at=None).exists()
    item = StockItem.objects.get()
    assert (item.on_hand, item.expected) == (1_000, 0)


# A parcel comes back damaged.


@pytest.fixture
def shipped():
    """A unit that was made and handed over, and its order."""
    order = place_order({"configuration": configure(publish(), colour="NAVY")})
    unit = make_work_order(
        step("SEW"), order_line=order.lines.get(), state="COMPLETED", good=1
    )
    Operation.objects.update(state="DONE", good=1)
    ship_order(order_id=order.pk, now=NOW, actor="desk")
    return order, unit


def test_a_line_shows_what_is_made_again_once_its_parcel_came_back(shipped):
    order, _unit = shipped

    def stages():
        (facts,) = load_facts([order])[0].lines
        assert facts.progress is not None
        units = sorted(facts.progress.units, key=lambda one: len(one.work_order))
        return [
            line_stage(facts, order.state),
            *(unit_stage(each, facts) for each in units),
        ]

    before = stages()
    outside.parcel_is_damaged(crew(), at(60))
    begun = stages()
    WorkOrder.objects.filter(source_kind="REMAKE").update(state="COMPLETED", good=1)
    Operation.objects.update(state="DONE", good=1)

    assert before == ["SHIPPED", "SHIPPED"]
    assert begun == ["RELEASED", "SHIPPED", "RELEASED"]
    assert stages() == ["SHIPPED", "SHIPPED", "SHIPPED"]


def test_a_damaged_parcel_is_made_again_free_and_sent_once_more(shipped):
    order, unit = shipped

    assert outside.parcel_is_damaged(crew(), at(60))

    again = WorkOrder.objects.get(source_kind="REMAKE")
    assert (again.remake_of, again.order_line) == (unit, unit.order_line)
    assert Shipment.objects.get().state == "RETURNED"
    assert office.work(now=at(61))["replacement shipped"] == 0

    WorkOrder.objects.filter(id=again.id).update(state="COMPLETED", good=1)
    Operation.objects.filter(work_order=again).update(state="DONE", good=1)
    assert office.work(now=at(62))["replacement shipped"] == 1
    assert office.work(now=at(63))["replacement shipped"] == 0

    deliver_order(order_id=order.pk, now=at(90), actor="carrier")
    order.refresh_from_db()
    states = list(Shipment.objects.order_by("id").values_list("state", flat=True))
    assert (states, order.state) == (["RETURNED", "DELIVERED"], "CLOSED")
    assert not outside.parcel_is_damaged(crew(), at(91))


def test_what_was_sent_once_more_does_not_come_back_again(shipped):
    outside.parcel_is_damaged(crew(), at(60))
    WorkOrder.objects.filter(source_kind="REMAKE").update(state="COMPLETED", good=1)
    Operation.objects.update(state="DONE", good=1)
    office.work(now=at(62))

    assert not outside.parcel_is_damaged(crew(), at(63))

    states = list(Shipment.objects.order_by("id").values_list("state", flat=True))
    assert states == ["RETURNED", "HANDED_OVER"]
