"""What waits in the works, and when it can be where it waits for."""

import pytest

from production.models import Operation
from production.services.release import release_confirmed_orders
from tests.factories.production import NOW, batch_order
from tests.production.selectors.quotes import HOUR, MINUTE, quote

pytestmark = pytest.mark.django_db


def test_work_on_its_way_to_a_place_stands_before_those_who_come_there_after_it(shirt):
    """It is printed for ten hours and cured for half of one, then packed for four."""
    batch_order(shirt, 48)
    release_confirmed_orders(now=NOW)
    for code, hours in (("SCREEN", 10), ("PACK", 4)):
        steps = Operation.objects.filter(code=code)
        steps.update(run_s=hours * 3600, setup_s=0)

    def packed(after_s):
        steps = [{"code": "SEW", "run_s": after_s}]
        steps += [{"code": "PACK", "work_centre": "PACK-1", "run_s": 3600}]
        return quote(shirt, operations=steps).ready_at - NOW - 30 * MINUTE

    assert packed(3600) == 2 * HOUR
    assert packed(11 * 3600) == 15 * HOUR
    assert packed(15 * 3600) == 16 * HOUR
