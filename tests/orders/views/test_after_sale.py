"""After the sale: parcels to follow, complaints, and ordering again."""

from datetime import timedelta

import pytest

from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.selectors.times import written_day
from orders.models import Carrier, CartLine, Complaint, Order
from orders.ports import LineProgress, OrderProgressReport, UnitProgress, ports
from orders.services.complaining import remake_line, send_remake, turn_down
from orders.services.parcels import ParcelRequest
from orders.services.shipping import deliver_order, ship_order
from tests.factories.orders import MUG, NOW, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrived(buyer, progress) -> Order:
    """Let a mug be paid, made, shipped and delivered."""
    Carrier.objects.create(
        code="POST", name="Post", tracking_url="https://post.example/{code}"
    )
    buyer.choose(text="Zoë")
    buyer.buy()
    order = Order.objects.get()
    progress({order.lines.get().pk: "MADE"})
    parcels = [ParcelRequest("POST", "AB 12"), ParcelRequest()]
    ship_order(order_id=order.pk, parcels=parcels, now=NOW, actor="paul")
    deliver_order(order_id=order.pk, now=NOW, actor="paul")
    return order


def url_of(order: Order, tail: str = "") -> str:
    return f"/orders/{order.number}/{tail}?token={order.token}"


def test_a_parcel_can_be_followed(buyer, arrived):
    html = buyer.see(url_of(arrived))

    assert f"{arrived.number}-S1" in html
    assert 'href="https://post.example/AB%2012"' in html
    assert "Post AB 12" in html


def test_a_complaint_is_heard_shown_and_answered(buyer, arrived):
    line = arrived.lines.get()
    page = buyer.see(url_of(arrived))
    complaints = url_of(arrived, f"lines/{line.pk}/complaints/")
    assert "Something is wrong with it" in page
    form = {"text": "<b>Off</b>", "wish": "REMAKE", "work_order": f"W-{line.pk}"}

    told = buyer.post(complaints, form, follow=True).content.decode()

    assert "We look at it and write to you" in told
    assert "&lt;b&gt;Off&lt;/b&gt;" in told
    complaint = Complaint.objects.get()
    turn_down(complaint_id=complaint.pk, answer="As drawn.", now=NOW, actor="paul")
    assert "As drawn." in buyer.see(url_of(arrived))


def stages_by_api(buyer, order) -> list[str]:
    told = buyer.get(f"/api/v1/orders/{order.number}/?token={order.token}").json()
    return [unit["stage"] for unit in told["lines"][0]["units"]]


def test_a_line_that_has_arrived_says_what_is_made_again_and_when_it_comes(
    buyer, arrived, monkeypatch
):
    there = NOW + timedelta(days=3)

    def quote(**question):
        assert (question["quantity"], question["delivery"]) == (1, "COLLECTION")
        return Quote(there, there, there, "the wheel")

    def report(stage):
        units = (UnitProgress(failed, "MADE"), UnitProgress(f"{failed}M1", stage))
        lines = {line.pk: LineProgress(stage, units)}
        told = {arrived.pk: OrderProgressReport(stage, lines)}
        monkeypatch.setattr(ports, "order_progress", lambda **_: told)

    line = arrived.lines.get()
    failed = f"W-{line.pk}"
    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(ports, "remake", lambda **words: f"{words['work_order']}M1")
    form = {"text": "Off", "wish": "REMAKE", "work_order": failed}
    buyer.post(url_of(arrived, f"lines/{line.pk}/complaints/"), form)
    complaint = Complaint.objects.get()
    before = buyer.see(url_of(arrived))
    remake_line(complaint_id=complaint.pk, now=NOW, actor="paul")
    report("IN_PROGRESS")

    making = buyer.see(url_of(arrived))
    report("MADE")
    made = buyer.see(url_of(arrived))
    assert stages_by_api(buyer, arrived) == ["DELIVERED", "MADE"]
    send_remake(complaint_id=complaint.pk, now=NOW, actor="paul")
    sent = buyer.see(url_of(arrived))

    told = f"1 piece is being made again: with you by {written_day(there)}"
    pages = (before, making, made, sent)
    assert [told in page for page in pages] == [False, True, True, False]
    assert 'data-state="DELIVERED">Fetched' in making
    assert 'data-state="IN_PROGRESS">Being made' in making
    assert made.count('data-state="MADE">Made') == 2
    assert "hx-get" in making


def test_an_order_on_its_way_offers_no_cancelling_of_what_is_made_again(
    buyer, progress
):
    buyer.choose()
    url = buyer.buy()
    order = Order.objects.get()
    progress({order.lines.get().pk: "MADE"})
    ship_order(order_id=order.pk, now=NOW, actor="paul")

    progress({order.lines.get().pk: "RELEASED"})

    page = buyer.see(url)
    assert "Cancel the order" not in page
    assert "Some of it is being made again" in page


def test_a_complaint_without_words_is_refused(buyer, arrived):
    line = arrived.lines.get()

    response = buyer.post(
        url_of(arrived, f"lines/{line.pk}/complaints/"), {"wish": "REMAKE"}
    )

    assert response.status_code == 400
    assert "Please say what is wrong with it" in response.content.decode()
    assert not Complaint.objects.exists()


def test_nobody_complains_of_another_s_order(buyer, anna, arrived):
    line = arrived.lines.get()
    form = {"text": "Off", "wish": "REMAKE"}
    url = f"/orders/{arrived.number}/lines/{line.pk}/complaints/"

    assert buyer.post(url, form).status_code == 302
    assert anna.post(url, form).status_code == 404
    assert not Complaint.objects.exists()


def test_a_line_that_is_still_being_made_offers_no_complaint(buyer, progress):
    buyer.choose()
    url = buyer.buy()
    progress({Order.objects.get().lines.get().pk: "IN_PROGRESS"})

    assert "Something is wrong with it" not in buyer.see(url)


def test_all_of_an_order_is_put_into_the_cart_again(buyer, arrived):
    response = buyer.post(url_of(arrived, "again/"), follow=True)

    line = CartLine.objects.get()
    assert line.configuration == arrived.lines.get().configuration
    assert "1 line is in your cart" in response.content.decode()


def test_what_cannot_be_made_any_more_is_named(buyer, arrived):
    colours = MUG["characteristics"][0]
    blue_only = {**colours, "options": colours["options"][1:]}
    rest = MUG["characteristics"][1:]
    publish({**MUG, "release": "2", "characteristics": [blue_only, *rest]})

    html = buyer.post(url_of(arrived, "again/"), follow=True).content.decode()

    assert "Mug cannot be made as before" in html
    assert not CartLine.objects.exists()


def test_buyers_of_several_pieces_say_whether_parcels_wait(buyer):
    buyer.choose()
    assert "each piece as soon as it is ready" not in buyer.see("/checkout/").lower()
    buyer.choose()
    assert "each piece as soon as it is ready" in buyer.see("/checkout/").lower()

    buyer.order(shipping="AS_READY")

    assert Order.objects.get().shipping == "AS_READY"
