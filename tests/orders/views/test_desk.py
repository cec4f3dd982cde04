"""The order desk: the list, and each thing that staff do with an order."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from configurator.selectors.times import local
from orders.models import Carrier, Order, OrderHold, OrderLine, Parcel, Quotation
from orders.services.changing import Change, change_line
from tests.factories.access import make_user
from tests.factories.orders import BENCH, make_order, publish
from tests.orders.views.conftest import Buyer

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(shop) -> Buyer:
    client = Buyer()
    user = make_user("dora")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    return client


def act(staff: Buyer, order: Order, action: str, *, once: str = "", **fields: Any):
    form = {"action": action, "once": once or uuid.uuid4().hex, **fields}
    return staff.post(f"/desk/{order.number}/action/", form)


def quote(staff: Buyer, line: OrderLine, *, total: str = "1500.50", **fields):
    name = f"line{line.pk}"
    form = {
        "line": str(line.pk),
        f"{name}-total": total,
        f"{name}-valid_until": "2999-12-31",
        f"{name}-deposit_percent": "50",
        f"{name}-note": "With oak legs.",
        **fields,
    }
    return act(staff, line.order, "quote", **form)


@pytest.fixture
def bench(buyer) -> OrderLine:
    buyer.choose("bench")
    buyer.order(delivery="COLLECTION")
    return OrderLine.objects.get(product__slug="bench")


@pytest.fixture
def paid(buyer) -> Order:
    buyer.choose("mug")
    buyer.buy()
    return Order.objects.get()


def numbers(html: str) -> list[str]:
    return re.findall(r'href="/desk/(F-\d+)/"', html)


def test_what_waits_for_a_quotation_stands_first(staff, bench, buyer):
    buyer.choose("mug")
    buyer.buy()
    later = Order.objects.latest("pk")

    html = staff.see("/desk/")

    assert numbers(html) == [bench.order.number, later.number]
    assert "To be quoted" in html


def test_the_list_is_searched_and_narrowed(staff, bench, buyer):
    buyer.choose("mug")
    buyer.buy(name="Ben Oak", email="ben@example.org")
    mug = Order.objects.latest("pk")

    found = {
        query: numbers(staff.see(f"/desk/?{query}"))
        for query in (
            f"q={bench.order.number}",
            "q=ben@EXAMPLE",
            "q=nobody",
            "state=TO_QUOTE",
            "state=CONFIRMED",
            "state=HELD",
        )
    }

    assert list(found.values()) == [
        [bench.order.number],
        [mug.number],
        [],
        [bench.order.number],
        [mug.number],
        [],
    ]


def test_buyers_are_not_let_in(anna, bench):
    guest = Buyer().get("/desk/")

    assert guest["Location"] == "/accounts/login/?next=/desk/"
    assert anna.get("/desk/").status_code == 403
    assert anna.get(f"/desk/{bench.order.number}/").status_code == 403
    assert act(anna, bench.order, "hold", reason="x").status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(
    staff, n, django_assert_max_num_queries
):
    for _ in range(n):
        make_order()

    with django_assert_max_num_queries(20):
        staff.see("/desk/")


def test_a_quotation_is_sent_from_the_page_of_the_order(staff, bench):
    assert "Send the quotation" in staff.see(f"/desk/{bench.order.number}/")

    response = quote(staff, bench)

    sent = Quotation.objects.get()
    assert response.status_code == 302
    assert (sent.state, sent.total_minor, sent.deposit_percent, sent.note) == (
        "SENT",
        150_050,
        50,
        "With oak legs.",
    )
    assert "2999-12-31 22:59" in str(sent.valid_until)
    assert "Send another in its place" in staff.see(f"/desk/{bench.order.number}/")


def test_the_form_begins_with_the_terms_of_the_product(staff, buyer, bench):
    usual = staff.see(f"/desk/{bench.order.number}/")
    publish(
        BENCH
        | {
            "release": "2",
            "extra": {"quotation": {"deposit_percent": 50, "valid_days": 14}},
        }
    )
    buyer.choose("bench")
    buyer.order(delivery="COLLECTION")
    line = OrderLine.objects.latest("pk")

    html = staff.see(f"/desk/{line.order.number}/")

    assert f'name="line{bench.pk}-deposit_percent" value="100"' in usual
    assert f'name="line{line.pk}-deposit_percent" value="50"' in html
    until = re.search(r'-valid_until" value="([\d-]+)"', html)
    assert until is not None
    days = date.fromisoformat(until[1]) - local(line.created_at).date()
    assert days.days == 14


def test_money_that_came_in_is_noted_once(staff):
    order = make_order(4200)
    key = uuid.uuid4().hex
    assert "€42.00 came in" in staff.see(f"/desk/{order.number}/")

    for _ in range(2):
        assert act(staff, order, "take", once=key).status_code == 302

    order.refresh_from_db()
    payment = order.payments.get()
    assert (order.state, order.payment_state) == ("CONFIRMED", "PAID")
    assert (payment.provider, payment.amount_minor) == ("counter", 4200)
    assert "came in" not in staff.see(f"/desk/{order.number}/")


def test_a_form_sent_twice_makes_one_quotation(staff, bench):
    key = uuid.uuid4().hex

    first, second = quote(staff, bench, once=key), quote(staff, bench, once=key)

    assert (first.status_code, second.status_code) == (302, 302)
    assert Quotation.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("total", "", "This field is required."),
        ("total", "-1", "greater than or equal to 0"),
        ("total", "1.005", "no more than 2 decimal places"),
        ("total", "1e999999", "less than or equal to 10000000000.00"),
        ("total", "1e-999999", "no more than 2 decimal places"),
        ("valid_until", "2001-01-01", "This day has passed."),
        ("deposit_percent", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_quotation_is_told_at_its_field_and_keeps_the_rest(
    staff, bench, field, value, told
):
    response = quote(staff, bench, **{f"line{bench.pk}-{field}": value})

    html = response.content.decode()
    assert response.status_code == 400
    assert told in html
    assert "With oak legs." in html
    assert Quotation.objects.get().state == "REQUESTED"


def test_the_history_says_what_a_line_was_and_what_it_became(staff, paid):
    line = paid.lines.get()
    wanted = Change({"colour": "GOLD", "glaze": "GLOSS", "text": "Ada"}, 2)
    change_line(
        order_id=paid.pk,
        line_id=line.pk,
        change=wanted,
        now=timezone.now(),
        actor="ada",
    )

    page = staff.see(f"/desk/{paid.number}/")

    assert "1 \u00d7 Mug, €12.00 → 2 \u00d7 Mug, €40.00; Colour: White → Gold" in page
    assert "Glaze: Matt → Gloss; Text: \u2013 → Ada" in page


def test_an_order_is_held_with_reason_and_lifted(staff, paid):
    act(staff, paid, "hold", reason="Address unclear")
    hold = OrderHold.objects.get()
    html = staff.see(f"/desk/{paid.number}/")

    lifted = act(staff, paid, "lift", hold=str(hold.pk))

    hold.refresh_from_db()
    assert (hold.reason, hold.placed_by) == ("Address unclear", "dora")
    assert "Address unclear" in html
    assert lifted.status_code == 302
    assert hold.lifted_at is not None
    assert act(staff, paid, "lift", hold=str(hold.pk)).status_code == 409


def test_a_hold_needs_a_reason(staff, paid):
    assert act(staff, paid, "hold", reason=" ").status_code == 400
    assert OrderHold.objects.count() == 0


def test_what_is_made_is_shipped_in_parcels_and_arrives(staff, paid, progress):
    Carrier.objects.create(code="FAST", name="Fast")
    line = paid.lines.get()
    progress({line.pk: "MADE"}, "MADE")
    form: dict[str, Any] = {
        "lines": [line.pk],
        "carrier": "FAST",
        "codes": "AA 1\r\n\r\nBB 2\r\n",
    }

    shipped = act(staff, paid, "ship", **form)
    under_way = staff.see("/desk/?state=UNDER_WAY")
    arrived = act(staff, paid, "deliver")

    paid.refresh_from_db()
    parcels = list(Parcel.objects.values_list("carrier__code", "tracking_code"))
    assert (shipped.status_code, arrived.status_code) == (302, 302)
    assert parcels == [("FAST", "AA 1"), ("FAST", "BB 2")]
    assert numbers(under_way) == [paid.number]
    assert paid.state == "CLOSED"


def test_what_is_not_made_or_held_is_not_shipped(staff, paid, progress):
    line = paid.lines.get()
    progress({line.pk: "IN_PROGRESS"})
    unmade = act(staff, paid, "ship", lines=[line.pk])
    progress({line.pk: "MADE"})
    act(staff, paid, "hold", reason="Address unclear")

    held = act(staff, paid, "ship", lines=[line.pk])

    assert (unmade.status_code, held.status_code) == (400, 409)
    assert "Address unclear" in held.content.decode()
    assert not paid.shipments.exists()


def test_an_order_is_cancelled_by_whoever_is_sure(staff, paid):
    unsure = act(staff, paid, "cancel")

    act(staff, paid, "cancel", sure="on")

    paid.refresh_from_db()
    assert unsure.status_code == 400
    assert paid.state == "CANCELLED"


def test_what_cannot_be_done_is_refused_in_words(staff, paid):
    nothing = act(staff, paid, "deliver")

    assert nothing.status_code == 409
    assert "under way" in nothing.content.decode()
    assert act(staff, paid, "paint").status_code == 400
    assert act(staff, paid, "quote", line="1").status_code == 400
    assert staff.get("/desk/F-999999/").status_code == 404
