"""Machines without people, and the licence that comes of them at the end."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.signing import Signer

from orders.models import FinishedFile, Order, OutboxMessage
from orders.services.downloads import hand_out_files
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from production.models import Operation
from production.selectors.demo import read_products
from production.services.driving import tend
from production.services.floor_release import release_to_floor
from production.services.operations import perform
from production.services.release import release_confirmed_orders
from tests.factories.orders import make_request, order_answer, publish
from tests.factories.steps import NOW, make_centre, make_step, make_work_order, report

pytestmark = pytest.mark.django_db
CHOICES = {"modules": ["PLAN", "API"], "languages": "EU", "seats": "S20"}


def minutes(n):
    return NOW + timedelta(minutes=n)


def buy_app():
    """Place and pay an order of the demo's digital product; give it on the floor."""
    documents = {each["product"]: each for each in read_products()}
    publish(documents["app-edition"], now=NOW)
    make_centre("BUILD-1", mode="AUTO", n_places=4)
    lines = LineRequest(product="app-edition", choices=CHOICES, quantity=1)
    request = make_request(lines, shipping_address={"country": "DE"})
    order = place_order(request=request, user=None, language="en", now=NOW)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    release_confirmed_orders(limit=10, now=NOW)
    release_to_floor(now=NOW)
    return order


def test_a_digital_product_is_built_signed_and_licensed_with_nobody_there():
    order = buy_app()

    for n in range(20):
        tend(now=NOW + timedelta(seconds=20 * n))
        hand_out_files(now=NOW + timedelta(seconds=20 * n))

    order = Order.objects.get(pk=order.pk)
    answer = order_answer(order=order, language="en")
    assert answer["lines"][0]["stage"] == "DELIVERED"
    assert (order.state, answer["shipments"]) == ("CLOSED", [])
    assert OutboxMessage.objects.filter(
        order_id=order.pk, payload__template="files"
    ).exists()


def test_its_licence_names_what_was_bought_and_is_signed():
    order = buy_app()
    for n in range(20):
        tend(now=NOW + timedelta(seconds=20 * n))

    kept = FinishedFile.objects.get(order_line__order=order)
    with zipfile.ZipFile(BytesIO(bytes(kept.content))) as archive:
        text = archive.read("licence.json").decode()
        signature = archive.read("licence.sig").decode()

    told = json.loads(text)
    assert (told["order"], told["choices"]) == (
        order.number,
        {**CHOICES, "modules": ["API", "PLAN"]},
    )
    assert signature == Signer(salt="licence").signature(text)


def test_an_automatic_place_takes_no_more_than_it_has_room_for():
    place = make_centre("BUILD-1", mode="AUTO", n_places=1)
    steps = [
        make_step(make_work_order(1), 10, place, is_attended=False, run_s=90)
        for _n in range(2)
    ]
    states = []

    for n in (0, 1, 2, 4):
        tend(now=minutes(n))
        states.append(
            list(
                Operation.objects.filter(id__in=[each.id for each in steps])
                .order_by("id")
                .values_list("state", flat=True)
            )
        )

    assert states == [
        ["RUNNING", "READY"],
        ["RUNNING", "READY"],
        ["DONE", "RUNNING"],
        ["DONE", "DONE"],
    ]


def test_a_caller_of_the_api_may_report_what_a_machine_does():
    place = make_centre("BUILD-1", mode="AUTO")
    step = make_step(make_work_order(1), 10, place, is_attended=False, run_s=90)
    tend(now=NOW)

    perform(operation_id=step.id, action="finish", report=report(minutes(1)))
    tend(now=minutes(2))

    step.refresh_from_db()
    assert (step.state, step.finished_at) == ("DONE", minutes(1))
