"""A planner shapes bespoke work on its page; the overviews stay current."""

import json
import re

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.test import Client

from orders.models import Proof
from production.live import ALL, Hub
from production.models import Skill
from production.services import lines, membership, operations, sequencing
from tests.factories.access import make_user
from tests.factories.floor import (
    bake,
    make_centre,
    make_configuration,
    make_line,
    make_operator,
    make_unit,
    make_work_order,
    operation,
    report,
    step,
)
from tests.factories.production import NOW, place_order

pytestmark = pytest.mark.django_db


def sign_in(role):
    user = make_user(role)
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def order():
    Skill.objects.create(code="WOOD")
    return make_work_order(step("SAW"), step("OIL"), number="W-5")


def post(client, **body):
    return client.post("/floor/work-orders/W-5/action/", body, follow=True)


def test_a_planner_adds_a_step(order):
    make_centre("SPRAY")

    post(
        sign_in("planner"),
        action="add",
        name="Stain",
        work_centre="SPRAY",
        skill="WOOD",
        minutes="45",
        after="10",
        nonce="n",
    )

    added = order.operations.get(code="ADDED-30")
    assert (added.name, added.run_s, added.skill, added.predecessors) == (
        {"en": "Stain"},
        2_700,
        "WOOD",
        [10],
    )


def test_a_step_that_is_added_without_a_place_comes_last(order):
    post(
        sign_in("planner"),
        action="add",
        name="Wax",
        work_centre="BENCH",
        minutes="5",
        nonce="n",
    )

    assert order.operations.get(code="ADDED-30").predecessors == [20]


def test_steps_are_reordered_and_dropped(order):
    planner = sign_in("planner")
    saw, oil = operation(order, "SAW"), operation(order, "OIL")

    post(planner, action="reorder", operation=oil.id, after="", nonce="n1")
    post(planner, action="reorder", operation=saw.id, after="20", nonce="n2")
    after = {o.code: o.predecessors for o in order.operations.all()}
    post(planner, action="drop", operation=oil.id, nonce="n3")

    assert after == {"SAW": [20], "OIL": []}
    assert operation(order, "OIL").state == "SKIPPED"
    assert operation(order, "SAW").predecessors == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"action": "add", "name": " ", "minutes": "5"}, "Give the step a name."),
        ({"action": "add", "name": "X", "minutes": "much"}, "whole number"),
        ({"action": "reorder", "after": "first"}, "by their numbers"),
        ({"action": "reorder", "after": "70"}, "There is no step 70"),
    ],
)
def test_what_cannot_be_is_told_where_the_planner_stands(order, body, told):
    oil = operation(order, "OIL")

    page = post(sign_in("planner"), operation=oil.id, nonce="n", **body)

    assert told in page.text
    assert order.operations.count() == 2


def test_only_a_planner_is_offered_the_forms_and_only_for_bespoke_work(order):
    make_work_order(step("SAW"), number="W-6", method="BATCH")
    planner = sign_in("planner")

    Skill.objects.update(name={"en": "Joinery"})
    offered = planner.get("/floor/work-orders/W-5/").text
    assert 'value="add"' in offered
    assert '<option value="WOOD">Joinery</option>' in offered
    assert 'value="add"' not in planner.get("/floor/work-orders/W-6/").text
    assert 'value="add"' not in sign_in("operator").get("/floor/work-orders/W-5/").text


# Overviews.


def test_what_waits_for_a_customer_or_a_supplier_is_no_work_to_be_given_out(order):
    line = place_order({"configuration": make_configuration()}).lines.get()
    make_work_order(step("OK", None, kind="APPROVAL"), number="W-6", order_line=line)
    make_work_order(step("PLATE", None, kind="OUTSIDE"), number="W-7")
    Skill.objects.update(name={"en": "Joinery"})
    worker = make_operator("W1", "WOOD")
    order.operations.filter(code="SAW").update(skill="WOOD")
    mine = make_work_order(step("MILL"), number="W-8")
    mine.operations.update(operator=worker)
    client = sign_in("planner")

    before = client.get("/floor/people/").text
    Proof.objects.create(order_line=line, state="SENT", created_at=NOW, sent_at=NOW)
    sent = client.get("/floor/people/").text

    columns = re.findall(r'id="person-\d">([^<]*)<.*?(W-\d)</a>', before, re.S)
    assert columns == [
        ("Not assigned yet", "W-5"),
        ("Name of W1", "W-8"),
        ("Waits for the customer", "W-6"),
        ("At a supplier", "W-7"),
    ]
    assert before.count(">waits<") == 2
    assert before.count(">Joinery<") == 2
    assert "No proof is with the customer now." in before
    assert re.search(r"Proof sent \w+ .*, not answered yet\.", sent)


@pytest.mark.parametrize("path", ["/floor/", "/floor/lines/", "/floor/people/"])
def test_an_overview_is_a_live_board_with_an_etag(order, path):
    make_line()
    client = sign_in("operator")

    page = client.get(path)
    part = client.get(path, headers={"HX-Request": "true"})
    again = client.get(
        path, headers={"HX-Request": "true", "If-None-Match": part["ETag"]}
    )

    assert f'<live-board src="{path}"' in page.text
    assert "/live/boards/all/" in page.text
    assert "<html" not in part.text
    assert again.status_code == 304


def test_the_stream_of_the_whole_floor_hears_of_every_board():
    async def watch():
        hub = Hub()
        queues = [hub.join(code) for code in (ALL, "MIX-1", "OVEN-1")]
        assert hub._listener is not None
        hub._listener.cancel()

        hub.tell(json.dumps({"board": "MIX-1", "version": 1}))

        return [queue.qsize() for queue in queues]

    assert async_to_sync(watch)() == [1, 1, 0]


def test_the_stream_of_the_whole_floor_is_for_the_floor(live_here):
    assert sign_in("operator").get("/live/boards/all/").status_code == 204
    assert Client().get("/live/boards/all/").status_code == 401


# Nobody is offered what they may not do.


def test_a_start_is_offered_only_to_whoever_has_the_skill():
    user = make_user("wil")
    user.groups.set([Group.objects.get_or_create(name="operator")[0]])
    make_operator("W6", "WOOD", user=user)
    client = Client()
    client.force_login(user)
    make_work_order(step("SAW", "SAW", skill="WOOD"))
    Skill.objects.create(code="CNC", name={"en": "Milling by numbers"})
    number = make_work_order(step("MILL", "CNC", skill="CNC")).number

    assert 'value="start"' in client.get("/floor/boards/SAW/").text
    other = client.get("/floor/boards/CNC/").text
    assert 'value="start"' not in other
    assert "needs Milling by numbers, which you are not qualified for" in other
    page = sign_in("planner").get(f"/floor/work-orders/{number}/").text
    assert "<td>Milling by numbers" in page


def test_one_is_due_before_and_two_are():
    for _ in range(3):
        make_work_order(step("SAW", "SAW"))

    text = sign_in("planner").get("/floor/boards/SAW/").text

    assert "ready; 1 is due before" in text
    assert "ready; 2 are due before" in text


def test_a_batch_page_offers_its_load_sheet():
    order = make_work_order(bake())
    (batch,) = membership.carry_on(work_order_ids=[order.id], fed_by=None, now=NOW)
    client = sign_in("operator")
    address = f"/floor/batches/{batch.number}/load-sheet.pdf"

    assert address in client.get(f"/floor/batches/{batch.number}/").text
    assert client.get(address)["Content-Type"] == "application/pdf"


def test_who_inspects_sees_the_limits_and_says_what_was_measured(order):
    limits = {"what": {"en": "Flatness"}, "min": 0, "max": 2, "unit": "mm"}
    order.operations.filter(code="SAW").update(state="RUNNING", inspection=limits)
    key = operation(order, "SAW").id
    client = sign_in("operator")

    board = client.get("/floor/boards/BENCH/").content.decode()
    form = client.get(f"/floor/operations/{key}/report/").content.decode()
    said = {"action": "finish", "measured": "2.5", "nonce": "n"}
    client.post(f"/floor/operations/{key}/report/", said)

    for page in (board, form):
        assert "Flatness: 0 to 2 mm" in page
        assert 'name="measured"' in page
    noted = order.nonconformances.get()
    assert (noted.reason, noted.state) == ("Flatness is 2.5, not 0 to 2 mm", "OPEN")
    assert operation(order, "SAW").state == "RUNNING"
    assert 'value="inspect"' not in form
    assert "This step is an inspection itself" in form


def test_a_report_that_is_refused_stands_as_typed_with_the_error_at_its_field(order):
    order.operations.filter(code="SAW").update(state="RUNNING")
    address = f"/floor/operations/{operation(order, 'SAW').id}/"
    said = {"action": "scrap", "good": "1", "scrap": "99", "reason": "a knot"}
    client = sign_in("operator")

    wrong = client.post(f"{address}report/", said | {"nonce": "n"})
    nobody = client.post(f"{address}action/", {"action": "finish", "badge": "B-404"})
    anew = client.get(f"{address}action/?tv")
    page = client.post(f"{address}report/", said | {"scrap": "1", "nonce": "n"})

    for typed in ("1", "99", "a knot", "n"):
        assert f'value="{typed}"' in wrong.text
    assert re.search(
        r'id="id_scrap_error">.*Only 1 piece can be scrapped', wrong.text, re.S
    )
    assert (wrong.status_code, page.status_code) == (400, 302)
    assert re.search(r'id="id_badge_error">.*No badge B-404', nobody.text, re.S)
    assert 'value="B-404"' in nobody.text
    assert 'href="?tv"' in nobody.text
    assert anew.url == f"{address}report/"


def test_a_report_says_how_many_pieces_are_open_and_what_became_of_the_others(order):
    told = {"state": "RUNNING", "planned_quantity": 24, "good": 5, "scrap": 1}
    order.operations.filter(code="SAW").update(**told)
    address = f"/floor/operations/{operation(order, 'SAW').id}/report/"
    client = sign_in("operator")
    said = {"action": "reject", "good": "2", "reason": "a knot", "nonce": "n"}

    before = client.get(address).text
    client.post(address, said)
    after = client.get(address).text

    assert ">18 of 24 pieces open · 5 counted as good · 1 scrapped<" in before
    assert "all that is open as good. A number for Done is that of the" in before
    assert "16 of 24 pieces open" in after
    assert "2 set aside or not here yet" in after


def test_what_cannot_be_reported_now_is_not_offered(order):
    form = sign_in("operator").get(
        f"/floor/operations/{operation(order, 'OIL').id}/report/"
    )

    offered = re.findall(r'name="action" value="(\w+)"', form.text)
    assert offered == ["inspect", "block"]
    assert 'name="scrap"' not in form.text
    assert "open" not in form.text.partition("<main")[2]


def test_a_unit_ends_with_its_line_and_is_led_to_quality_instead_of_unblocked():
    line = make_line()
    unit = make_unit(line)
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code=line.code, report=report())
    lines.advance(code=line.code, report=report())
    at_work = unit.operations.get(state="RUNNING")
    said = report(reason="a scratch")
    client = sign_in("operator")
    moving = client.get(f"/floor/boards/{line.work_centre.code}/").text
    operations.perform(operation_id=at_work.id, action="reject", report=said)

    assert "in hand; moves with its line" in moving
    assert 'value="finish"' not in moving

    for address in (
        f"/floor/boards/{line.work_centre.code}/",
        f"/floor/lines/{line.code}/",
    ):
        page = client.get(address).text
        assert 'value="unblock"' not in page
        assert "wait for a decision by quality: 1" in page
        assert "Decide in Quality" in page
