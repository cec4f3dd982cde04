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
from orders.models import Order
from production.models import Operation, WorkOrder
from production.selectors import demo
from production.selectors.pipeline_check import check_pipeline
from production.services import simulation
from production.services.samples import load_samples
from tests.production.test_simulation import BEGIN, load_demo
from tests.support.invariants import list_problems

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = timedelta(days=1)
DAYS = 7
STEP = timedelta(minutes=10)
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
        made |= set(
            WorkOrder.objects.filter(state="COMPLETED").values_list("method", flat=True)
        )

    assert scene in made
    assert Order.objects.filter(state="CLOSED").exists()
    assert not Operation.objects.filter(code="").exists()


def order(scene, day, begin):
    """Let customers order what the scene makes, the same ones in every run."""
    document = demo.read_factory()
    demands = {
        key: [each for each in document[key] if each["product"] in SCENES[scene]]
        for key in ("demand_per_day", "demand_per_week")
    }
    load_samples(factory=demands, n_orders=ORDERS_A_DAY, seed=100 + day, now=begin)


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
