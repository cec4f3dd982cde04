"""A device picks its place once, shows its board, and lets only people report."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.test import Client

from configurator.models import FactoryClock
from configurator.services.errors import IllegalMoveError, NotFoundError
from production.models import Device, Operation, ProductionEvent
from production.services import devices
from production.services.devices import PinError
from tests.factories.access import make_user
from tests.factories.floor import (
    make_centre,
    make_operator,
    make_work_order,
    report,
    step,
)
from tests.factories.floor import state_of as order_state
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db
PIN = "2117"


@pytest.fixture
def planner():
    user = make_user("pia")
    user.groups.set([Group.objects.get_or_create(name="planner")[0]])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def worker():
    return make_operator("W1", "WOOD", pin_hash=make_password(PIN))


@pytest.fixture
def bench():
    FactoryClock.objects.update_or_create(
        id=1,
        defaults={
            "real_at": datetime(2026, 1, 1, tzinfo=UTC),
            "factory_at": NOW,
            "rate_per_mille": 0,
        },
    )
    return make_centre("BENCH", mode="JOB")


@pytest.fixture
def tablet(bench):
    """Give the browser of an active device."""
    return put_up(devices.register(name="Tablet", report=report())[1])


def put_up(token, centre="BENCH"):
    client = Client()
    response = client.post(f"/floor/kiosk/{token}/", {"work_centre": centre})
    assert response.status_code == 302
    return client


def sign_on(client, pin=PIN):
    return client.post("/floor/station/worker/", {"badge": "BADGE-W1", "pin": pin})


def start(client, order):
    operation = order.operations.get()
    address = f"/floor/operations/{operation.id}/action/"
    return client.post(address, {"action": "start", "nonce": "n"})


def test_a_planner_registers_a_device_and_is_shown_its_address_once(planner, bench):
    page = planner.post("/floor/devices/", {"name": "Tablet at the bench"})

    (address,) = re.findall(r"http://testserver(/floor/kiosk/[^<]+/)", page.text)
    assert Device.objects.get().state == "REGISTERED"
    assert "/floor/kiosk/" not in planner.get("/floor/devices/").text
    assert Client().get(address).status_code == 200


def test_a_device_picks_its_place_once(bench):
    make_centre("OVEN-1")
    _device, token = devices.register(name="Tablet", report=report())

    client = put_up(token)

    device = Device.objects.get()
    assert (device.state, device.work_centre) == ("ACTIVE", bench)
    assert client.cookies["device"]["httponly"]
    assert Client().get(f"/floor/kiosk/{token}/").status_code == 404
    with pytest.raises(NotFoundError):
        devices.activate(token=token, work_centre="OVEN-1", report=report())


def test_a_device_shows_the_board_of_its_place(tablet):
    make_work_order(step("SAW"), number="W-77")

    page = tablet.get("/floor/station/", follow=True)

    assert page.redirect_chain == [("/floor/boards/BENCH/", 302)]
    assert "W-77" in page.text
    assert 'value="start"' not in page.text


def test_nobody_reports_before_saying_who_it_is(tablet, worker):
    order = make_work_order(step("SAW", skill="WOOD"))

    refused = start(tablet, order)
    wrong = sign_on(tablet, pin="0000")
    still = start(tablet, order)

    assert [answer.status_code for answer in (refused, wrong, still)] == [302] * 3
    assert order_state(order) == "RELEASED"


def test_a_report_names_the_person_and_the_device(tablet, worker):
    order = make_work_order(step("SAW", skill="WOOD"))
    sign_on(tablet)
    assert 'value="start"' in tablet.get("/floor/boards/BENCH/").text

    start(tablet, order)

    event = ProductionEvent.objects.get(kind="START")
    device = Device.objects.get()
    assert (event.operator, event.device) == (worker, f"device:{device.pk}")
    assert event.actor == "W1 at Tablet"
    assert Operation.objects.get().operator == worker


def test_whoever_signs_off_reports_no_more(tablet, worker):
    order = make_work_order(step("SAW"))
    sign_on(tablet)

    tablet.post("/floor/station/worker/", {"off": "1"})
    start(tablet, order)

    assert order_state(order) == "RELEASED"


def test_a_device_reports_only_where_it_stands(tablet, worker):
    order = make_work_order(step("BAKE", "OVEN-1"))
    sign_on(tablet)

    assert start(tablet, order).status_code == 403


@pytest.mark.parametrize(
    "address", ["/floor/devices/", "/floor/work-orders/W-1/action/"]
)
def test_a_device_does_not_plan(tablet, worker, address):
    make_work_order(step("SAW"), number="W-1")
    sign_on(tablet)

    assert tablet.post(address, {"action": "cancel"}).status_code == 403


def test_a_revoked_device_is_refused_at_once(tablet, worker, planner, live_here):
    order = make_work_order(step("SAW"))
    sign_on(tablet)
    device = Device.objects.get()
    assert tablet.get("/live/boards/BENCH/").status_code == 204

    planner.post(f"/floor/devices/{device.pk}/revoke/")

    assert start(tablet, order)["Location"].startswith("/accounts/login/")
    assert tablet.get("/floor/boards/BENCH/").status_code == 302
    assert tablet.get("/live/boards/BENCH/").status_code == 401
    assert order_state(order) == "RELEASED"
    with pytest.raises(IllegalMoveError):
        devices.revoke(device_id=device.pk, report=report())


def test_a_device_that_was_never_put_up_can_be_revoked(bench):
    device, token = devices.register(name="Tablet", report=report())

    devices.revoke(device_id=device.pk, report=report())

    assert Client().get(f"/floor/kiosk/{token}/").status_code == 404


def test_pins_are_not_tried_out(worker):
    for _ in range(5):
        with pytest.raises(PinError, match="do not belong"):
            devices.identify(badge="BADGE-W1", pin="0000")

    with pytest.raises(PinError, match="Too many"):
        devices.identify(badge="BADGE-W1", pin=PIN)


def test_what_happened_to_a_device_stands_in_the_events(tablet, planner):
    planner.post(f"/floor/devices/{Device.objects.get().pk}/revoke/")

    kinds = ProductionEvent.objects.values_list("kind", "details__name")
    assert list(kinds) == [
        ("DEVICE_REGISTERED", "Tablet"),
        ("DEVICE_ACTIVATED", "Tablet"),
        ("DEVICE_REVOKED", "Tablet"),
    ]
