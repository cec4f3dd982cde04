"""Work orders with steps at named work centres, written straight into the tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from configurator.models import CatalogueRelease
from production.models import (
    Calendar,
    Line,
    Operation,
    Operator,
    Site,
    Skill,
    Station,
    WorkCentre,
    WorkOrder,
)
from production.services.reports import Report
from tests.factories import production as orders

NOW = orders.NOW
_numbers = count(1)


def make_centre(code: str, **fields: Any) -> WorkCentre:
    """Give a work centre that is always open."""
    site, _new = Site.objects.get_or_create(
        code="MILL", defaults={"zone": "Europe/Berlin"}
    )
    calendar, _new = Calendar.objects.get_or_create(
        code="ALWAYS", defaults={"zone": "Europe/Berlin", "always_open": True}
    )
    found, _new = WorkCentre.objects.get_or_create(
        code=code,
        defaults={"mode": "LOAD", "site": site, "calendar": calendar, **fields},
    )
    return found


def make_work_order(quantity: int = 1, **fields: Any) -> WorkOrder:
    """Give a released work order of a confirmed order, without steps."""
    number = next(_numbers)
    release = CatalogueRelease.objects.filter(product__slug="shirt").first()
    release = release or orders.publish()
    order = orders.order_of(release, quantity, method="BATCH")
    line = order.lines.get()
    return WorkOrder.objects.create(
        **{
            "number": f"W-{number}",
            "source_kind": "ORDER_LINE",
            "source_key": str(line.id),
            "unit_index": 0,
            "order_line": line,
            "product": line.product,
            "configuration": line.configuration,
            "method": "BATCH",
            "state": "RELEASED",
            "quantity": quantity,
            "planned_quantity": quantity,
            "release_at": NOW,
            "released_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def make_step(
    work_order: WorkOrder, sequence: int, centre: WorkCentre | None, **fields: Any
) -> Operation:
    """Add a step; by default it follows the step before and nobody groups it."""
    earlier = work_order.operations.order_by("-sequence").first()
    after = [earlier.sequence] if earlier else []
    values = {
        "code": f"S{sequence}",
        "name": {"en": f"Step {sequence}"},
        "basis": "UNIT",
        "state": "WAITING" if after else "READY",
        "predecessors": after,
        "planned_quantity": work_order.planned_quantity,
        "run_s": 60,
        "ready_at": None if after else NOW,
        "due_at": NOW + timedelta(days=2),
        **fields,
    }
    return Operation.objects.create(
        work_order=work_order, sequence=sequence, work_centre=centre, **values
    )


def baked(
    quantity: int, *, oven: WorkCentre, key: str = "dough=VANILLA", **fields: Any
) -> Operation:
    """Give a ready oven step: trays of 24, at most 18 a load."""
    rule = {"measure": "TRAY", "max": 18, "min": 0, "max_wait_s": 2700, "cutoff": None}
    work_order = make_work_order(quantity)
    return make_step(
        work_order,
        10,
        oven,
        **{
            "basis": "LOAD",
            "run_s": 840,
            "batch_key": key,
            "batch_rule": rule,
            "attributes": {"dough": key.partition("=")[2]},
            "load_num": 1,
            "load_den": 24,
            **fields,
        },
    )


def make_person(code: str, *skills: str, **fields: Any) -> Operator:
    person = Operator.objects.create(code=code, name=code, badge=f"B-{code}", **fields)
    for skill in skills:
        found, _new = Skill.objects.get_or_create(code=skill)
        person.skills.add(found)
    return person


def make_line(code: str = "LINE", **fields: Any) -> Line:
    """Give a running flexible line of three stations."""
    centre = make_centre(code, mode="LINE")
    line = Line.objects.create(
        **{
            "code": code,
            "kind": "FLEXIBLE",
            "work_centre": centre,
            "takt_ms": 60_000,
            "wip_limit": 4,
            **fields,
        }
    )
    for position, station in enumerate(("CUT", "SEW", "PACK"), start=1):
        Station.objects.create(line=line, code=station, position=position)
    return line


def make_unit(line: Line, **fields: Any) -> WorkOrder:
    """Give a unit that is released to a line."""
    work_order = make_work_order(method="MASS_CUSTOMISATION", line=line, **fields)
    for place, station in enumerate(line.stations.all(), start=1):
        make_step(
            work_order,
            place * 10,
            line.work_centre,
            station=station.code,
            state="ON_LINE",
            ready_at=None,
        )
    return work_order


def report(now: datetime = NOW, **fields: Any) -> Report:
    return Report(now=now, actor="test", **fields)
