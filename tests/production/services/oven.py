"""The oven, what is to be baked in it, and the loads that come of it."""

from datetime import timedelta

from production.models import Batch
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


def live():
    return list(Batch.objects.exclude(state__in=("DISSOLVED", "MERGED")).order_by("id"))
