"""The oven, what is to be baked in it, and the loads that come of it."""

from datetime import timedelta

from production.engine.case import Case, CaseOrder, Equipment, Plant
from production.engine.cutoff import Closing
from production.engine.plan import Kind, Profile
from production.engine.queue_rules import queue_rule
from production.models import Batch
from production.selectors.calendars import map_calendars
from production.selectors.loads import LoadRule
from production.services import batching
from tests.factories.floor import TRAYS, at, bake, make_centre, make_work_order, step
from tests.factories.production import NOW

NEXT_WEEK = NOW + timedelta(days=7)


def order(quantity=24, key="programme=COOKIE", rule=None, **fields):
    fields = {"due_at": NEXT_WEEK, **fields}
    made = bake(key, batch_rule=TRAYS | (rule or {}))
    return make_work_order(made, step("PACK"), quantity=quantity, **fields)


def plan(minutes=0):
    oven = make_centre("OVEN-1")
    return batching.plan_work_centre(work_centre_id=oven.id, now=at(minutes))


def foresees(minutes, *, rule, quantity=24, due_at=NEXT_WEEK):
    """Say whether a forecast of that order closes its load by then."""
    return foreseen(minutes, rules=[rule], quantity=quantity, due_at=due_at) == {0}


def foreseen(minutes, *, rules, quantity=24, due_at=NEXT_WEEK):
    """Name which orders of one kind, each under its rule, go by then in a forecast."""
    centre = make_centre("OVEN-1")
    hours = map_calendars(codes=[centre.calendar.code])[centre.calendar.code]
    oven = Equipment(
        run_ms=1,
        load_pieces=432,
        load_run_ms=840_000,
        openings=hours.openings_s(NOW, NEXT_WEEK + timedelta(days=1)),
    )
    due_s = int((due_at - NOW).total_seconds())
    waiting = tuple(
        CaseOrder(
            key,
            "programme=COOKIE",
            quantity,
            due_s=due_s,
            closing=_closing(LoadRule.read(TRAYS | rule), centre.site.zone),
        )
        for key, rule in enumerate(rules)
    )
    profile = Profile(kind=Kind.STANDARD, quantity=quantity, run_ms=1)
    queue = queue_rule(Case(waiting, oven, profile), Plant("BATCH"))
    for each in waiting:
        queue.arrive(each, now_s=0)
    closed = set()
    while task := queue.choose(place=0, state={}, now_s=minutes * 60):
        closed |= {key for key, _pieces in task.pieces}
    return closed


def _closing(terms, zone):
    return Closing(
        terms.max_wait_s,
        terms.clock(zone=zone, origin=NOW),
        minimum=432 * terms.minimum // terms.capacity,
    )


def live():
    return list(Batch.objects.exclude(state__in=("DISSOLVED", "MERGED")).order_by("id"))
