"""Materials are ordered in time, whole runs, once; the shop learns what is gone."""

from datetime import timedelta

import pytest

from configurator.models import Availability
from production.models import ProductionEvent, StockItem, SupplyOrder
from production.services import supplying
from production.services.stock import book_move
from tests.factories.floor import DAY, make_work_order, put_in_stock, step
from tests.factories.orders import publish
from tests.factories.production import NOW, SHIRT

pytestmark = pytest.mark.django_db
# The second of March 2026 is a Monday.
TWO_WORKING_DAYS = timedelta(days=2)


def stocked(on_hand, code="FLOUR", **fields):
    item = StockItem.objects.create(
        **{"code": code, "kind": "MATERIAL", "unit": "g", **fields}
    )
    put_in_stock(item, on_hand)
    return item


def ordered():
    rows = SupplyOrder.objects.order_by("id")
    return list(rows.values_list("item__code", "quantity"))


def needs(quantity, material="FLOUR"):
    return [{"material": material, "quantity": quantity, "unit": "g"}]


@pytest.mark.parametrize(
    ("on_hand", "run_size", "expected"),
    [
        (101, None, []),
        (100, None, [1]),
        (40, None, [61]),
        (100, 50, [50]),
        (40, 50, [100]),
        (0, 250, [250]),
    ],
)
def test_what_falls_to_the_reorder_point_is_ordered_above_it(
    on_hand, run_size, expected
):
    stocked(on_hand, reorder_point=100, run_size=run_size)

    supplying.reorder(now=NOW)

    assert [quantity for _code, quantity in ordered()] == expected


def test_what_is_on_its_way_is_not_ordered_again():
    item = stocked(40, reorder_point=100, lead_days=2)

    n_ordered = [supplying.reorder(now=NOW), supplying.reorder(now=NOW + DAY)]

    item.refresh_from_db()
    assert (n_ordered, item.expected, ordered()) == ([1, 0], 61, [("FLOUR", 61)])


def test_work_that_has_not_begun_counts_as_taken():
    stocked(500, reorder_point=100)
    make_work_order(step("MIX"), materials=needs(450))
    make_work_order(step("MIX"), materials=needs(450))

    supplying.reorder(now=NOW)

    assert ordered() == [("FLOUR", 501)]


def test_what_is_bought_for_an_order_is_ordered_only_where_it_is_short():
    stocked(10, "OAK", reorder_point=0)
    stocked(0, "ASH", reorder_point=0)
    make_work_order(step("SAW"), materials=needs(30, "OAK"))

    supplying.reorder(now=NOW)

    assert ordered() == [("OAK", 20)]


def test_goods_are_made_and_never_bought():
    stocked(0, "JUICE", kind="GOODS", reorder_point=100)

    assert supplying.reorder(now=NOW) == 0


def test_a_delivery_comes_after_its_working_days_and_is_booked_once():
    item = stocked(40, reorder_point=100, lead_days=2)
    supplying.supply(now=NOW)
    due_at = SupplyOrder.objects.get().due_at

    early = supplying.receive_due(now=due_at - timedelta(seconds=1))
    n_received = [supplying.receive_due(now=due_at) for _twice in range(2)]

    item.refresh_from_db()
    assert (early, n_received) == (0, [1, 0])
    assert due_at >= NOW + TWO_WORKING_DAYS
    assert (item.on_hand, item.expected) == (101, 0)


def take(item, quantity):
    book_move(
        item_id=item.id,
        kind="COUNTED",
        quantity=-quantity,
        reference=f"taken {quantity} of {item.code}",
        now=NOW,
    )


@pytest.fixture
def shirts():
    """Give blanks of two sizes in navy, and gold thread, of a shirt on sale."""
    product = publish(SHIRT).product
    sells = {"colour": "NAVY"}
    return {
        code: stocked(5, code, product=product, sells={**sells, **more}, lead_days=2)
        for code, more in (("NAVY-S", {"size": "S"}), ("NAVY-M", {"size": "M"}))
    }


def sold_out():
    rows = Availability.objects.filter(is_available=False)
    return list(rows.values_list("characteristic", "option", "back_on_date"))


def told():
    events = ProductionEvent.objects.filter(kind__startswith="OPTION").order_by("id")
    return [event.kind for event in events]


def test_an_option_is_sold_out_once_all_its_combinations_are(shirts):
    take(shirts["NAVY-S"], 5)
    first = supplying.tell_shop(now=NOW), sold_out()
    take(shirts["NAVY-M"], 5)

    n_changed = [supplying.tell_shop(now=NOW) for _twice in range(2)]

    assert first == (0, [])
    assert (n_changed, sold_out()) == ([1, 0], [("colour", "NAVY", None)])


def test_a_material_that_stands_for_one_option_alone_is_enough():
    product = publish(SHIRT).product
    item = stocked(1, "DYE", product=product, sells={"colour": "NAVY"})
    take(item, 1)
    due_at = NOW + 3 * DAY
    supplying.order(item=item, quantity=5, because="", due_at=due_at, now=NOW)

    supplying.tell_shop(now=NOW)

    assert sold_out() == [("colour", "NAVY", due_at.date())]


def test_what_has_come_is_sold_again(shirts):
    for item in shirts.values():
        take(item, 5)
    supplying.tell_shop(now=NOW)
    due_at = NOW + DAY
    supplying.order(
        item=shirts["NAVY-S"], quantity=9, because="", due_at=due_at, now=NOW
    )

    supplying.supply(now=due_at)

    assert sold_out() == []
    assert told() == ["OPTION_SOLD_OUT", "OPTION_BACK"]


def test_what_somebody_has_sold_out_by_hand_stays_so(shirts):
    Availability.objects.create(
        product=shirts["NAVY-S"].product,
        characteristic="colour",
        option="NAVY",
        is_available=False,
        updated_at=NOW,
    )

    supplying.tell_shop(now=NOW)

    assert (sold_out(), told()) == ([("colour", "NAVY", None)], [])
