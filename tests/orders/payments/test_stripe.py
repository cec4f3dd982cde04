"""Stripe's adapter alone: shapes, failures and what it never does."""

from dataclasses import replace

import pytest

from orders.payments.port import (
    ProviderDownError,
    ProviderRefusedError,
    Standing,
)
from orders.payments.registry import PROVIDERS, find_provider, list_providers
from tests.orders.payments.test_contract import CHARGE

adapter = PROVIDERS["stripe"]


def test_it_is_off_unless_it_is_switched_on():
    assert list_providers() == ["dummy"]
    assert find_provider("stripe") is None


def test_a_session_leads_to_the_page_where_the_buyer_pays(stripe):
    answer = adapter.begin(CHARGE)

    assert answer.standing is Standing.PENDING
    assert answer.page_url == f"https://checkout.stripe.com/c/pay/{answer.reference}"
    (session,) = stripe.sessions.values()
    assert (session["amount_total"], session["currency"]) == (4200, "eur")
    assert session["client_reference_id"] == "F-000001"


def test_a_session_that_was_paid_is_told_by_its_payment_intent(stripe):
    session = adapter.begin(CHARGE).reference
    intent = stripe.pay(session)

    answer = adapter.look_up(CHARGE, reference=session)

    assert (answer.standing, answer.reference) == (Standing.AUTHORISED, intent["id"])


def test_a_session_that_ended_unpaid_is_given_up(stripe):
    session = adapter.begin(CHARGE).reference
    stripe.sessions[session]["status"] = "expired"

    assert adapter.look_up(CHARGE, reference=session).standing is Standing.VOIDED


def test_an_attempt_that_failed_can_be_followed_by_another(stripe):
    session = adapter.begin(CHARGE).reference
    intent = stripe.pay(session)
    stripe.intents[intent["id"]]["status"] = "requires_payment_method"

    assert adapter.look_up(CHARGE, reference=session).standing is Standing.PENDING


@pytest.mark.parametrize("status", [500, 503, 409, 429, 302])
def test_a_failure_that_may_pass_is_told_as_such(stripe, status):
    stripe.fails_with = status

    with pytest.raises(ProviderDownError):
        adapter.begin(CHARGE)


def test_an_answer_that_is_lost_leaves_one_session(stripe):
    stripe.loses_answers = True
    with pytest.raises(ProviderDownError):
        adapter.begin(CHARGE)
    stripe.loses_answers = False

    answer = adapter.begin(CHARGE)

    assert list(stripe.sessions) == [answer.reference]


def test_what_is_refused_is_told_with_the_reason(stripe):
    with pytest.raises(ProviderRefusedError, match="too small"):
        adapter.begin(replace(CHARGE, amount_minor=10))


def test_more_than_was_taken_is_not_given_back(stripe):
    intent = stripe.pay(adapter.begin(CHARGE).reference)
    adapter.capture(CHARGE, reference=intent["id"])

    with pytest.raises(ProviderRefusedError, match="greater"):
        adapter.refund(
            reference=intent["id"], amount_minor=4201, currency="EUR", key="R1"
        )


def test_nobody_is_asked_before_there_is_a_key(settings):
    settings.STRIPE_SECRET_KEY = ""

    with pytest.raises(ProviderDownError, match="not set up"):
        adapter.begin(CHARGE)


def test_a_server_that_is_not_there_is_down(stripe, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderDownError):
        adapter.begin(CHARGE)


@pytest.mark.parametrize("name", ["cs_../refunds", "pi_1?x=1", "", "../v1"])
def test_a_reference_of_another_form_goes_into_no_address(stripe, name):
    with pytest.raises(ProviderRefusedError):
        adapter.look_up(CHARGE, reference=name)

    assert stripe.calls == []
