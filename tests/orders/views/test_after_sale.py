"""After the sale: parcels to follow, complaints, and ordering again."""

import pytest

from orders.models import Carrier, CartLine, Complaint, Order
from orders.services.complaining import turn_down
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
