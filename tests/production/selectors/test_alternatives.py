"""What quotes reserve of the works, and what would be there earlier."""

from datetime import timedelta

import pytest

from orders.models import Order, OutboxMessage, Promise
from production.models import Operation
from production.selectors.alternatives import list_alternatives
from production.selectors.promises import forget_shop
from production.services.release import release_confirmed_orders
from tests.factories.production import NOW, batch_order, make_stock, order_of
from tests.production.selectors.quotes import (
    DAY,
    MINUTE,
    fill_a_load,
    publish_juice,
    quote,
)

pytestmark = pytest.mark.django_db


def reserve(release, quantity=1, valid=30, edit_until=None, **words):
    """Place an order that is not paid: its date is reserved for some minutes."""
    order = order_of(release, quantity, state="PLACED", edit_until=edit_until)
    found = quote(release, quantity, **words)
    Promise.objects.create(
        line=order.lines.get(),
        state="QUOTED",
        valid_until=NOW + valid * MINUTE,
        ready_at=found.ready_at,
        shipped_at=found.shipped_at,
        delivered_at=found.delivered_at,
        claims=found.claims,
        created_at=NOW,
    )
    return found


def test_what_is_reserved_for_others_stands_before(shirt):
    first, _second, _third = (reserve(shirt, 20) for _ in range(3))

    assert first.claims == {"place:FL": 136 + 19 * 75}
    # What the three take of the line, less the half hour in which ours may change.
    waits = timedelta(seconds=3 * (136 + 19 * 75)) - 30 * MINUTE
    assert quote(shirt, 20).ready_at == first.ready_at + waits
    after = quote(shirt, 20, now=NOW + 30 * MINUTE)
    assert after.ready_at == first.ready_at + 30 * MINUTE


def test_what_may_still_be_changed_is_reserved_for_the_time_after(shirt):
    first = reserve(shirt, 20, edit_until=NOW + DAY)

    work = timedelta(seconds=first.claims["place:FL"])
    assert quote(shirt, 20).ready_at == NOW + DAY + 2 * work


def test_what_is_paid_stands_before_until_the_floor_has_its_work(shirt):
    first, _second = (reserve(shirt, 20) for _ in range(2))
    Promise.objects.update(state="ACCEPTED", valid_until=None)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            kind="release",
            key=order.number,
            order=order,
            created_at=NOW,
            available_at=NOW,
        )
        for order in Order.objects.all()
    )

    work = timedelta(seconds=first.claims["place:FL"])
    assert quote(shirt, 20).ready_at == NOW + 3 * work
    OutboxMessage.objects.all().delete()
    assert quote(shirt, 20).ready_at == first.ready_at


def test_room_in_a_load_and_goods_in_stock_are_reserved_once(shirt):
    fill_a_load("NAVY", room=3_000)
    first = reserve(shirt, 48)

    assert first.claims == {"load:B-NAVY": 2_084, "place:PACK-1": 75}
    assert "JOINS" not in quote(shirt, 48).rests_on
    goods = publish_juice()
    make_stock("JUICE", 10, product=goods.product, lead_days=3)
    assert reserve(goods, 6, choices={}).claims == {"item:JUICE": 6}
    assert quote(goods, 4).ready_at == NOW
    assert quote(goods, 5).ready_at == NOW + 3 * DAY


def alternatives(release, quantity=48, now=NOW, **choices):
    forget_shop()
    return list_alternatives(
        product="shirt",
        release_id=release.id,
        choices={"colour": "WHITE", **choices},
        quantity=quantity,
        options=[("colour", "NAVY"), ("text", "never asked")],
        now=now,
    )


def test_another_option_that_joins_an_open_load_is_told(shirt):
    # White waits behind two days of other work; navy still finds room before it.
    fill_a_load("NAVY", room=3_000)
    assert alternatives(shirt) == ()
    for n in range(2):
        batch_order(shirt, 1000 - n, choices={"colour": "RED"})
    release_confirmed_orders(now=NOW)
    Operation.objects.filter(code="SCREEN").update(run_s=9 * 3600)

    (found,) = alternatives(shirt)

    assert (found.characteristic, found.option) == ("colour", "NAVY")
    assert found.days_earlier == 2
    assert found.because == "it joins batch B-NAVY"


def test_nothing_is_told_where_only_the_work_itself_takes_time(shirt):
    assert alternatives(shirt, 1) == ()
