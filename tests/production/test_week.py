"""A simulated week of each scene: orders come every day, and nothing gets out of step.

Takes minutes, so it is marked slow: `make bench-week` runs it.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from configurator.models import Configuration
from orders.models import Order, Promise
from production.models import Operation, WorkOrder
from production.selectors import calendars, demo
from production.selectors.loads import LoadRule
from production.selectors.pipeline_check import check_pipeline
from production.services import simulation
from production.services.samples import load_samples
from tests.production.test_simulation import BEGIN, load_demo
from tests.support.invariants import list_problems

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = 7
STEP = timedelta(minutes=10)
WEEK_S = 7 * 86_400
HOUR = timedelta(hours=1)  # the office packs once in it
# So many promises are kept at least of a hundred whose day comes within the week,
# though all that can goes wrong on each day. Hardly any one-off work is due by then.
KEPT_PERCENT = {"JOB": 60, "BATCH": 70, "FLOW": 80, "MASS_CUSTOMISATION": 90}
TOLD = ("ACCEPTED", "AT_RISK", "KEPT", "BROKEN")
ORDERS_A_DAY = 16
SCENES = {
    "JOB": {"suit", "suit-alteration", "table", "logo"},
    "BATCH": {"cookies", "muffins", "croissants", "flyers", "beer"},
    "FLOW": {"juice-apple", "juice-orange", "juice-grape", "juice-mixed"},
    "MASS_CUSTOMISATION": {"t-shirt", "sneaker", "car"},
}


@pytest.fixture(scope="module")
def factory(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Load the demo factory without its orders, once for all scenes."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo(n_orders=0)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("scene", SCENES)
def test_a_week_of_a_scene_keeps_every_invariant(factory, scene):
    made = set()
    for day in range(DAYS):
        begin = BEGIN + day * DAY
        order(scene, day, begin)
        simulation.simulate(begin=begin, hours=24, seed=day + 1, step=STEP)

        assert list_problems() == []
        assert check_pipeline(now=begin + DAY).alarms == ()
        assert list_changed_configurations() == []
        assert list_waiting_too_long(begin + DAY) == []
        made |= set(
            WorkOrder.objects.filter(state="COMPLETED").values_list("method", flat=True)
        )

    n_kept, n_due = count_promises(scene, begin + DAY)
    assert n_kept * 100 >= n_due * KEPT_PERCENT[scene]
    assert scene in made
    assert Order.objects.filter(state="CLOSED").exists()
    assert not Operation.objects.filter(code="").exists()


def count_promises(scene, now):
    """Count the scene's promises whose day has come, and those that were kept.

    The clock of those whose buyer is looking at a proof stands still.
    """
    due = Promise.objects.filter(
        shipped_at__lte=now, state__in=TOLD, line__product__slug__in=SCENES[scene]
    ).exclude(line__proofs__state="SENT")
    n_kept = sum(each.state == "KEPT" or has_left(each) for each in due)
    return n_kept, len(due)


def has_left(promise):
    """Say whether its goods were handed over in time, all of them."""
    shipments = promise.line.shipments.exclude(handed_over_at=None)
    left_at = [each.handed_over_at for each in shipments]
    return bool(left_at) and max(left_at) <= promise.shipped_at + HOUR


def order(scene, day, begin):
    """Let customers order what the scene makes, the same ones in every run.

    One does each minute: none is promised anything as if the others were not there.
    """
    document = demo.read_factory()
    demands = {
        key: [each for each in document[key] if each["product"] in SCENES[scene]]
        for key in ("demand_per_day", "demand_per_week")
    }
    load_samples(
        factory=demands,
        n_orders=ORDERS_A_DAY,
        seed=100 + day,
        now=begin,
        over=ORDERS_A_DAY * MINUTE,
    )


def list_waiting_too_long(now):
    """Say what should have been closed: at the first working moment after its wait.

    The works are looked at once a step; what an aborted load leaves behind has waited
    already, and closes with its next one.
    """
    hours = calendars.map_by_id()
    found = []
    for operation in list_in_loads():
        calendar = hours[operation.work_centre.calendar_id]
        wait_s = min(LoadRule.read(operation.batch_rule).max_wait_s, WEEK_S)
        limit = operation.ready_at + timedelta(seconds=wait_s)
        closes_at = calendar.find_opening(limit + STEP) or now
        batch = operation.memberships.get(state="ACTIVE").batch
        if (batch.frozen_at or now) > max(closes_at, batch.created_at) + STEP:
            found.append((str(batch), closes_at, batch.frozen_at))
    return found


def list_in_loads():
    """Give what is in a load that has not begun; nobody holds one open by hand here."""
    return Operation.objects.filter(
        state="IN_BATCH",
        memberships__state="ACTIVE",
        memberships__batch__state__in=("PROPOSED", "OPEN", "FROZEN", "RELEASED"),
    ).select_related("work_centre")


def list_changed_configurations():
    """Say which configurations are no longer what was hashed, to the byte."""
    return [
        each.sha256
        for each in Configuration.objects.select_related("release__product")
        if hashlib.sha256(written(each).encode()).hexdigest() != each.sha256
    ]


def written(configuration):
    release = configuration.release
    named = {
        "choices": configuration.choices,
        "product": release.product.slug,
        "release": str(release.number),
    }
    return json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
