"""The stock page shows what is on hold; a lot's page names who got of it."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from production.models import Calendar, WorkCentre
from production.services.lots import receive, release_due
from production.services.stock import reserve_stock, take_stock
from tests.factories.access import make_user
from tests.factories.floor import DAY, make_flow_line, make_operator
from tests.factories.production import NOW, configure, place_order

pytestmark = pytest.mark.django_db
LOT = "/floor/lots/L-1/"


@pytest.fixture
def lot():
    """Give a lot of which a customer got a case."""
    make_operator("Q1", "QUALITY")
    release, _line, item = make_flow_line("apple", on_hand=0)
    item.quality_hold_s = 3600
    item.save()
    found = receive(item_id=item.id, code="L-1", quantity=12, now=NOW - DAY)
    release_due(now=NOW)
    order = place_order(
        {"configuration": configure(release), "quantity": 1, "method": "FLOW"}
    )
    reserve_stock(order_id=order.pk, now=NOW)
    line_ids = list(order.lines.values_list("id", flat=True))
    take_stock(order_id=order.pk, line_ids=line_ids, now=NOW)
    return found


def sign_in(role):
    user = make_user(role)
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    client = Client()
    client.force_login(user)
    return client


def act(client, action, **fields):
    body = {"action": action, "nonce": action, "badge": "Q1", **fields}
    return client.post(f"{LOT}action/", body, follow=True)


def test_a_lot_names_its_customers_to_whoever_may_know_them(lot):
    told = {role: sign_in(role).get(LOT).text for role in ("planner", "operator")}

    assert all("F-000001" in text for text in told.values())
    assert "Test buyer" in told["planner"]
    assert "Test buyer" not in told["operator"]


def test_quality_blocks_and_releases_a_lot_from_its_page(lot):
    client = sign_in("operator")

    page = act(client, "block", reason="cloudy")
    lot.refresh_from_db()
    assert (lot.state, "cloudy" in page.text) == ("BLOCKED", True)
    act(client, "release")

    lot.refresh_from_db()
    assert lot.state == "RELEASED"


def test_a_refusal_is_told_on_the_page(lot):
    page = act(sign_in("operator"), "block", badge="", reason="cloudy")

    assert "Only somebody with the skill for quality" in page.text


def test_the_order_desk_reads_a_recall_but_decides_nothing(lot):
    act(sign_in("planner"), "recall", reason="cloudy")
    desk = sign_in("staff")

    page = desk.get(LOT).text
    assert "Recalled since" in page
    assert "Test buyer" in page
    assert 'name="action"' not in page
    assert act(desk, "dispose").status_code == 403


def test_stock_shows_what_is_free_and_what_is_on_hold(
    lot, django_assert_max_num_queries
):
    client = sign_in("operator")
    act(client, "block", reason="cloudy")

    with django_assert_max_num_queries(12):
        text = client.get("/floor/stock/").text

    assert "L-1" in text
    assert 'data-label="On hold">6</td>' in text


def test_a_flow_line_that_never_opens_is_shown_with_its_stock():
    _release, line, _item = make_flow_line("apple", on_hand=0)
    never = Calendar.objects.create(code="NEVER", zone="UTC")
    WorkCentre.objects.filter(id=line.work_centre_id).update(calendar=never)

    page = sign_in("operator").get("/floor/flow/")

    assert (page.status_code, line.code in page.text) == (200, True)
    assert "Closed until" not in page.text
