"""Confirmed orders become the right work orders, once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import OrderHold, OutboxDone, OutboxMessage, Quotation
from production.models import Operation, ProductionEvent, WorkCentre, WorkOrder
from production.services import release
from production.services.blueprints import Blueprint, shortened
from production.services.drafts import cut
from production.services.release import next_limit, release_confirmed_orders
from tests.factories.production import (
    NOW,
    SHIRT,
    configure,
    make_places,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def shirt():
    make_places()
    return publish()


def order_of(release_row, quantity=1, **fields):
    choices = fields.pop("choices", {"colour": "NAVY"})
    return place_order(
        {
            "configuration": configure(release_row, **choices),
            "quantity": quantity,
            **fields,
        }
    )


def batch_order(release_row, quantity, **fields):
    return order_of(release_row, quantity, method="BATCH", **fields)


def test_each_unit_of_mass_customisation_is_a_work_order_of_its_own(shirt):
    text = 'Åse\\t "1"'
    order = order_of(
        shirt, 3, choices={"colour": "NAVY", "text": text}, edit_until=LATER
    )

    report = release_confirmed_orders(now=NOW)

    assert (report.n_orders, report.n_work_orders, report.n_operations) == (1, 3, 9)
    rows = list(WorkOrder.objects.order_by("unit_index"))
    digits = order.number.removeprefix("F-")
    assert [row.number for row in rows] == [f"W-{digits}-1-{n}" for n in (1, 2, 3)]
    first, line = rows[0], order.lines.get()
    assert (first.source_kind, first.source_key, first.unit_index, first.revision) == (
        "ORDER_LINE",
        str(line.id),
        1,
        0,
    )
    assert (first.quantity, first.planned_quantity) == (1, 1)
    assert (first.method, first.routing, first.line.code) == (
        "MASS_CUSTOMISATION",
        "LINE",
        "FL",
    )
    assert (first.state, first.release_at) == ("PLANNED", line.edit_until)
    assert first.configuration.choices["text"] == text
    assert first.line_attributes == {"TEXT": 1, "colour": "DARK"}
    assert first.materials == [
        {"material": "BLANK", "quantity": 1, "unit": "piece"},
        {"material": "INK", "quantity": 5, "unit": "ml"},
    ]
    assert first.created_at == NOW


def test_operations_follow_the_steps_that_apply(shirt):
    due_at = NOW + timedelta(days=2)
    order_of(shirt, choices={"colour": "WHITE"}, edit_until=LATER, due_at=due_at)

    release_confirmed_orders(now=NOW)

    pick, printing = Operation.objects.order_by("sequence")
    assert (pick.code, pick.sequence, pick.predecessors) == ("PICK", 10, [])
    assert (printing.code, printing.predecessors) == ("PRINT", [10])
    assert (pick.state, printing.state) == ("WAITING", "WAITING")
    assert pick.name == {"en": "Pick", "de": "Holen"}
    assert (pick.station, pick.work_centre.code) == ("PICK", "FL")
    assert (pick.run_s, printing.run_s) == (35, 60)
    assert printing.attributes == {"shade": "LIGHT"}
    assert printing.batch_key == ""
    assert printing.due_at == due_at
    assert pick.due_at == due_at - timedelta(seconds=60)


def test_a_batch_order_is_planned_with_its_yield_and_cut_into_even_lots(shirt):
    order = batch_order(shirt, 250)

    release_confirmed_orders(now=NOW)

    rows = WorkOrder.objects.order_by("unit_index")
    assert [(row.quantity, row.planned_quantity) for row in rows] == [
        (84, 86),
        (83, 86),
        (83, 86),
    ]
    assert {row.number[-4:] for row in rows} == {"-1-1", "-1-2", "-1-3"}
    assert {row.order_line for row in rows} == {order.lines.get()}
    assert rows[0].materials == [{"material": "BLANK", "quantity": 86, "unit": "piece"}]


def test_a_grouped_operation_says_what_may_share_its_load(shirt):
    batch_order(shirt, 50, edit_until=LATER)

    release_confirmed_orders(now=NOW)

    screen = Operation.objects.get(code="SCREEN")
    assert (screen.batch_key, screen.setup_family) == ("colour=NAVY", "colour=NAVY")
    assert screen.batch_rule == {
        "key": ["colour"],
        "max_wait_s": 2700,
        "cutoff": "15:00",
        "measure": "TRAY",
        "max": 18,
        "min": 1,
        "run_ms": 900_000,
    }
    assert (screen.load_num, screen.load_den) == (1, 24)
    assert (screen.setup_s, screen.run_s, screen.setup_matrix) == (60, 900, "SCREEN")
    assert (screen.planned_quantity, screen.skill) == (52, "SCREEN")
    pack = Operation.objects.get(code="PACK")
    assert pack.run_s == 78
    cure = Operation.objects.get(code="CURE")
    assert (cure.kind, cure.work_centre, cure.run_s) == ("DELAY", None, 1800)


def test_without_an_edit_window_the_floor_has_it_at_once(shirt):
    batch_order(shirt, 30)
    order_of(shirt, choices={"colour": "NAVY"})

    release_confirmed_orders(now=NOW)

    batch, unit = WorkOrder.objects.order_by("id")
    assert {batch.state, unit.state} == {"RELEASED"}
    assert (batch.release_at, batch.released_at) == (NOW, NOW)
    states = list(batch.operations.values_list("code", "state", "ready_at"))
    assert states == [
        ("SCREEN", "READY", NOW),
        ("CURE", "WAITING", None),
        ("PACK", "WAITING", None),
    ]
    states = list(unit.operations.values_list("code", "state", "ready_at"))
    assert states == [
        ("PICK", "ON_LINE", NOW),
        ("PRETREAT", "ON_LINE", None),
        ("PRINT", "ON_LINE", None),
    ]


def test_a_delay_that_comes_first_is_set_going(shirt):
    rest = {**SHIRT["routings"][1], "when": None, "edit_window": None}
    rest["steps"] = rest["steps"][1:]
    resting = publish(product="resting", routings=[rest])
    order_of(resting, method="BATCH")

    release_confirmed_orders(now=NOW)

    cure = Operation.objects.get(code="CURE")
    assert (cure.state, cure.ready_at) == ("RUNNING", NOW + timedelta(minutes=30))


def test_a_held_order_stays_planned(shirt):
    order = batch_order(shirt, 30)
    OrderHold.objects.create(
        order=order, reason="address", placed_by="desk", since_at=NOW
    )

    release_confirmed_orders(now=NOW)

    assert WorkOrder.objects.get().state == "PLANNED"
    assert set(Operation.objects.values_list("state", flat=True)) == {"WAITING"}


def test_releasing_again_adds_nothing(shirt):
    order = order_of(shirt, 2)
    release_confirmed_orders(now=NOW)
    OutboxMessage.objects.create(
        kind="release",
        key=order.number + "again",
        order=order,
        created_at=NOW,
        available_at=NOW,
    )

    report = release_confirmed_orders(now=NOW)

    assert (report.n_orders, report.n_work_orders) == (1, 0)
    assert WorkOrder.objects.count() == 2
    assert OutboxMessage.objects.count() == 0
    assert OutboxDone.objects.count() == 2


def test_nothing_is_made_for_cancelled_orders_and_lines_or_from_stock(shirt):
    kept = configure(shirt, colour="WHITE")
    order = place_order(
        {"configuration": kept, "cancelled_at": NOW},
        {"configuration": kept, "method": "FLOW"},
        {"configuration": kept},
    )
    gone = order_of(shirt)
    gone.state = "CANCELLED"
    gone.save()

    report = release_confirmed_orders(now=NOW)

    assert report.n_orders == 2
    line = WorkOrder.objects.get().order_line
    assert (line.order, line.position) == (order, 2)
    assert OutboxMessage.objects.count() == 0


def test_one_event_names_what_a_chunk_planned(shirt):
    orders = [order_of(shirt, 2), order_of(shirt)]

    release_confirmed_orders(now=NOW)

    event = ProductionEvent.objects.get()
    assert event.kind == "WORK_ORDERS_PLANNED"
    assert event.details == {
        "order_lines": [[orders[0].number, 2], [orders[1].number, 1]]
    }


def test_a_poison_order_is_parked_after_three_attempts_and_others_go_on(shirt):
    steps = [{**SHIRT["routings"][1]["steps"][0], "work_centre": "MOON"}]
    routing = {**SHIRT["routings"][1], "when": None, "steps": steps}
    poison = order_of(publish(product="lunar", routings=[routing]), method="BATCH")
    good = order_of(shirt)

    reports = [
        release_confirmed_orders(now=NOW + timedelta(minutes=n)) for n in range(4)
    ]

    assert [(r.n_orders, r.n_failed) for r in reports] == [
        (1, 1),
        (0, 1),
        (0, 1),
        (0, 0),
    ]
    assert WorkOrder.objects.get().order_line.order == good
    message = OutboxMessage.objects.get()
    assert (message.order, message.state, message.n_attempts) == (poison, "PARKED", 3)
    assert "MOON" in message.error
    assert "SCREEN" in message.error


def test_a_mended_order_is_released_when_it_is_tried_again(shirt):
    steps = [{**SHIRT["routings"][1]["steps"][0], "work_centre": "MOON"}]
    routing = {**SHIRT["routings"][1], "when": None, "steps": steps}
    order_of(publish(product="lunar", routings=[routing]), method="BATCH")
    release_confirmed_orders(now=NOW)
    near = WorkCentre.objects.get(code="FL")
    WorkCentre.objects.create(
        code="MOON", mode="LOAD", site=near.site, calendar=near.calendar
    )

    report = release_confirmed_orders(now=LATER)

    assert (report.n_orders, report.n_work_orders) == (1, 1)


def test_a_failed_release_leaves_no_rows_behind(shirt, monkeypatch):
    order_of(shirt)

    def fail(*_args, **_words):
        raise ValueError("no operations today")

    monkeypatch.setattr(release, "operation_rows", fail)

    report = release_confirmed_orders(now=NOW)

    assert report.n_failed == 1
    assert WorkOrder.objects.count() == 0
    assert OutboxMessage.objects.get().error == "no operations today"


def test_a_bespoke_line_waits_for_its_quotation(shirt):
    bespoke = publish(product="suit", kind="BESPOKE")
    order = order_of(bespoke, method="JOB")

    assert release_confirmed_orders(now=NOW).n_failed == 1
    assert "quotation" in OutboxMessage.objects.get().error

    Quotation.objects.create(
        number="Q-1",
        order_line=order.lines.get(),
        state="ACCEPTED",
        total_minor=100,
        created_at=NOW,
    )
    assert release_confirmed_orders(now=LATER).n_work_orders == 1
    assert Operation.objects.count() == 3


def test_quoted_operations_replace_those_of_the_routing(shirt):
    bespoke = publish(product="suit", kind="BESPOKE")
    order = order_of(bespoke, method="JOB", edit_until=LATER)
    Quotation.objects.create(
        number="Q-1",
        order_line=order.lines.get(),
        state="ACCEPTED",
        total_minor=100,
        operations=[
            {"code": "CUT", "name": "Cut", "work_centre": "PACK-1", "run_s": 60},
            {"code": "SEW", "name": {"en": "Sew"}, "run_s": 90, "skill": "SEW"},
            {"code": "LINE", "run_s": 30, "after": ["CUT"]},
        ],
        created_at=NOW,
    )

    release_confirmed_orders(now=NOW)

    rows = Operation.objects.order_by("sequence")
    assert [(r.code, r.sequence, r.predecessors, r.run_s, r.skill) for r in rows] == [
        ("CUT", 10, [], 60, ""),
        ("SEW", 20, [10], 90, "SEW"),
        ("LINE", 30, [10], 30, ""),
    ]
    assert rows[0].name == {"en": "Cut"}
    assert rows[0].work_centre.code == "PACK-1"


def test_a_chunk_takes_no_more_than_its_limit_and_the_oldest_first(shirt):
    orders = [order_of(shirt) for _ in range(3)]

    report = release_confirmed_orders(limit=2, now=NOW)

    assert report.has_more(limit=2)
    released = {w.order_line.order for w in WorkOrder.objects.all()}
    assert released == set(orders[:2])


def test_what_would_make_a_chunk_too_large_is_left_to_the_next(shirt, monkeypatch):
    monkeypatch.setattr(release, "LARGEST_CHUNK", 5)
    monkeypatch.setattr(release, "LARGEST_CHUNK_ALONE", 5)
    for quantity in (3, 3, 9):
        order_of(shirt, quantity)

    first = release_confirmed_orders(now=NOW)

    assert (first.n_orders, first.n_work_orders) == (1, 3)
    assert first.has_more(limit=500)
    ticks = iter(range(100))
    total = release.drain_confirmed_orders(
        now=lambda: NOW, seconds=lambda: float(next(ticks)), until_s=50.0
    )
    assert (total.n_orders, total.n_work_orders) == (2, 12)


def test_units_that_differ_only_in_their_text_share_what_was_worked_out(shirt):
    for text in ("one", "two"):
        order_of(shirt, choices={"colour": "NAVY", "text": text}, edit_until=LATER)

    release_confirmed_orders(now=NOW)

    one, two = WorkOrder.objects.order_by("id")
    assert one.configuration.sha256 != two.configuration.sha256
    columns = ("code", "run_s", "attributes", "work_centre_id")
    assert list(one.operations.values_list(*columns)) == list(
        two.operations.values_list(*columns)
    )


def test_names_keep_every_character_on_the_way_into_the_database(shirt):
    odd = {"en": "tab\there, line\nbreak, back\\slash, \\N, quote\" ' ☃"}
    steps = [{**SHIRT["routings"][1]["steps"][0], "name": odd}]
    routing = {**SHIRT["routings"][1], "when": None, "steps": steps}
    order_of(publish(product="odd", routings=[routing]), method="BATCH")

    release_confirmed_orders(now=NOW)

    assert Operation.objects.get().name == odd


def test_the_next_ids_are_given_as_if_nothing_had_happened(shirt):
    order_of(shirt, 2)
    release_confirmed_orders(now=NOW)

    latest = WorkOrder.objects.order_by("id").last()
    latest.pk = None
    latest.number, latest.unit_index = "W-X", 99
    latest.save()

    assert WorkOrder.objects.count() == 3


@pytest.mark.parametrize(
    ("limit", "took_s", "expected"),
    [(20, 0.03, 20), (20, 0.4, 5), (20, 0.001, 40), (400, 0.01, 500), (8, 0.0, 16)],
)
def test_the_size_of_a_chunk_follows_the_time_it_holds_the_lock(
    limit, took_s, expected
):
    assert next_limit(limit=limit, took_s=took_s) == expected


@given(
    quantity=st.integers(1, 2_000),
    per_unit=st.integers(1, 24),
    yield_bp=st.integers(5_000, 10_000),
    largest=st.none() | st.integers(1, 500),
)
def test_lots_add_up_and_keep_to_the_largest(quantity, per_unit, yield_bp, largest):
    blueprint = Blueprint(
        method="BATCH",
        routing="R",
        line_id=None,
        yield_bp=yield_bp,
        largest_lot=largest,
        pieces_per_unit=per_unit,
        steps=(),
    )

    lots = cut(blueprint, quantity)

    pieces = quantity * per_unit
    assert sum(lot.quantity for lot in lots) == pieces
    assert sum(lot.planned for lot in lots) == -(-pieces * 10_000 // yield_bp)
    assert all(1 <= lot.quantity <= lot.planned for lot in lots)
    if largest is not None and len(lots) < pieces:
        assert max(lot.planned for lot in lots) <= largest
    sizes = {lot.planned for lot in lots}
    assert max(sizes) - min(sizes) <= 1


def test_a_key_too_long_for_its_column_still_tells_kinds_apart():
    one, two = shortened("x" * 300 + "1"), shortened("x" * 300 + "2")

    assert len(one) == len(two) == 200
    assert one != two
    assert shortened("short") == "short"
