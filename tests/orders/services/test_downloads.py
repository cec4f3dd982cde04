"""Files are delivered with their last step; some goods stay out of some countries."""

import pytest
from django.contrib.auth.models import Group

from configurator.models import User
from configurator.services.errors import ConflictError, InvalidError
from orders.models import Order, OrderEvent, OrderLine
from orders.services.downloads import hand_out_files
from orders.services.finishing import FileRefusedError, add_file
from orders.services.mailing import send_mails
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.quoting import accept_quotation
from orders.services.requests import LineRequest
from orders.services.shipping import NothingToShipError, ship_order
from tests.factories.access import make_user
from tests.factories.orders import (
    ADDRESS,
    BENCH,
    JUICE,
    MUG,
    NOW,
    ask_mug,
    make_request,
    make_sent_quotation,
    order_answer,
    publish,
)

pytestmark = pytest.mark.django_db

FILES = {**JUICE, "product": "files", "deliveries": ["DOWNLOAD"]}
BEER = {
    **JUICE,
    "product": "beer",
    "order_rules": [
        {"code": "NOT_THERE", "not_to": ["SA"], "reason": {"en": "It is forbidden."}}
    ],
}
PALLETS = {
    **JUICE,
    "product": "pallets",
    "order_rules": [
        {
            "code": "J1",
            "when": "quantity >= 120",
            "account": "TRADE",
            "reason": {"en": "Pallets need a ramp."},
        }
    ],
}
NOWHERE = {"country": "DE"}


def ask(product: str) -> LineRequest:
    return LineRequest(product=product, choices={}, quantity=1)


def place(*lines: LineRequest, user: User | None = None, **fields) -> Order:
    request = make_request(*lines, **fields)
    return place_order(request=request, user=user, language="en", now=NOW)


def pay(order: Order) -> None:
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)


def problems_of(*lines: LineRequest, **fields) -> list[tuple[str | None, str]]:
    with pytest.raises(InvalidError) as refused:
        place(*lines, **fields)
    return [(each.field, each.message) for each in refused.value.problems]


@pytest.fixture(autouse=True)
def _catalogue(db):
    for document in (MUG, FILES, BEER, PALLETS):
        publish(document)


def test_files_need_no_address_and_are_delivered_by_download():
    order = place(ask("files"), shipping_address=NOWHERE)

    assert order.delivery == "DOWNLOAD"
    assert order.shipping_address == NOWHERE


def test_what_is_sent_needs_an_address():
    found = problems_of(ask_mug(), shipping_address=NOWHERE)

    assert [field for field, _text in found] == [
        "shipping_address.line1",
        "shipping_address.postcode",
        "shipping_address.city",
    ]


def test_files_are_not_sent_by_carrier_and_go_along_with_what_is():
    (refused,) = problems_of(ask("files"), delivery="CARRIER")
    mixed = place(ask("files"), ask_mug())

    assert refused[0] == "delivery"
    assert mixed.delivery == "CARRIER"
    assert list(mixed.lines.values_list("is_download", flat=True)) == [True, False]


def test_a_thing_is_no_download():
    ((field, _text),) = problems_of(ask_mug(), ask("files"), delivery="DOWNLOAD")

    assert field == "delivery"


def test_files_are_delivered_when_made_and_the_order_closes(progress):
    order = place(ask("files"), shipping_address=NOWHERE)
    pay(order)
    line = OrderLine.objects.get()
    progress({line.pk: "IN_PROGRESS"})
    before = (hand_out_files(now=NOW), order_answer(order=order, language="en"))
    progress({line.pk: "MADE"}, "MADE")

    first, second = hand_out_files(now=NOW), hand_out_files(now=NOW)

    order.refresh_from_db()
    after = order_answer(order=order, language="en")
    assert (before[0], before[1]["fulfilment_state"]) == (0, "OPEN")
    assert (first, second) == (1, 0)
    assert (after["fulfilment_state"], after["state"]) == ("DELIVERED", "CLOSED")
    assert after["lines"][0]["stage"] == "DELIVERED"
    assert after["shipments"] == []
    assert OrderEvent.objects.filter(kind="HANDED_OUT").count() == 1


LOGO = {**BENCH, "product": "logo", "deliveries": ["DOWNLOAD"]}
PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.fixture
def logo(progress) -> OrderLine:
    """Make a quoted logo to the end; its files are not there yet."""
    publish(LOGO)
    request = LineRequest("logo", {"colour": "BLUE", "glaze": "GLOSS"}, 1)
    order = place(request, shipping_address=NOWHERE)
    line = order.lines.get()
    quotation = make_sent_quotation(line, total_minor=89_000)
    accept_quotation(quotation_id=quotation.pk, now=NOW)
    pay(order)
    progress({line.pk: "MADE"}, "MADE")
    return line


def put(line: OrderLine, name: str = "Ada's logo.png", content: bytes = PNG):
    return add_file(
        line_id=line.pk, file_name=name, content=content, now=NOW, actor="dora"
    )


def state_of(line: OrderLine) -> str:
    return Order.objects.get(pk=line.order_id).state


def test_what_is_made_by_hand_waits_for_its_files(logo, mailoutbox):
    waiting = (hand_out_files(now=NOW), state_of(logo))
    put(logo)
    put(logo, "the same again.png")

    handed = (hand_out_files(now=NOW), hand_out_files(now=NOW), state_of(logo))
    send_mails(now=NOW, real_now=NOW)

    assert waiting == (0, "CONFIRMED")
    assert handed == (1, 0, "CLOSED")
    assert [file.file_name for file in logo.files.all()] == ["Ada's logo.png"]
    told = [mail.body for mail in mailoutbox if "files are ready" in mail.subject]
    assert len(told) == 1
    assert logo.order.token in told[0]


def test_files_wait_for_the_balance(logo):
    put(logo)
    Order.objects.update(payment_state="PART_PAID", paid_minor=1)

    assert (hand_out_files(now=NOW), state_of(logo)) == (0, "CONFIRMED")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", b"<html><script>alert(1)</script>"),
        ("logo.html", PNG),
        ("logo.svg", PNG),
        ("logo.exe", b"MZ"),
        ("logo.png", b""),
    ],
)
def test_a_file_is_what_its_name_says_or_refused(logo, name, content):
    with pytest.raises(FileRefusedError):
        put(logo, name, content)

    assert not logo.files.exists()


def test_what_is_sent_by_parcel_has_no_files():
    order = place(ask_mug())
    pay(order)

    with pytest.raises(ConflictError):
        put(order.lines.get())


def test_no_parcel_is_packed_for_files(progress):
    order = place(ask("files"), ask_mug())
    pay(order)
    files, mug = order.lines.order_by("position")
    progress({files.pk: "MADE", mug.pk: "MADE"}, "MADE")

    shipment = ship_order(order_id=order.pk, now=NOW, actor="dora")

    assert list(shipment.lines.all()) == [mug]
    with pytest.raises(NothingToShipError):
        ship_order(order_id=order.pk, now=NOW, actor="dora")


def test_what_may_not_be_brought_into_a_country_says_why():
    ((field, text),) = problems_of(
        ask("beer"), shipping_address={**ADDRESS, "country": "SA"}
    )

    assert field == "shipping_address.country"
    assert text == "We do not send “beer” to Saudi Arabia. It is forbidden."


def test_whoever_fetches_it_may_live_anywhere():
    address = {**ADDRESS, "country": "SA"}

    order = place(ask("beer"), delivery="COLLECTION", shipping_address=address)

    assert order.delivery == "COLLECTION"


def test_a_pallet_is_for_trade_accounts_and_less_for_everybody():
    pallet, case = (
        LineRequest(product="pallets", choices={}, quantity=n) for n in (120, 119)
    )
    buyer, shop = make_user("anna"), make_user("shop")
    shop.groups.add(Group.objects.create(name="trade"))

    told = problems_of(pallet, user=buyer)

    text = "So much is for trade accounts only. Pallets need a ramp."
    assert told == [("lines.0.quantity", text)]
    assert place(case).state == "PLACED"
    assert place(pallet, user=shop).state == "PLACED"
