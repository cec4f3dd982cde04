"""A change while money or an answer is out: on invoice, half paid, with a proof."""

import pytest
from django.contrib.auth.models import Group

from configurator.selectors.roles import TRADE
from orders.models import Order, OutboxMessage, Payment, Proof, Refund
from orders.payments.port import Answer, Notice, Standing
from orders.selectors.balances import next_due
from orders.services.noticing import take_notice
from orders.services.paying import pay_order
from orders.services.placing import place_order
from orders.services.proofing import approve_proof, send_proof
from orders.services.selling import confirm_on_invoice, take_payment
from tests.factories.access import make_user
from tests.factories.orders import NOW, ask_mug, make_request
from tests.orders.services.test_changing import (
    GOLD,
    SOON,
    _shop,
    change,
    money,
    order_mugs,
    papers,
    pay,
)

pytestmark = pytest.mark.django_db
__all__ = ["_shop"]


def order_on_invoice() -> Order:
    user = make_user("trade")
    user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    request = make_request(ask_mug(), delivery="COLLECTION")
    order = place_order(request=request, user=user, language="en", now=NOW)
    return confirm_on_invoice(order_id=order.pk, now=NOW, actor="dora")


def test_an_order_on_invoice_is_changed_and_its_new_total_is_open():
    order = order_on_invoice()

    report = change(order, **GOLD)

    assert (report.back_minor, report.due_minor) == (0, 0)
    assert money(order) == (2000, 0, "AUTHORISED")
    found = papers(order)
    assert found == [("INVOICE", 1200), ("CREDIT_NOTE", 1200), ("INVOICE", 2000)]
    assert take_payment(order_id=order.pk, now=SOON, actor="dora").amount_minor == 2000
    assert money(order) == (2000, 2000, "PAID")
    assert not Refund.objects.exists()


def hear(order: Order, standing: Standing) -> bool:
    intent = order.intents.latest("pk")
    answer = Answer(standing, intent.reference, intent.amount_minor)
    notice = Notice(intent.number, answer)
    return take_notice(provider="dummy", notice=notice, now=SOON)


def order_with_balance_under_way() -> Order:
    """Order a mug that was changed into one of gold, whose balance is being paid."""
    order = order_mugs()
    pay(order)
    change(order, **GOLD)
    pay_order(
        order_id=order.pk,
        provider="dummy",
        outcome="PENDING",
        purpose="BALANCE",
        now=SOON,
    )
    return order


def test_a_balance_under_way_that_is_still_due_is_taken_for_the_changed_line():
    order = order_with_balance_under_way()

    change(order, place=1, text="Ada", **GOLD)
    hear(order, Standing.CAPTURED)

    assert money(order) == (2000, 2000, "PAID")


@pytest.mark.parametrize(("quantity", "due_minor"), [(2, 2800), (1, 0)])
def test_a_balance_under_way_that_a_change_makes_another_is_given_up(
    quantity, due_minor
):
    order = order_with_balance_under_way()
    choices = GOLD if due_minor else {}

    report = change(order, place=1, quantity=quantity, **choices)

    order.refresh_from_db()
    assert report.due_minor == due_minor
    assert order.intents.latest("pk").state == "VOIDED"
    hear(order, Standing.CAPTURED)
    order.refresh_from_db()
    surplus = Payment.objects.get(purpose="SURPLUS")
    due = next_due(order)
    assert Refund.objects.get().payment == surplus
    assert (surplus.amount_minor, order.paid_minor) == (800, 1200)
    assert (due.amount_minor if due else 0) == due_minor


def test_a_proof_that_is_out_ends_with_its_line_and_the_new_one_gets_its_own():
    order = order_mugs()
    pay(order)
    out = send_proof(order_line_id=order.lines.get().pk, now=NOW)

    line = change(order, **GOLD).line
    asked = send_proof(order_line_id=line.pk, now=SOON)
    approve_proof(proof_id=asked.pk, now=SOON)

    out.refresh_from_db()
    assert out.state == "SUPERSEDED"
    assert Proof.objects.get(order_line=line).state == "APPROVED"
    assert OutboxMessage.objects.filter(key=f"proof:{asked.pk}").exists()
