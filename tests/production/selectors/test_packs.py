"""Which boxes a work order fills, and what is sold at once."""

import pytest

from production.selectors.packs import list_packs
from tests.factories.floor import make_work_order
from tests.factories.production import order_of, publish

pytestmark = pytest.mark.django_db


def make_lots(*lots, n_ordered, **changes):
    """Make the lots of one order line; give the packs of each."""
    order = order_of(publish(product="cake", **changes), n_ordered)
    line = order.lines.get()
    made = [
        make_work_order(
            configuration=line.configuration,
            order_line=line,
            unit_index=place,
            number=f"W-{place}",
            quantity=pieces,
            planned_quantity=pieces + 2,
        )
        for place, pieces in enumerate(lots, start=1)
    ]
    return [
        [(pack.number, pack.n_all, pack.pieces, pack.lots) for pack in found]
        for found in (list_packs(work_order=each) for each in made)
    ]


def test_boxes_are_numbered_and_not_their_pieces():
    (packs,) = make_lots(48, n_ordered=2, pieces={"count": 24})

    assert packs == [(1, 2, 24, ("W-1",)), (2, 2, 24, ("W-1",))]


def test_lots_are_numbered_through_and_a_box_of_two_names_both():
    first, second = make_lots(36, 36, n_ordered=3, pieces={"count": 24})

    assert first == [(1, 3, 24, ("W-1",))]
    assert second == [(2, 3, 24, ("W-1", "W-2")), (3, 3, 24, ("W-2",))]


def test_what_is_sold_by_the_fifteen_is_packed_so():
    (packs,) = make_lots(30, n_ordered=30, quantity={"min": 15, "max": 60, "step": 15})

    assert packs == [(1, 2, 15, ("W-1",)), (2, 2, 15, ("W-1",))]


def test_of_fixed_quantities_all_that_is_ordered_is_one_pack():
    (packs,) = make_lots(500, n_ordered=500, quantity={"values": [250, 500]})

    assert packs == [(1, 1, 500, ("W-1",))]


def test_a_lot_that_is_made_again_is_numbered_by_itself():
    order = make_work_order(quantity=3, number="W-9")

    assert [pack.lots for pack in list_packs(work_order=order)] == [("W-9",)] * 3
