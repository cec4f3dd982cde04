"""A batch's page asks for what is missing: why it is small, whose the scrap is."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from production.engine.demand import NEVER_S
from production.models import Batch, BatchMember, Operation
from production.selectors.loads import ORIGIN
from production.services import batches
from production.services.batching import freeze, plan_all
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.reports import Report
from production.views.words import local
from tests.factories.access import make_user
from tests.factories.production import batch_order, make_places, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shirt():
    make_places()
    return publish()


@pytest.fixture
def operator(client):
    user = make_user("operator")
    user.groups.add(Group.objects.get_or_create(name="operator")[0])
    client.force_login(user)
    return client


def group(shirt, now, *quantities):
    for quantity in quantities:
        batch_order(shirt, quantity)
    release_confirmed_orders(now=now)
    release_to_floor(now=now)
    plan_all(now=now)


def test_a_batch_below_its_minimum_asks_why_it_cannot_wait(operator, shirt, now):
    group(shirt, now, 24)
    member = BatchMember.objects.get()
    rule = member.operation.batch_rule | {"min": 1000}
    Operation.objects.filter(id=member.operation_id).update(batch_rule=rule)
    path = f"/floor/batches/{member.batch.number}/"

    asked = operator.get(path).text
    refused = operator.post(f"{path}action/", {"action": "freeze", "nonce": "n1"})
    # So it is opened anew: for a screen on the wall, or by who signs on at a device.
    anew = operator.get(f"{path}action/?tv")
    body = {"action": "freeze", "nonce": "n2", "reason": "the van leaves"}
    operator.post(f"{path}action/", body)

    assert "why it cannot wait" in asked
    assert 'href="?tv"' in refused.text
    assert anew.url == path
    error = r'id="id_reason_error">.*say why it cannot wait'
    assert re.search(error, refused.text, re.S)
    assert "the van leaves · operator" in operator.get(path).text


def test_a_batch_that_still_fills_says_when_it_closes(operator, shirt, now):
    group(shirt, now, 24)
    batch = Batch.objects.get()
    closes_at = ORIGIN + timedelta(seconds=batch.reasons["freeze_at_s"])
    path = f"/floor/batches/{batch.number}/"

    filling = operator.get(path).text
    batch.reasons |= {"freeze_at_s": NEVER_S}
    batch.save()
    endless = operator.get(path).text
    freeze(batch=batch, because="FULL", now=now)

    told = f'<dt>Freezes at the latest</dt><dd class="figures">{local(closes_at)}</dd>'
    assert told in filling
    assert "Freezes at the latest" not in endless + operator.get(path).text


def test_scrap_of_a_load_names_the_members_that_it_is_of(operator, shirt, now):
    group(shirt, now, 24, 30)
    member, other = BatchMember.objects.order_by("id")
    number = member.batch.number
    for action in ("freeze", "start"):
        given = Report(now=now, reason="now", is_automatic=True)
        batches.perform(number=number, action=action, report=given)
    path = f"/floor/batches/{number}/"

    step = operator.get(f"/floor/operations/{member.operation_id}/report/").text
    asked = operator.get(path).text
    body = {"action": "finish", "nonce": "n1", "scrap": "0", "reason": "dropped"}
    named = {f"scrap_of.{member.operation_id}": "2"}
    nobody = operator.post(f"{path}action/", body | named | {"badge": "B-404"})
    more = f"{member.quantity + 1}"
    too_many = {f"scrap_of.{member.operation_id}": more, "next": path}
    again = operator.post(f"{path}action/", body | too_many)
    operator.post(f"{path}action/", body | named)
    Batch.objects.update(due_at=now - timedelta(hours=2))
    ended = operator.get(path).text

    for offer in ("scrap", "reject"):
        assert f'value="{offer}"' not in step
    assert "Finish the batch, then set them aside." in step
    assert f'name="scrap_of.{member.operation_id}"' in asked
    for name, value in (*named.items(), ("reason", "dropped"), ("badge", "B-404")):
        assert f'name="{name}" value="{value}"' in nobody.text
    assert re.search(r'id="id_badge_error">.*No badge B-404', nobody.text, re.S)
    total = member.quantity + other.quantity
    assert f"Scrap, of {total} pieces" in again.text
    assert f">Back to the batch {number}<" in again.text
    assert "cannot lose more than its own pieces" in again.text
    assert f'value="{more}"' in again.text
    assert "was late by 2 h" in ended
    assert ">late by" not in ended
    member.refresh_from_db()
    other.refresh_from_db()
    assert (member.scrap, other.scrap) == (2, 0)
