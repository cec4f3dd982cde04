"""A small living factory for calls of the API: something of each kind to call upon.

Everything is made by the product's own services; only the states of operations, which
would take a shift to reach, are written into the rows.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from configurator.models import Design, FactoryClock, User
from configurator.services.designs import save_design, secret_of
from configurator.states import Scope
from orders.models import Document, FinishedFile, Order, OrderLine, Proof, Quotation
from orders.selectors.files import HANDED_OUT
from orders.services.cancelling import cancel_order
from orders.services.carts import add_line, get_or_create_cart
from orders.services.events import make_event
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.proofing import send_proof
from orders.services.quoting import accept_quotation, send_quotation
from orders.services.requests import LineRequest
from orders.services.shipping import ship_order
from production.models import (
    Batch,
    Calendar,
    Line,
    LineSlot,
    Operation,
    Operator,
    Site,
    Skill,
    WorkCentre,
    WorkCentreClass,
    WorkOrder,
)
from production.services import (
    batches,
    devices,
    holds,
    lines,
    membership,
    nonconformances,
)
from production.services.accounts import load_groups
from production.services.batching import plan_all
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.reports import Report
from production.services.sequencing import sequence
from tests.factories.access import make_api_key, make_user
from tests.factories.orders import BENCH, JUICE, make_request, publish
from tests.factories.production import SHIRT, make_places, make_stock

SCOPES = tuple(scope.value for scope in Scope)
PEOPLE = {
    "customer_a": (),
    "customer_b": (),
    "catalogue_admin": ("catalogue admin",),
    "operator": ("operator",),
    "planner": ("planner",),
    "order_desk": ("staff",),
}
EDIT_WINDOW = timedelta(minutes=30)
PRICES = {
    "entries": [
        {
            "code": "BASE",
            "label": {"en": "Shirt"},
            "basis": "UNIT",
            "amount_minor": 1900,
        }
    ],
    "breaks": [],
}
CHOICES: dict[str, dict[str, Any]] = {
    "shirt": {"colour": "NAVY", "text": "Zoë"},
    "bench": {"colour": "BLUE", "glaze": "GLOSS"},
    "juice": {},
}
# One order for each thing that a buyer or staff may do with it: product and quantity.
ORDERS = {
    "open": ("shirt", 1),
    "proofed": ("shirt", 1),
    "quoted": ("bench", 1),
    "requested": ("bench", 1),
    "bespoke": ("bench", 1),
    "on_line": ("shirt", 6),
    "loading": ("shirt", 30),
    "frozen": ("shirt", 30),
    "proposed": ("shirt", 30),
    "other": ("shirt", 30),
    "ungrouped": ("shirt", 30),
    "made": ("shirt", 30),
    "to_ship": ("juice", 2),
    "to_deliver": ("juice", 2),
    "ended": ("shirt", 1),
}


@dataclass(frozen=True, slots=True)
class World:
    """What there is to call upon; all orders are customer A's."""

    people: dict[str, User]
    keys: dict[str, str]
    orders: dict[str, Order]
    lines: dict[str, OrderLine]
    quotation: Quotation
    proof: Proof
    document: Document
    file: FinishedFile
    design: Design
    design_secret: str
    cart_line: int
    operations: dict[str, Operation]
    batches: dict[str, Batch]
    work_orders: dict[str, WorkOrder]
    slots: dict[str, LineSlot]
    faults: dict[str, int]
    device: int
    device_token: str


def build_world(*, now: datetime) -> World:
    """Make the factory, its people, its products, and customer A's orders."""
    people = _make_people()
    _make_factory(now)
    buyer = people["customer_a"]
    orders = {
        name: _place(buyer, product, quantity, now)
        for name, (product, quantity) in ORDERS.items()
    }
    found_batches = _run_floor(orders, now)
    device, device_token = devices.register(name="Tablet 1", report=Report(now=now))
    cart = get_or_create_cart(token=None, user=buyer, now=now)
    design = save_design(
        product="shirt", choices={"colour": "NAVY"}, owner=buyer, now=now
    )
    cancel_order(order_id=orders["ended"].pk, now=now)
    steps = _find_operations(orders, now)
    return World(
        people=people,
        keys=_make_keys(),
        orders=orders,
        lines={name: order.lines.get() for name, order in orders.items()},
        quotation=_quote(orders["quoted"], now),
        proof=send_proof(order_line_id=orders["proofed"].lines.get().pk, now=now),
        document=_issue(orders["to_ship"], now),
        file=_hand_out(orders["to_ship"], now),
        design=design,
        design_secret=secret_of(design.token),
        cart_line=add_line(
            cart=cart, product="shirt", choices=CHOICES["shirt"], quantity=1, now=now
        ).pk,
        operations=steps,
        batches=found_batches,
        work_orders=_find_work_orders(orders, now),
        slots=_find_slots(now),
        faults=_note_faults(steps["READY"], now),
        device=device.pk,
        device_token=device_token,
    )


def stop_the_clock(*, at: datetime) -> None:
    """Let every call happen at one instant of the factory's time."""
    FactoryClock.objects.update_or_create(
        id=1, defaults={"real_at": at, "factory_at": at, "rate_per_mille": 0}
    )


def _make_people() -> dict[str, User]:
    groups = load_groups()
    people = {}
    for name, roles in PEOPLE.items():
        people[name] = make_user(
            name, email=f"{name}@example.org", is_staff=roles != ()
        )
        people[name].groups.set(groups[role] for role in roles)
    return people


def _make_keys() -> dict[str, str]:
    return {
        scope: make_api_key(scope, user=make_user(scope.replace(":", "-")))[1]
        for scope in SCOPES
    }


def _make_factory(now: datetime) -> None:
    make_places()
    site, calendar = Site.objects.get(), Calendar.objects.get()
    WorkCentre.objects.create(code="WHEEL", mode="SERIAL", site=site, calendar=calendar)
    WorkCentre.objects.filter(code="SCREEN-1").update(n_places=2)
    WorkCentreClass.objects.create(code="PRESSES")
    skill = Skill.objects.create(code="SCREEN")
    Operator.objects.create(code="W1", name="Olga", badge="B-1").skills.add(skill)
    quality = Skill.objects.create(code="QUALITY")
    Operator.objects.create(code="Q1", name="Quirin", badge="B-2").skills.add(quality)
    publish({**copy.deepcopy(SHIRT), "prices": PRICES}, now=now)
    publish(BENCH, now=now)
    flow = {"code": "FLOW", "name": {"en": "In flow"}, "method": "FLOW", "steps": []}
    item = make_stock("JUICE", 1_100, held=300)
    item.product = publish({**JUICE, "routings": [flow]}, now=now).product
    item.save(update_fields=["product"])
    lots = {"QUARANTINE": 200, "BLOCKED": 100, "RELEASED": 800}
    for state, quantity in lots.items():
        item.lots.create(
            code=f"L-{state}",
            state=state,
            quantity=quantity,
            remaining=quantity,
            created_at=now,
        )


def _place(buyer: User, product: str, quantity: int, now: datetime) -> Order:
    line = LineRequest(product=product, choices=CHOICES[product], quantity=quantity)
    return place_order(request=make_request(line), user=buyer, language="en", now=now)


def _quote(order: Order, now: datetime) -> Quotation:
    steps = [
        {"code": f"S{n}", "name": f"Step {n}", "work_centre": "WHEEL", "run_s": 600}
        for n in range(1, 7)
    ]
    return send_quotation(
        order_line_id=order.lines.get().pk,
        total_minor=90_000,
        valid_until=now + timedelta(days=30),
        operations=[{**step, "after": []} for step in steps],
        now=now,
        actor="planner",
    )


def _hand_out(order: Order, now: datetime) -> FinishedFile:
    """Put a file with an order's line as if it were made and handed out."""
    line = order.lines.get()
    make_event(order_id=order.pk, line_id=line.pk, kind=HANDED_OUT, now=now).save()
    return FinishedFile.objects.create(
        order_line=line,
        file_name="logo.png",
        content_type="image/png",
        content=b"logo",
        size_bytes=4,
        sha256="0" * 64,
        uploaded_by="order_desk",
        created_at=now,
    )


def _issue(order: Order, now: datetime) -> Document:
    """Issue the papers of all that is paid; give this order's invoice."""
    issue_documents(now=now, real_now=now)
    return order.documents.get(kind="INVOICE")


def _run_floor(orders: dict[str, Order], now: datetime) -> dict[str, Batch]:
    """Confirm orders and let the floor begin: batches in three states, a queue."""
    quotation = _quote(orders["bespoke"], now)
    accept_quotation(quotation_id=quotation.pk, now=now, actor="customer_a")
    found = {
        "RUNNING": _group(orders["loading"], now, "freeze", "start"),
        "FROZEN": _group(orders["frozen"], now, "freeze"),
        "PROPOSED": _group(orders["proposed"], now),
    }
    found["OTHER"] = _open_alone(orders["other"], now)
    for name in ("ungrouped", "made", "bespoke", "on_line", "to_ship", "to_deliver"):
        _pay(orders[name], now)
    release_confirmed_orders(now=now)
    release_to_floor(now=now + EDIT_WINDOW)
    ship_order(order_id=orders["to_deliver"].pk, now=now, actor="order_desk")
    return found


def _pay(order: Order, now: datetime) -> None:
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=now)


def _group(order: Order, now: datetime, *actions: str) -> Batch:
    """Confirm an order of many pieces and move the batch that it makes."""
    _pay(order, now)
    release_confirmed_orders(now=now)
    release_to_floor(now=now)
    plan_all(now=now)
    number = Batch.objects.latest("id").number
    for action in actions:
        report = Report(now=now, is_automatic=True)
        batches.perform(number=number, action=action, report=report)
    return Batch.objects.get(number=number)


def _open_alone(order: Order, now: datetime) -> Batch:
    """Give a batch that still fills up beside the proposed one."""
    _pay(order, now)
    release_confirmed_orders(now=now)
    release_to_floor(now=now)
    units = WorkOrder.objects.filter(order_line__order=order)
    ids = list(units.values_list("id", flat=True))
    (batch,) = membership.carry_on(work_order_ids=ids, fed_by=None, now=now)
    return batch


def _find_operations(orders: dict[str, Order], now: datetime) -> dict[str, Operation]:
    begun = {"started_at": now, "ready_at": now}
    states: dict[str, dict[str, Any]] = {
        "READY": {"state": "READY"},
        "RUNNING": {"state": "RUNNING", **begun},
        "PAUSED": {"state": "PAUSED", **begun},
        "BLOCKED": {"state": "BLOCKED", "blocked_from": "READY"},
        "WAITING": {"state": "WAITING"},
    }
    rows = Operation.objects.filter(work_order__order_line__order=orders["bespoke"])
    found = dict(zip(states, rows.order_by("sequence"), strict=False))
    for name, operation in found.items():
        Operation.objects.filter(pk=operation.pk).update(**states[name])
        operation.refresh_from_db()
    for name in ("proposed", "ungrouped"):
        found[name] = Operation.objects.get(
            work_order__order_line__order=orders[name], code="SCREEN"
        )
    return found


def _note_faults(operation: Operation, now: datetime) -> dict[str, int]:
    """Note a piece that waits for a decision, and one that is decided on."""
    return {
        state: nonconformances.note(
            operation=operation,
            quantity=1,
            reason="A crack",
            disposition=disposition,
            now=now,
        ).pk
        for state, disposition in (("OPEN", ""), ("DISPOSITIONED", "SCRAP"))
    }


def _find_work_orders(orders: dict[str, Order], now: datetime) -> dict[str, WorkOrder]:
    units = WorkOrder.objects.filter(order_line__order=orders["on_line"])
    free, held = units.order_by("unit_index")[:2]
    report = Report(now=now, reason="Look at it")
    holds.hold(number=held.number, report=report)
    bespoke = WorkOrder.objects.get(order_line__order=orders["bespoke"])
    done = WorkOrder.objects.filter(order_line__order=orders["made"])
    done.update(state="COMPLETED", good=30)
    return {"free": free, "held": held, "bespoke": bespoke, "made": done.get()}


def _find_slots(now: datetime) -> dict[str, LineSlot]:
    line = Line.objects.get()
    sequence(line_id=line.pk, now=now, cause="made for a test")
    first, second = LineSlot.objects.filter(state="SEQUENCED").order_by("-id")[:2]
    lines.remove(code=line.code, slot_id=second.pk, report=Report(now=now))
    return {"waiting": first, "removed": second}
