"""What the floor's pages say, and to whom they offer what."""

import re
from datetime import timedelta

import pytest

from production.models import (
    BatchMember,
    Changeover,
    Line,
    Operation,
    ReplenishmentRun,
    Site,
    Skill,
    WorkCentre,
    WorkOrder,
)
from production.services import holds
from production.services.batching import plan_all
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.reports import Report
from production.services.sequencing import sequence_all
from tests.factories.access import make_user
from tests.factories.production import (
    batch_order,
    make_stock,
    order_of,
)

pytestmark = pytest.mark.django_db


def to_floor(now):
    release_confirmed_orders(now=now)
    release_to_floor(now=now)


def read(client, path, **headers):
    answer = client.get(path, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_sign_in_and_customers_are_refused(client, shirt):
    assert client.get("/floor/flow/").status_code == 302
    client.force_login(make_user("customer"))
    assert client.get("/floor/flow/").status_code == 403


def test_every_board_leads_to_the_others(sign_in, shirt):
    page = read(sign_in("operator"), "/floor/boards/SCREEN-1/")

    for path in ("/floor/", "/floor/lines/", "/floor/flow/", "/floor/people/"):
        assert f'href="{path}"' in page
    assert page.count("<h1") == 1


def test_the_list_of_boards_gives_figures_and_sets_the_idle_apart(sign_in, shirt, now):
    batch_order(shirt, 24)
    to_floor(now)

    page = read(sign_in("operator"), "/floor/")

    busy, idle = page.split("Work centres without work")
    assert "SCREEN-1" in busy
    assert "PACK-1" in idle


def test_planned_work_stands_apart_with_the_time_that_it_comes(sign_in, shirt, now):
    order_of(shirt, edit_until=now + timedelta(hours=2))
    release_confirmed_orders(now=now)

    page = read(sign_in("operator"), "/floor/boards/FL/")

    assert "Planned" in page
    assert "comes to the floor" in page
    assert page.count("when the customer&#x27;s time to change ends") == 1
    assert 'name="action"' not in page


def test_what_waits_for_a_batch_says_so_once(sign_in, shirt, now):
    batch_order(shirt, 24)
    batch_order(shirt, 30)
    to_floor(now)

    page = read(sign_in("operator"), "/floor/boards/SCREEN-1/")

    assert "Ready, to be grouped" in page
    assert page.count("waits for a batch of its kind") == 1


def test_batches_stand_on_their_board_with_what_is_in_them(sign_in, shirt, now):
    batch_order(shirt, 24)
    to_floor(now)
    plan_all(now=now)
    member = BatchMember.objects.get()
    number = member.batch.number
    Operation.objects.filter(id=member.operation_id).update(started_at=now)
    set_up = {"colour": "NAVY", "gauge": "NO_9"}
    WorkCentre.objects.filter(code="SCREEN-1").update(setup_state=set_up)

    client = sign_in("operator")
    page = read(client, "/floor/boards/SCREEN-1/")

    assert "Colour <strong>Navy</strong> · Gauge <strong>no 9</strong>" in page
    assert "In batches" in page
    assert f"/floor/batches/{number}/" in page
    assert WorkOrder.objects.get().number in page
    assert 'value="freeze"' in page
    for shown in (page, read(client, f"/floor/batches/{number}/")):
        assert '<p class="batch__kind">Colour: Navy</p>' in shown


@pytest.mark.parametrize(
    ("role", "offered", "kept"),
    [
        ("staff", (), ("freeze", "dissolve", "remove")),
        ("operator", ("freeze",), ("dissolve", "remove")),
        ("planner", ("freeze", "dissolve", "remove"), ()),
    ],
)
def test_a_batch_offers_what_the_role_may_do(sign_in, shirt, now, role, offered, kept):
    batch_order(shirt, 24)
    to_floor(now)
    plan_all(now=now)
    number = BatchMember.objects.get().batch.number

    page = read(sign_in(role), f"/floor/batches/{number}/")

    assert "In this batch" in page
    for action in offered:
        assert f'value="{action}"' in page
    for action in kept:
        assert f'value="{action}"' not in page


def test_a_television_shows_no_controls(sign_in, shirt):
    page = read(sign_in("planner"), "/floor/?tv")

    assert "The floor" in page
    assert "site-nav__link" not in page


@pytest.fixture
def changeover(shirt, now):
    batch_order(shirt, 24)
    to_floor(now)
    plan_all(now=now)
    batch = BatchMember.objects.get().batch
    Skill.objects.create(code="QUALITY", name={"en": "Quality release"})
    frozen = {"state": "CHANGEOVER", "frozen_because": "MAX_WAIT"}
    type(batch).objects.filter(id=batch.id).update(**frozen)
    Changeover.objects.update_or_create(
        batch=batch,
        defaults={
            "work_centre": batch.work_centre,
            "state": "RUNNING",
            "rule_code": "FULL_CLEAN",
            "planned_s": 600,
            "signature_skill": "QUALITY",
            "from_state": {"colour": "WHITE"},
            "to_state": {"colour": "NAVY"},
            "waste": {"dough_g": 200, "screens": 2},
            "created_at": now,
        },
    )
    return f"/floor/batches/{batch.number}/"


def test_a_changeover_is_a_list_to_clean_reconfigure_and_sign(sign_in, changeover):
    page = read(sign_in("operator"), changeover)

    for words in ("Clean", "Reconfigure", "Sign and start"):
        assert words in page
    assert "by somebody with Quality release" in page
    assert "<dt>Colour</dt><dd><s>White</s> <strong>Navy</strong>" in page
    assert "costs 200 g of dough, 2 screens" in page
    assert "<dt>Frozen because</dt><dd>the oldest has waited the maximum" in page


def test_a_signature_that_is_refused_keeps_what_was_ticked(sign_in, changeover):
    client = sign_in("operator")
    said = {"action": "start", "badge": "B-404", "cleaned": "on", "nonce": "n"}

    page = read(client, changeover)
    refused = client.post(f"{changeover}action/", said).text

    ticks = r'id="id_(cleaned|set)" name="\w+" required( checked)?>'
    assert re.findall(ticks, page) == [("cleaned", ""), ("set", "")]
    assert re.findall(ticks, refused) == [("cleaned", " checked"), ("set", "")]
    assert 'value="B-404"' in refused


def test_a_planner_takes_a_member_out_of_a_batch(sign_in, shirt, now):
    batch_order(shirt, 24)
    batch_order(shirt, 30)
    to_floor(now)
    plan_all(now=now)
    member = BatchMember.objects.order_by("id")[0]
    path = f"/floor/batches/{member.batch.number}/action/"
    body = {"action": "remove", "operation": member.operation_id, "nonce": "n1"}

    assert sign_in("operator").post(path, body).status_code == 403
    assert sign_in("planner").post(path, body).status_code == 302
    member.refresh_from_db()
    assert member.state == "WITHDRAWN"


def fill_line(release, now, n=3):
    for _index in range(n):
        order_of(release, choices={"colour": "NAVY", "text": "Ada"})
    to_floor(now)
    sequence_all(now=now)


def test_a_board_that_has_not_changed_is_not_sent_again(sign_in, shirt, now):
    fill_line(shirt, now)
    client = sign_in("planner")
    first = client.get("/floor/lines/FL/", headers={"HX-Request": "true"})

    again = client.get(
        "/floor/lines/FL/",
        headers={"HX-Request": "true", "If-None-Match": first["ETag"]},
    )

    assert "<html" not in first.content.decode()
    assert again.status_code == 304


def make_juice_line(shirt):
    line = Line.objects.create(
        code="JL",
        kind="FLOW",
        takt_ms=3000,
        product=shirt.product,
        work_centre=WorkCentre.objects.get(code="PACK-1"),
    )
    line.stations.create(code="FILL", position=1, base_ms=2_700)
    return line


def test_a_flow_line_shows_how_its_tasks_fit_into_stations(sign_in, shirt):
    make_juice_line(shirt)
    before = read(sign_in("operator"), "/floor/flow/")
    tasks = [
        {"code": "FILL", "name": {"en": "Fill"}, "ds": 27, "after": []},
        {"code": "CAP", "ds": 8, "after": ["FILL"]},
        {"code": "LABEL", "ds": 10, "after": ["CAP"]},
    ]

    Site.objects.update(figures={"balance": {"code": "JL", "tasks": tasks}})
    balanced = read(sign_in("operator"), "/floor/flow/")
    Line.objects.update(takt_ms=2_600)
    too_quick = read(sign_in("operator"), "/floor/flow/")

    assert "How its tasks could be shared out" not in before
    assert "Stations as they are" in before
    assert "a full bar is the takt of 3 s" in balanced
    assert "2 stations are enough for this takt, 1 in use" in balanced
    assert "<span>Fill</span>" in balanced
    assert "<span>cap, label</span>" in balanced
    assert "keeps this takt: Fill alone takes 2.7 s" in too_quick


def test_flow_lines_stand_side_by_side_with_stock_and_run(sign_in, shirt, now):
    line = make_juice_line(shirt)
    item = make_stock("JUICE", 400, product=shirt.product, reorder_point=500)
    run = ReplenishmentRun.objects.create(
        number="R-1",
        line=line,
        item=item,
        quantity=900,
        state="RUNNING",
        created_at=now,
    )
    line.counters.create(
        run=run, minute_at=now.replace(second=0), good=20, stations={"FILL": 20}
    )

    stopped = read(sign_in("operator"), "/floor/flow/")
    Line.objects.update(state="RUNNING")
    page = read(sign_in("operator"), "/floor/flow/")

    assert ("0 of 1 busy" in stopped, "all busy" in page) == (True, True)
    assert "all busy" not in stopped
    assert "losed until" not in page
    line.work_centre.calendar.shifts.all().delete()
    type(line.work_centre.calendar).objects.update(always_open=False)
    line.work_centre.calendar.shifts.create(weekday=6, starts="01:00", ends="02:00")
    assert "closed until Sun" in read(sign_in("operator"), "/floor/flow/")

    assert "a run is ordered at 500" in page
    assert "to be refilled" in page
    assert "0 of 900" in page
    assert '<rect class="minutes__bar"' in page
    assert 'src="/floor/lines/JL/?column"' in page


def test_a_planner_holds_resumes_and_cancels_a_work_order(sign_in, shirt, now):
    order_of(shirt)
    to_floor(now)
    number = WorkOrder.objects.get().number
    path = f"/floor/work-orders/{number}/"
    assert 'value="hold"' not in read(sign_in("operator"), path)
    assert sign_in("operator").post(f"{path}action/").status_code == 403

    client = sign_in("planner")
    body = {"action": "hold", "reason": "Wrong blank", "nonce": "n1"}
    client.post(f"{path}action/", body)
    page = read(client, path)
    assert "Wrong blank" in page
    assert 'value="resume"' in page

    client.post(f"{path}action/", {"action": "resume", "nonce": "n2"})
    client.post(f"{path}action/", {"action": "cancel", "nonce": "n3"})
    assert WorkOrder.objects.get(number=number).state == "CANCELLED"
    assert WorkOrder.objects.get(remake_of__number=number).state == "RELEASED"
    ended = read(client, path)
    assert [word in ended for word in ('value="cancel"', "due in")] == [False, False]

    due_at = now + timedelta(hours=3)
    made = {"state": "COMPLETED", "due_at": due_at, "completed_at": now}
    WorkOrder.objects.filter(number=number).update(**made)
    assert "in time" in read(client, path)
    late = {"completed_at": due_at + timedelta(hours=2)}
    WorkOrder.objects.filter(number=number).update(**late)
    assert "was late by 2 h" in read(client, path)


def test_held_work_says_why_and_cannot_be_started(sign_in, shirt, now):
    batch_order(shirt, 24)
    to_floor(now)
    Operation.objects.filter(code="SCREEN").update(batch_key="", batch_rule={})
    report = Report(now=now, actor="x", reason="Ask the customer")
    holds.hold(number=WorkOrder.objects.get().number, report=report)

    page = read(sign_in("operator"), "/floor/boards/SCREEN-1/")

    assert "Ask the customer" in page
    assert 'value="start"' not in page


def test_steps_say_what_they_come_after(sign_in, shirt, now):
    batch_order(shirt, 24)
    to_floor(now)

    page = read(
        sign_in("operator"), f"/floor/work-orders/{WorkOrder.objects.get().number}/"
    )

    assert "begins" in page
    assert "after 10" in page
    assert "16 min" in page
