"""Which boxes a work order fills, and what is sold at once."""

import pytest

from production.models import WorkOrder
from production.selectors.packs import list_packs
from production.services.makeup import make_again
from tests.factories.floor import make_work_order
from tests.factories.production import NOW, order_of, publish

pytestmark = pytest.mark.django_db


def order_lots(*lots, n_ordered, **changes):
    """Make the lots of one order line."""
    order = order_of(publish(product="cake", **changes), n_ordered)
    line = order.lines.get()
    return [
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


def packs_of(*lots):
    return [
        [
            (pack.number, pack.n_all, pack.pieces, pack.lots)
            for pack in list_packs(work_order=each)
        ]
        for each in lots
    ]


def make_lots(*lots, n_ordered, **changes):
    """Make the lots of one order line; give the packs of each."""
    return packs_of(*order_lots(*lots, n_ordered=n_ordered, **changes))


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


def test_what_is_made_up_fills_the_boxes_of_its_original():
    (order,) = order_lots(48, n_ordered=2, pieces={"count": 24})
    again = make_again(work_order=order, quantity=3, now=NOW)

    first, second = packs_of(order, again)

    assert first == [(1, 2, 24, ("W-1",))]
    assert second == [(2, 2, 24, ("W-1", "W-1M1"))]


def test_a_unit_that_is_made_again_keeps_its_number():
    units = order_lots(*[1] * 5, n_ordered=5)
    scrapped, cancelled, delivered = units[1:4]
    WorkOrder.objects.filter(id=scrapped.id).update(state="SCRAPPED")
    WorkOrder.objects.filter(id=cancelled.id).update(state="CANCELLED")
    again = make_again(work_order=scrapped, quantity=1, now=NOW)
    twice = make_again(work_order=again, quantity=1, now=NOW)
    instead = [
        make_again(work_order=each, quantity=1, now=NOW, source_kind="REMAKE")
        for each in (cancelled, delivered)
    ]

    packs = packs_of(scrapped, again, twice, *instead, delivered)

    assert packs[:2] == [[], []]
    assert [[pack[:2] for pack in found] for found in packs[2:]] == [
        [(2, 5)],
        [(3, 5)],
        [(4, 5)],
        [(4, 5)],
    ]


def test_pieces_that_are_sent_anew_are_alone_in_their_box():
    (order,) = order_lots(48, n_ordered=2, pieces={"count": 24})
    again = make_again(work_order=order, quantity=3, now=NOW, source_kind="REMAKE")

    first, second = packs_of(order, again)

    assert len(first) == 2
    assert second == [(2, 2, 3, ("W-1R1",))]


def test_lots_that_are_gone_do_not_count():
    units = order_lots(1, 1, 1, n_ordered=3)
    WorkOrder.objects.filter(id=units[1].id).update(state="CANCELLED")

    assert [[pack[:2] for pack in found] for found in packs_of(*units)] == [
        [(1, 2)],
        [],
        [(2, 2)],
    ]


def test_what_is_made_for_nobody_is_numbered_by_itself():
    order = make_work_order(quantity=3, number="W-9")

    assert [pack.lots for pack in list_packs(work_order=order)] == [("W-9",)] * 3
