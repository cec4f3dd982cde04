"""Buyer and staff write to each other, and agree on proofs, on the order's page."""

import io
import uuid

import pytest
from django.contrib.auth.models import Group
from PIL import Image

from configurator.services.uploads import store_upload
from orders.models import (
    Complaint,
    Order,
    OrderMessage,
    OutboxMessage,
    Proof,
    Refund,
)
from orders.services.erasing import erase_orders
from orders.services.mailing import send_mails
from orders.services.proofing import send_proof
from tests.factories.access import make_user
from tests.factories.orders import MUG, NOW, make_order, publish
from tests.orders.views.conftest import Buyer

pytestmark = pytest.mark.django_db
BOW = "Could you put a bow on it?\n<b>Please</b>"


@pytest.fixture
def staff(shop) -> Buyer:
    client = Buyer()
    user = make_user("dora")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    return client


@pytest.fixture
def url(buyer):
    buyer.choose(text="Ada")
    return buyer.buy()


@pytest.fixture
def order(url) -> Order:
    return Order.objects.get()


def below(url: str, tail: str) -> str:
    path, _sign, query = url.partition("?")
    return f"{path}{tail}?{query}"


def act(staff: Buyer, order: Order, action: str, **fields):
    form = {"action": action, "once": uuid.uuid4().hex, **fields}
    return staff.post(f"/desk/{order.number}/action/", form)


def picture(colour: str = "red") -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "PNG")
    content.seek(0)
    content.name = "proof.png"
    return content


def test_what_a_buyer_writes_waits_at_the_desk_until_it_is_answered(
    buyer, staff, url, order, mailoutbox
):
    form = {"text": BOW, "once": uuid.uuid4().hex}
    sent = [buyer.post(below(url, "messages/"), form) for _click in range(2)]
    waiting = staff.see("/desk/?state=TO_ANSWER")
    OutboxMessage.objects.filter(kind="mail").delete()
    act(staff, order, "write", text="Gladly: a blue one.")
    send_mails(now=NOW, real_now=NOW)

    assert [each.status_code for each in sent] == [302, 302]
    assert sent[0]["Location"].endswith("#messages")
    assert [each.is_from_staff for each in OrderMessage.objects.all()] == [False, True]
    assert order.number in waiting
    assert order.number not in staff.see("/desk/?state=TO_ANSWER")
    for client, path in ((buyer, url), (staff, f"/desk/{order.number}/")):
        html = client.see(path)
        assert "&lt;b&gt;Please&lt;/b&gt;" in html
        assert "Gladly: a blue one." in html
    (mail,) = mailoutbox
    assert "Gladly: a blue one." in mail.body
    assert "Gladly: a blue one." in str(mail.alternatives[0][0])


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001])
def test_a_message_says_something_and_not_too_much(buyer, url, text):
    answer = buyer.post(below(url, "messages/"), {"text": text})

    assert answer.status_code == 400
    assert not OrderMessage.objects.exists()


def test_what_was_written_is_exported_and_erased(buyer, url, order):
    buyer.post(below(url, "messages/"), {"text": BOW})
    exported = buyer.get(below(url, "privacy/export.json")).json()
    buyer.post(below(url, "cancel/"))

    erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    assert exported["orders"][0]["messages"][0]["text"] == BOW
    assert OrderMessage.objects.get().text == ""
    refused = buyer.post(below(url, "messages/"), {"text": BOW})
    assert refused.status_code == 409
    assert "Write to us" not in buyer.see(url).split('id="talk"')[0]


def test_a_proof_shows_the_drawing_or_the_picture_of_prepress(buyer, staff, url, order):
    line = order.lines.get()
    act(staff, order, "proof", line=line.pk, note="As you typed it.")
    first = Proof.objects.get()
    drawn = buyer.get(below(url, f"proofs/{first.pk}/picture/"))

    buyer.post(
        below(url, f"proofs/{first.pk}/"),
        {"answer": "request-changes", "note": "Larger"},
    )
    waiting = staff.see("/desk/?state=TO_PROOF")
    act(staff, order, "proof", line=line.pk, note="Larger now.", picture=picture())
    second = Proof.objects.get(revision=1)
    shown = buyer.get(below(url, f"proofs/{second.pk}/picture/"))

    assert order.number in waiting
    assert Image.open(io.BytesIO(drawn.content)).width == 960
    assert Image.open(io.BytesIO(shown.content)).size == (40, 30)
    assert shown["Content-Security-Policy"].startswith("sandbox")
    html = buyer.see(url)
    assert f"/proofs/{second.pk}/picture/" in html
    assert "Larger now." in html
    assert Buyer().get(below(url, f"proofs/{second.pk}/picture/")).status_code == 200
    path = f"/orders/{order.number}/proofs/{second.pk}/picture/"
    assert Buyer().get(path).status_code == 302


def test_a_proof_that_is_no_picture_is_refused_at_its_field(staff, order):
    lie = io.BytesIO(b"<html><script>alert(1)</script>")
    lie.name = "proof.png"

    answer = act(staff, order, "proof", line=order.lines.get().pk, picture=lie)

    assert answer.status_code == 400
    assert not Proof.objects.exists()


def test_part_of_the_money_goes_back_once_and_never_more_than_came(staff, order):
    gave = act(staff, order, "refund", amount="2.50")
    too_much = act(staff, order, "refund", amount="9.51")

    assert (gave.status_code, too_much.status_code) == (302, 409)
    assert Refund.objects.get().amount_minor == 250
    order.refresh_from_db()
    assert order.payment_state == "PART_REFUNDED"


def test_a_complaint_waits_at_the_desk_and_is_settled_there(staff, order):
    line = order.lines.get()
    complaint = Complaint.objects.create(
        order_line=line, text="It leaks", wish="REFUND", created_at=NOW
    )
    waiting = staff.see("/desk/?state=TO_SETTLE")
    offered = staff.see(f"/desk/{order.number}/")

    act(staff, order, "settle", complaint=complaint.pk, how="decline", answer="")
    act(staff, order, "settle", complaint=complaint.pk, how="pay")

    complaint.refresh_from_db()
    assert order.number in waiting
    assert "It leaks" in offered
    assert complaint.state == "REFUNDED"
    assert Refund.objects.get().amount_minor == 1200
    assert order.number not in staff.see("/desk/?state=TO_SETTLE")


def test_a_complaint_of_another_order_is_out_of_reach(staff, order):
    other = make_order(1200)
    complaint = Complaint.objects.create(
        order_line=other.lines.get(), text="x", wish="REFUND", created_at=NOW
    )

    answer = act(staff, order, "settle", complaint=complaint.pk, how="pay")

    assert answer.status_code == 404
    assert not Refund.objects.exists()


def test_a_proof_says_how_large_and_how_finely_a_picture_is_printed(buyer):
    badge = {"code": "badge", "name": {"en": "Badge"}, "kind": "FILE"}
    area = {"of": "badge", "width_mm": 80, "height_mm": 40}
    publish(
        {
            **MUG,
            "product": "cup",
            "characteristics": [
                *MUG["characteristics"],
                {**badge, "required": False, "default": None, "min_dpi": 10},
            ],
            "extra": {"print_areas": [area]},
        }
    )
    upload = store_upload(content=picture().read(), file_name="a.png", now=NOW)
    buyer.choose("cup", badge=upload.token)
    url = buyer.buy()
    line = Order.objects.get().lines.get()

    send_proof(order_line_id=line.pk, now=NOW)

    printed = "Printed: 53 \N{MULTIPLICATION SIGN} 40 mm; "
    html = buyer.see(url)
    assert printed in html
    assert "19 dots per inch" in html
