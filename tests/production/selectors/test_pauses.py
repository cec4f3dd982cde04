"""What a customer's thinking costs: the working time of the place that waits."""

from datetime import UTC, datetime, time, timedelta

import pytest

from orders.models import OrderLine, Promise
from orders.services.proofing import approve_proof, send_proof
from production.models import WorkCentre
from production.services.release import release_confirmed_orders
from tests.factories.production import NOW, batch_order

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def line(shirt) -> OrderLine:
    """A line on the floor whose places work from 8 to 16, Monday to Friday."""
    calendar = WorkCentre.objects.get(code="SCREEN-1").calendar
    calendar.zone, calendar.always_open = "UTC", False
    calendar.save()
    for day in range(5):
        calendar.shifts.create(weekday=day, starts=time(8), ends=time(16))
    line = batch_order(shirt, 20).lines.get()
    Promise.objects.create(
        line=line,
        ready_at=MONDAY + DAY + 12 * HOUR,
        shipped_at=MONDAY + DAY + 16 * HOUR,
        delivered_at=MONDAY + 2 * DAY + 17 * HOUR,
        created_at=NOW,
    )
    release_confirmed_orders(now=NOW)
    return line


def ready_after(line, *, sent_at, answered_at):
    proof = send_proof(order_line_id=line.pk, now=sent_at)
    approve_proof(proof_id=proof.pk, now=answered_at)
    return Promise.objects.filter(line=line).latest("revision").ready_at


def test_an_answer_within_a_night_costs_nothing(line):
    before = Promise.objects.get()
    sent_at, answered_at = MONDAY + 17 * HOUR, MONDAY + DAY + 7 * HOUR

    found = ready_after(line, sent_at=sent_at, answered_at=answered_at)

    assert (found, Promise.objects.get()) == (before.ready_at, before)


def test_working_hours_are_added_as_working_hours(line):
    """Out from Monday 14:00 to Tuesday 11:00: two hours and three."""
    sent_at, answered_at = MONDAY + 14 * HOUR, MONDAY + DAY + 11 * HOUR

    found = ready_after(line, sent_at=sent_at, answered_at=answered_at)

    assert found == MONDAY + 2 * DAY + 9 * HOUR


def test_days_are_added_as_working_days(line):
    """Four days of the clock would end on Saturday, when nobody works."""
    sent_at, answered_at = MONDAY + 8 * HOUR, MONDAY + 4 * DAY + 8 * HOUR

    found = ready_after(line, sent_at=sent_at, answered_at=answered_at)

    assert found == MONDAY + 7 * DAY + 12 * HOUR


def test_where_no_place_ever_closes_the_clock_counts(shirt):
    line = batch_order(shirt, 20).lines.get()
    Promise.objects.create(
        line=line, ready_at=NOW, shipped_at=NOW, delivered_at=NOW, created_at=NOW
    )

    found = ready_after(line, sent_at=NOW, answered_at=NOW + 5 * HOUR)

    assert found == NOW + 5 * HOUR
