"""A method that is registered is known everywhere: nothing else names it."""

import pytest
from django.contrib.auth.models import Group

from configurator.engine.formats.release_json import read_release
from configurator.selectors.roles import PLANNER
from configurator.selectors.ways import name_of
from orders.models import OrderLine
from production.engine.advice import advise
from production.engine.case import (
    FOUR_PLANTS,
    SAME_EQUIPMENT,
    Case,
    CaseOrder,
    Equipment,
)
from production.engine.methods import METHODS
from production.engine.plan import Kind, Profile
from production.models import MethodPolicy, Operation, WorkOrder
from production.selectors.advice import method_names
from production.selectors.policy import choose_method, list_unknown
from production.services import driving, staffing
from production.services.floor_release import release_to_floor
from production.services.policies import add_policy
from production.services.release import release_confirmed_orders
from production.views.methods import method_at, template_of
from tests.factories.access import make_user
from tests.factories.floor import at, make_operator, report
from tests.factories.production import NOW, SHIRT, make_places, order_of, publish

PACK = {**SHIRT["routings"][1]["steps"][2], "basis": "UNIT", "skill": "PACKING"}
MAKING = {
    **SHIRT["routings"][1],
    "when": None,
    "method": "RELAY",
    "largest_lot": None,
    "steps": [PACK],
}


@pytest.fixture
def relay(monkeypatch):
    """Register a fifth method as its author would: by one line in the registry."""
    monkeypatch.setitem(METHODS, "RELAY", "tests.production.relay")
    make_places()
    return publish(routings=[MAKING])


@pytest.mark.django_db
def test_a_registered_method_is_sold_decided_released_and_planned(relay, client):
    for code in ("W1", "W2"):
        make_operator(code, "PACKING")
    decided = choose_method(
        product="shirt",
        release_id=relay.id,
        choices={"colour": "NAVY"},
        quantity=2,
        now=NOW,
    )
    order_of(relay, 2, method=decided.method)
    release_confirmed_orders(now=NOW)
    release_to_floor(now=at(1))

    driving.plan(now=at(2))

    (step,) = Operation.objects.select_related("work_order")
    (given_to,) = Operation.objects.values_list("operator__code", flat=True)
    assert list_unknown(definition=relay.definition) == []
    assert read_release(relay.definition).routings[0].method == "RELAY"
    assert decided.method == OrderLine.objects.get().method == "RELAY"
    assert WorkOrder.objects.get().method == "RELAY"
    assert given_to == "W2"
    board = template_of(method_at(operations=[step], batches=[]))
    assert board == "production/methods/_relay.html"
    assert "Relay" in client.get("/").content.decode()


@pytest.mark.django_db
def test_people_and_customers_are_shown_work_of_a_registered_method(relay, client):
    for code in ("W1", "W2"):
        make_operator(code, "PACKING")
    order, _other = (order_of(relay, 2, method="RELAY") for _ in range(2))
    release_confirmed_orders(now=NOW)
    release_to_floor(now=at(1))
    driving.plan(now=at(2))
    number = WorkOrder.objects.order_by("id")[0].number
    planner = make_user("planner")
    planner.groups.add(Group.objects.get_or_create(name=PLANNER)[0])

    told = client.get(f"/orders/{order.number}/?token={order.token}")
    client.force_login(planner)
    of_people = client.get("/floor/people/").content.decode()
    page = client.get(f"/floor/work-orders/{number}/").content.decode()

    assert "<summary>Relay" in told.content.decode()
    assert number in of_people
    assert 'name="operator"' in page
    assert 'name="work_centre"' in page
    assert staffing.list_movable().count() == 2


@pytest.mark.django_db
def test_a_policy_may_give_work_to_a_registered_method(relay):
    add_policy(
        product="shirt",
        method="RELAY",
        condition="",
        min_quantity=1,
        reason="They like it.",
        report=report(),
    )

    policy = MethodPolicy.objects.get()
    policy.full_clean()
    assert policy.get_method_display() == "relay"


@pytest.mark.parametrize("plants", [SAME_EQUIPMENT, FOUR_PLANTS])
def test_the_advisor_compares_a_registered_method(monkeypatch, plants):
    monkeypatch.setitem(METHODS, "RELAY", "tests.production.relay")
    orders = tuple(CaseOrder(key, f"V{key}", 2, 60 * key, 86_400) for key in range(9))
    profile = Profile(kind=Kind.CONFIGURABLE, quantity=2, run_ms=1000, per_day=9)

    found = advise(Case(orders, Equipment(run_ms=60_000), profile), plants=plants)

    assert "RELAY" in {row.method for row in found.ranked}
    assert (method_names()["RELAY"], name_of("RELAY")) == ("relay", "Relay")
