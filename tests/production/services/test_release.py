"""Confirmed orders become the right work orders."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Quotation
from production.models import (
    Line,
    Operation,
    ProductionEvent,
    WorkCentre,
    WorkOrder,
)
from production.services.blueprints import Blueprint, shortened
from production.services.drafts import cut
from production.services.release import release_confirmed_orders
from tests.factories.production import NOW, SHIRT, batch_order, order_of, publish

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


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
    assert (first.method, first.routing) == ("MASS_CUSTOMISATION", "LINE")
    assert first.line == Line.objects.get(code="FL")
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
    assert pick.station == "PICK"
    assert pick.work_centre == WorkCentre.objects.get(code="FL")
    assert (pick.run_s, printing.run_s) == (35, 60)
    assert printing.attributes == {"shade": "LIGHT"}
    assert printing.batch_key == ""
    assert printing.due_at == due_at
    assert pick.due_at == due_at - timedelta(seconds=60)


def test_each_step_is_due_while_its_place_is_open(shirt):
    """It closes at 10 and opens at 6: a due time at night means the evening before."""
    calendar = WorkCentre.objects.get(code="FL").calendar
    calendar.zone, calendar.always_open = "UTC", False
    calendar.save()
    calendar.shifts.all().delete()
    for day in range(5):
        calendar.shifts.create(weekday=day, starts=time(6), ends=time(10))
    tuesday = NOW.replace(day=3, hour=0)
    for due_at in (NOW.replace(hour=15), tuesday + timedelta(hours=6, seconds=20)):
        order_of(shirt, choices={"colour": "WHITE"}, due_at=due_at)

    release_confirmed_orders(now=NOW)

    dues = Operation.objects.order_by("work_order_id", "sequence")
    ten, six = NOW.replace(hour=10), tuesday + timedelta(hours=6)
    assert list(dues.values_list("due_at", flat=True)) == [
        ten - timedelta(seconds=60),
        ten,
        ten - timedelta(seconds=40),
        six + timedelta(seconds=20),
    ]


def test_what_comes_before_a_load_is_due_so_early_that_the_load_may_wait(shirt):
    """Fifteen minutes of printing and one of set-up, and 45 minutes for company."""
    printing, curing, _packing = SHIRT["routings"][1]["steps"]
    routing = {**SHIRT["routings"][1], "when": None, "steps": [curing, printing]}
    release = publish(product="print", routings=[routing])
    batch_order(release, 20, due_at=NOW + timedelta(days=2))

    release_confirmed_orders(now=NOW)

    cure, screen = Operation.objects.order_by("sequence")
    due_at = NOW + timedelta(days=2)
    assert screen.due_at == due_at
    assert cure.due_at == due_at - timedelta(minutes=15 + 1 + 45)


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


def test_one_event_names_what_a_chunk_planned(shirt):
    orders = [order_of(shirt, 2), order_of(shirt)]

    release_confirmed_orders(now=NOW)

    event = ProductionEvent.objects.get()
    assert event.kind == "WORK_ORDERS_PLANNED"
    assert event.details == {
        "order_lines": [[orders[0].number, 2], [orders[1].number, 1]]
    }


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
    assert rows[0].work_centre == WorkCentre.objects.get(code="PACK-1")


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
