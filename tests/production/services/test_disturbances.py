"""What goes wrong in a shift goes wrong as the data sheet says."""

import random

import pytest

from production.models import (
    Batch,
    LineSlot,
    Nonconformance,
    Operation,
    Site,
    WorkOrder,
)
from production.services import disturbances, lines, people, repairs, sequencing
from tests.factories.floor import at, make_line, make_unit, numbers_in, report, state_of
from tests.factories.production import NOW, configure, place_order, publish
from tests.production.services.oven import order, plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def crew():
    return people.gather(rng=random.Random(1))  # noqa: S311 -- a simulation


def test_a_clogged_head_prints_three_units_again_and_loses_the_fourth():
    line = make_line(n_stations=2)
    line.stations.filter(code="S1").update(code=disturbances.PRINTER)
    units = [make_unit(line) for _ in range(5)]
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code=line.code, report=report())
    workers = crew()

    struck = []
    for minute in range(1, 9):
        struck.append(disturbances.head_clogs(workers, at(minute)))
        if struck[-1]:
            break
        lines.advance(code=line.code, report=report(minute))

    assert struck == [False] * 6 + [True]
    again = Operation.objects.filter(kind="REWORK")
    assert set(again.values_list("work_order_id", "rework", "state")) == {
        (unit.id, 1, "DONE") for unit in units[:3]
    }
    assert state_of(units[3]) == "SCRAPPED"
    assert WorkOrder.objects.get(source_kind="MAKE_UP").remake_of == units[3]
    noted = Nonconformance.objects.order_by("id")
    assert [each.disposition for each in noted] == ["REWORK"] * 3 + ["SCRAP"]


def test_a_customer_cancels_one_of_the_orders_in_a_frozen_load():
    placed = place_order({"configuration": configure(publish(), colour="NAVY")})
    theirs = order(quantity=24, order_line=placed.lines.get(), number="W-THEIRS")
    order(quantity=408, number="W-OTHER")
    workers = crew()
    too_soon = disturbances.member_cancelled(workers, NOW)
    plan()

    assert disturbances.member_cancelled(workers, at(1))

    batch = Batch.objects.get()
    placed.refresh_from_db()
    assert not too_soon
    assert (placed.state, state_of(theirs)) == ("CANCELLED", "CANCELLED")
    assert (batch.state, numbers_in(batch)) == ("FROZEN", {"W-OTHER"})


def test_a_unit_that_fails_the_last_check_goes_round_once_and_works_one_step_anew():
    line = make_line()
    unit, _other = make_unit(line, number="W-A"), make_unit(line, number="W-B")
    loop = {"after": "S3", "re_enters": "S2", "share_bp": 10_000}
    Site.objects.update(figures={"repair_loops": {line.code: loop}})
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code=line.code, report=report())
    loops = repairs.map_loops()

    sent, passed = [], []
    for minute in range(1, 9):
        lines.advance(code=line.code, report=report(minute))
        passed.append(LineSlot.objects.get(work_order=unit).station)
        sent.append(repairs.send_back(loops=loops, now=at(minute)))

    anew = unit.operations.get(kind="REWORK")
    assert sum(sent) == 2
    assert (anew.station, anew.state) == ("S2", "DONE")
    assert {state_of(each) for each in WorkOrder.objects.all()} == {"COMPLETED"}
    assert passed == [2, 3, 2, 3, None, None, None, None]
