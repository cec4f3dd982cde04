"""Paying: a declined payment loses nothing, a second one costs nothing."""

from datetime import timedelta

import pytest

from orders.models import Order, Payment
from orders.states import OrderState

pytestmark = pytest.mark.django_db


@pytest.fixture
def pay_url(buyer):
    buyer.choose()
    return buyer.order()["Location"]


def test_the_page_says_what_is_to_pay(buyer, pay_url):
    html = buyer.see(pay_url)

    assert "€12.00" in html
    assert "no money moves" in html


def test_success_confirms_the_order_and_leads_to_its_page(buyer, pay_url):
    response = buyer.post(pay_url, {"outcome": "SUCCEEDED"}, follow=True)

    order = Order.objects.get()
    assert order.state == OrderState.CONFIRMED
    assert response.redirect_chain == [
        (f"/orders/{order.number}/?token={order.token}", 302)
    ]
    assert "Your order is paid" in response.content.decode()


def test_a_declined_payment_says_so_and_can_be_tried_again(buyer, pay_url):
    declined = buyer.post(pay_url, {"outcome": "DECLINED"}, follow=True)
    buyer.post(pay_url, {"outcome": "SUCCEEDED"})

    assert "Nothing is lost" in declined.content.decode()
    assert Order.objects.get().state == OrderState.CONFIRMED


def test_paying_twice_pays_once(buyer, pay_url):
    for _click in range(2):
        buyer.post(pay_url, {"outcome": "SUCCEEDED"})

    assert Payment.objects.filter(outcome="SUCCEEDED").count() == 1


def test_a_paid_order_has_no_payment_page_any_more(buyer, pay_url):
    buyer.post(pay_url, {"outcome": "SUCCEEDED"})

    response = buyer.get(pay_url)

    assert response.status_code == 302
    assert response["Location"] == pay_url.replace("payment/", "")


def test_an_unknown_outcome_is_refused(buyer, pay_url):
    response = buyer.post(pay_url, {"outcome": "MAYBE"})

    assert response.status_code == 400
    assert "A payment ends as one of" in response.content.decode()
    assert Payment.objects.count() == 0


def test_a_piece_without_a_price_cannot_be_paid(buyer):
    buyer.choose("bench")
    url = buyer.order()["Location"].replace("/?", "/payment/?")

    response = buyer.post(url, {"outcome": "SUCCEEDED"})

    assert buyer.get(url).status_code == 302
    assert response.status_code == 409
    assert "has not been accepted yet" in response.content.decode()


def test_a_deposit_is_paid_here_and_then_the_balance(buyer):
    from orders.services.quoting import accept_quotation
    from tests.factories.orders import NOW, make_sent_quotation

    buyer.choose("bench")
    url = buyer.order()["Location"]
    order = Order.objects.get()
    quotation = make_sent_quotation(order.lines.get())
    late = NOW + timedelta(days=20_000)
    type(quotation).objects.filter(pk=quotation.pk).update(
        deposit_percent=40, valid_until=late
    )
    assert "€360.00 of it as a deposit now" in buyer.see(url)
    accept_quotation(quotation_id=quotation.pk, now=NOW)
    pay = url.replace("/?", "/payment/?")

    assert "Deposit" in buyer.see(pay)
    paid = buyer.post(pay, {"outcome": "SUCCEEDED", "purpose": "DEPOSIT"}, follow=True)
    assert "The deposit is paid" in paid.content.decode()
    assert "Pay the balance" in paid.content.decode()
    assert "€540.00" in buyer.see(pay)
    buyer.post(pay, {"outcome": "SUCCEEDED", "purpose": "BALANCE"})

    order.refresh_from_db()
    assert (order.payment_state, order.paid_minor) == ("PAID", 90_000)


def test_a_form_sent_twice_is_one_request(buyer, pay_url):
    for _click in range(2):
        buyer.post(pay_url, {"outcome": "DECLINED", "once": "0123456789abcdef"})

    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hosted_page_is_where_the_buyer_is_sent(buyer, pay_url, stripe):
    shown = buyer.see(pay_url)
    response = buyer.post(pay_url, {"provider": "stripe"})

    assert "no money moves" not in shown
    assert response.status_code == 302
    assert response["Location"].startswith("https://checkout.stripe.com/c/pay/")
