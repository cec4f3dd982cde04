"""Quality decides on its page what becomes of pieces that are wrong, and closes it."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from production.models import Nonconformance
from production.services import nonconformances
from tests.factories.access import make_user
from tests.factories.floor import make_operator, make_work_order, operation, step
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db
PAGE = "/floor/quality/"


def sign_in(role):
    user = make_user(role)
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def quirin():
    return make_operator("Q1", "QUALITY")


def note(n=1, disposition=""):
    order = make_work_order(step("SAW"), quantity=5, number=f"W-{n}-{disposition}")
    return nonconformances.note(
        operation=operation(order, "SAW"),
        quantity=2,
        reason="split along the grain",
        disposition=disposition,
        now=NOW,
        reported_by="W1",
    )


def act(client, found, action, **fields):
    body = {"action": action, "nonce": f"{action}-{found.pk}", **fields}
    return client.post(f"{PAGE}{found.pk}/action/", body, follow=True)


def state():
    return Nonconformance.objects.values_list("state", "disposition").get()


def test_quality_decides_by_badge_and_a_planner_closes(quirin):
    found = note()

    page = act(sign_in("operator"), found, "REWORK", badge="Q1", reason="sand it")
    decided = state()
    closed = act(sign_in("planner"), found, "close")

    assert decided == ("DISPOSITIONED", "REWORK")
    assert "split along the grain · sand it" in page.text
    assert state() == ("CLOSED", "REWORK")
    assert "Closed lately" in closed.text


def test_nobody_else_decides(quirin):
    found = note()
    make_operator("W1", "WOOD")

    page = act(sign_in("operator"), found, "SCRAP", badge="W1")

    assert "somebody with the skill for quality" in page.text
    assert state() == ("OPEN", "")
    assert act(sign_in("staff"), found, "SCRAP").status_code == 403


def test_whoever_has_signed_in_without_the_skill_sees_no_buttons(quirin):
    note()
    client = sign_in("operator")
    worker = make_operator("W1", "WOOD")
    before = client.get(PAGE).text
    worker.user_id = client.session["_auth_user_id"]
    worker.save()

    assert ('value="SCRAP"' in before, "SCRAP" in client.get(PAGE).text) == (
        True,
        False,
    )


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_asks_the_database_the_same_however_much_there_is(
    n, django_assert_max_num_queries
):
    for each in range(n):
        note(each)
        note(each, "SCRAP")
    client = sign_in("planner")

    with django_assert_max_num_queries(16):
        text = client.get(PAGE).text

    assert text.count("split along the grain") == 2 * n
    assert f'id="open">To be decided <span class="section-head__count">{n}' in text
