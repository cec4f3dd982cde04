"""How long food keeps: from when it was made, however long it lay."""

import pytest

from configurator.selectors.times import local
from production.models import Site, WorkCentreClass
from production.selectors.foods import find_food
from tests.factories.floor import DAY, bake, make_centre, make_work_order, step
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db
KEEPS = 10


def bake_lot(number, *later, baked_at=NOW):
    done = {"state": "DONE", "finished_at": baked_at}
    lot = make_work_order(
        bake(**done), *later, number=number, started_at=baked_at, quantity=24
    )
    Site.objects.update(figures={"shelf_life": [{"product": "shirt", "days": KEEPS}]})
    return lot


def keeps_from(lot, *lots):
    food = find_food(work_order=lot, lots=lots or (lot.number,), now=NOW)
    assert food is not None
    assert food.best_before is not None
    return food.best_before - KEEPS * DAY


def test_what_lies_before_it_is_packed_does_not_become_fresher():
    packing = WorkCentreClass.objects.create(code="PACKING")
    make_centre("PACK-B", klass=packing)
    late = {"state": "DONE", "finished_at": NOW + 2 * DAY}
    lot = bake_lot(
        "W-1",
        step("LOOK", "OVEN-1", kind="INSPECT", **late),
        step("AGAIN", "OVEN-1", kind="REWORK", **late),
        step("PACK", "PACK-B", **late),
    )

    assert keeps_from(lot) == local(NOW).date()


def test_what_is_finished_after_baking_counts_from_then():
    late = {"state": "DONE", "finished_at": NOW + DAY}

    assert keeps_from(bake_lot("W-1", step("ICE", None, **late))) == (
        local(NOW + DAY).date()
    )


def test_a_pack_keeps_as_long_as_the_oldest_of_its_lots():
    bake_lot("W-1", baked_at=NOW - DAY)
    lot = bake_lot("W-2")

    assert keeps_from(lot, "W-1", "W-2") == local(NOW - DAY).date()
