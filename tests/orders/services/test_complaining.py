"""A piece that arrived wrong is made again free, paid back, or explained."""

from datetime import timedelta
from typing import Any

import pytest

from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.selectors.times import written_day
from configurator.services.errors import (
    ConflictError,
    DomainError,
    IllegalMoveError,
    NotFoundError,
)
from orders.models import Complaint, Order, Refund
from orders.ports import LineProgress, OrderProgressReport, UnitProgress, ports
from orders.services import complaining
from orders.services.complaining import (
    ComplaintKnownError,
    NotArrivedError,
    complain,
    pay_back,
    remake_line,
    send_remake,
    turn_down,
)
from orders.services.mailing import send_mails
from orders.services.paying import record_payment
from orders.services.renewing import make_promise
from orders.services.shipping import deliver_order, ship_order
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"now": NOW, "actor": "paul"}


@pytest.fixture
def delivered(progress) -> Order:
    order = make_order(1200)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    progress({order.lines.get().pk: "MADE"})
    ship_order(order_id=order.pk, **BY)
    deliver_order(order_id=order.pk, **BY)
    send_mails(now=NOW, real_now=NOW)
    return order


@pytest.fixture
def remakes(monkeypatch):
    """Let a works make again what it is asked for, and write down what that was."""
    asked = []

    def remake(**words):
        asked.append(words)
        return f"{words['work_order']}M1"

    monkeypatch.setattr(ports, "remake", remake)
    return asked


def complain_of(order: Order, **words) -> Complaint:
    line = order.lines.get()
    fields = {"wish": "REMAKE", "text": "A handle is off.", **words}
    fields.setdefault("work_order", f"W-{line.pk}")
    return complain(order_id=order.pk, line_id=line.pk, now=NOW, **fields)


def kinds(order: Order) -> list[str]:
    return list(order.events.order_by("id").values_list("kind", flat=True))


def test_a_piece_is_made_again_free_and_linked_to_what_failed(
    delivered, remakes, mailoutbox, monkeypatch
):
    mailoutbox.clear()
    complaint = complain_of(delivered)

    remade = remake_line(complaint_id=complaint.pk, **BY)

    failed = f"W-{delivered.lines.get().pk}"
    assert (remade.state, remade.remake) == ("REMAKING", f"{failed}M1")
    assert remakes[0]["work_order"] == failed
    assert remakes[0]["key"] == f"complaint-{complaint.pk}"
    delivered.refresh_from_db()
    assert (delivered.total_minor, delivered.payment_state) == (1200, "PAID")
    assert kinds(delivered)[-2:] == ["COMPLAINED", "REMAKE_ASKED_FOR"]
    send_mails(now=NOW, real_now=NOW)
    assert "free of charge" in mailoutbox[0].body

    with pytest.raises(ConflictError):
        send_remake(complaint_id=complaint.pk, **BY)
    tell_made(monkeypatch, delivered, remade.remake)
    sent = send_remake(complaint_id=complaint.pk, **BY)

    assert sent.state == "REPLACED"
    assert sent.shipment is not None
    assert sent.shipment.number == f"{delivered.number}-S2"


@pytest.mark.parametrize("service", [remake_line, pay_back])
def test_a_mail_tells_when_a_piece_comes_anew_and_no_day_that_has_passed(
    delivered, remakes, mailoutbox, monkeypatch, service
):
    there = NOW + timedelta(days=3)
    line = delivered.lines.get()
    quote = Quote(NOW, NOW, NOW, "the wheel")
    make_promise(line=line, quote=quote, now=NOW, state="KEPT").save()
    quote = Quote(there, there, there, "the wheel")
    monkeypatch.setattr(catalogue_ports, "promise_quote", lambda **_: quote)

    service(complaint_id=complain_of(delivered).pk, **BY)

    send_mails(now=NOW, real_now=NOW)
    told = f"expected on {written_day(there)}"
    body = mailoutbox[-1].body
    assert (told in body) == (service is remake_line)
    assert body.count("expected on") == body.count(told)


def tell_made(monkeypatch, order: Order, number: str) -> None:
    line = order.lines.get()
    units = (UnitProgress(f"W-{line.pk}", "MADE"), UnitProgress(number, "MADE"))
    report = OrderProgressReport("MADE", {line.pk: LineProgress("MADE", units)})
    monkeypatch.setattr(ports, "order_progress", lambda **_: {order.pk: report})


def test_a_remake_that_production_refuses_leaves_the_complaint_open(
    delivered, monkeypatch
):
    def refuse(**_):
        raise ConflictError("nothing to make again")

    monkeypatch.setattr(ports, "remake", refuse)
    complaint = complain_of(delivered)

    with pytest.raises(ConflictError):
        remake_line(complaint_id=complaint.pk, **BY)

    complaint.refresh_from_db()
    assert complaint.state == "OPEN"


def test_a_piece_is_paid_back_with_a_credit_note(delivered):
    complaint = complain_of(delivered, wish="REFUND")

    paid = pay_back(complaint_id=complaint.pk, **BY)

    delivered.refresh_from_db()
    assert (paid.state, paid.refund) == ("REFUNDED", Refund.objects.get())
    assert Refund.objects.get().amount_minor == 1200
    assert delivered.payment_state == "REFUNDED"


def test_part_of_the_price_is_paid_back(delivered):
    complaint = complain_of(delivered)

    pay_back(complaint_id=complaint.pk, amount_minor=300, **BY)

    delivered.refresh_from_db()
    assert delivered.payment_state == "PART_REFUNDED"


def test_a_complaint_is_turned_down_with_a_reason(delivered):
    complaint = complain_of(delivered)

    with pytest.raises(DomainError):
        turn_down(complaint_id=complaint.pk, answer=" ", **BY)
    answered = turn_down(complaint_id=complaint.pk, answer="It is as drawn.", **BY)

    assert (answered.state, answered.answer) == ("DECLINED", "It is as drawn.")


@pytest.mark.parametrize("service", ["remake_line", "pay_back", "send_remake"])
def test_a_complaint_that_is_settled_is_settled(delivered, remakes, service):
    complaint = complain_of(delivered)
    turn_down(complaint_id=complaint.pk, answer="No.", **BY)

    with pytest.raises(IllegalMoveError):
        getattr(complaining, service)(complaint_id=complaint.pk, **BY)

    assert remakes == []


def test_one_piece_is_complained_of_once_at_a_time(delivered):
    complaint = complain_of(delivered)
    with pytest.raises(ComplaintKnownError):
        complain_of(delivered)
    turn_down(complaint_id=complaint.pk, answer="No.", **BY)

    assert complain_of(delivered).pk != complaint.pk


def test_what_has_not_left_the_works_has_not_arrived_wrong(progress):
    order = make_order(1200)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    progress({order.lines.get().pk: "IN_PROGRESS"})

    with pytest.raises(NotArrivedError):
        complain_of(order)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"wish": "GOLD"}, "wish"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2_001}, "text"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2}, "quantity"),
        ({"work_order": "W-999999"}, "work_order"),
    ],
)
def test_a_complaint_that_cannot_be_names_its_field(delivered, words, field):
    with pytest.raises(DomainError) as caught:
        complain_of(delivered, **words)

    assert caught.value.field == field
    assert not Complaint.objects.exists()


def test_a_line_of_another_order_is_not_found(delivered):
    other = make_order(800)

    with pytest.raises(NotFoundError):
        complain(
            order_id=delivered.pk,
            line_id=other.lines.get().pk,
            wish="REMAKE",
            text="x",
            now=NOW,
        )
