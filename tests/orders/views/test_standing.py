"""The desk sees what repeats, pauses it and leaves days out."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from orders.models import StandingDay, StandingOrder
from orders.services.standing import load_standing_orders
from tests.factories.access import make_user
from tests.factories.orders import NOW
from tests.orders.services.test_standing import DOCUMENT
from tests.orders.views.conftest import Buyer

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(shop) -> Buyer:
    load_standing_orders(documents=[DOCUMENT], now=NOW)
    client = Buyer()
    user = make_user("dora")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    return client


def act(staff: Buyer, **fields: str) -> int:
    status: int = staff.post("/desk/standing/cafe/", fields).status_code
    return status


def test_the_page_shows_what_when_and_the_next_days(staff):
    html = staff.see("/desk/standing/")

    assert "Café am Hafen" in html
    assert '<span class="figures">60</span>' in html
    assert "Mon, Tue, Wed, Thu, Fri, by 06:30" in html
    assert "Paused" in html
    assert len(re.findall(r'name="day" value="', html)) == 5


def test_it_goes_on_and_pauses_again(staff):
    states = []
    for action in ("resume", "resume", "pause"):
        assert act(staff, action=action) == 302
        states.append(StandingOrder.objects.get().is_paused)

    assert states == [False, False, True]


def test_a_day_is_left_out_and_taken_in(staff):
    day = re.findall(r'name="day" value="([\d-]+)"', staff.see("/desk/standing/"))[0]

    assert act(staff, action="skip", day=day) == 302
    assert StandingDay.objects.get().is_skipped
    assert "left out" in staff.see("/desk/standing/")
    assert act(staff, action="unskip", day=day) == 302
    assert not StandingDay.objects.get().is_skipped


@pytest.mark.parametrize(
    "fields", [{"action": "burn"}, {"action": "skip", "day": "soon"}, {}]
)
def test_what_is_no_action_or_no_day_is_refused(staff, fields):
    assert act(staff, **fields) == 400
    assert staff.post("/desk/standing/none/", {"action": "pause"}).status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_asks_as_often_for_many_as_for_one(
    staff, n, django_assert_num_queries
):
    more = [DOCUMENT | {"code": f"CAFE-{each}"} for each in range(1, n)]
    load_standing_orders(documents=more, now=datetime(2026, 3, 2, tzinfo=UTC))
    staff.see("/desk/standing/")

    # Clock, session, user, groups, cart; standing orders, their days and lines,
    # releases.
    with django_assert_num_queries(9):
        staff.see("/desk/standing/")
