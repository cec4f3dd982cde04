"""A simulated shift looks up when something can happen, and no oftener."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from production.models import Calendar, WorkCentre
from production.services import simulation
from production.services.simulation import FLOW_EVERY
from tests.factories.floor import (
    HOUR,
    MINUTE,
    make_calendar,
    make_line,
    make_operator,
    make_unit,
    make_work_order,
    state_of,
    step,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def looks(hours=2):
    times: list[datetime] = []
    simulation.simulate(
        begin=NOW, hours=hours, seed=1, is_calm=True, on_step=times.append
    )
    return [at - NOW for at in times]


def test_steps_in_which_nothing_can_happen_are_passed_over():
    make_calendar("ALL")

    *since, end = looks()

    assert {later - sooner for sooner, later in pairwise(since)} == {FLOW_EVERY}
    assert end == 2 * HOUR


def test_work_where_nobody_comes_any_more_stops_no_shift():
    left = make_work_order(step("SAW"))
    left.operations.update(state="RUNNING", ready_at=NOW)
    never = Calendar.objects.create(code="NEVER", zone="UTC")
    WorkCentre.objects.update(calendar=never)

    assert simulation.find_opening(at=NOW) == NOW
    assert looks()[-1] == 2 * HOUR
    assert state_of(left) != "COMPLETED"


def test_a_line_that_somebody_stopped_is_not_set_going_by_who_works_there():
    line = make_line(state="STOPPED")
    unit = make_unit(line)

    looks()

    line.refresh_from_db()
    assert (line.state, state_of(unit)) == ("STOPPED", "RELEASED")


def test_what_ends_between_two_looks_is_seen_in_its_step():
    make_operator("ANNA", "WOOD")
    work_order = make_work_order(step("SAW", run_s=1260), step("PLANE", run_s=60))

    since = looks()

    assert state_of(work_order) == "COMPLETED"
    saw, plane = work_order.operations.order_by("sequence")
    assert saw.started_at is not None
    assert saw.finished_at == saw.started_at + timedelta(seconds=1260)
    assert plane.started_at is not None
    assert plane.started_at < saw.finished_at + 5 * MINUTE
    assert len(since) < 2 * HOUR / (5 * MINUTE)
