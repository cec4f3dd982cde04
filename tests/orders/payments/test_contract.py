"""What every payment provider must do: one suite, run over each of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orders.payments import signatures
from orders.payments.dummy import SIGNATURE_HEADER as DUMMY_HEADER
from orders.payments.dummy import secret
from orders.payments.port import (
    Charge,
    ForgedNoticeError,
    ProviderRefusedError,
    Standing,
    UnknownNoticeError,
)
from orders.payments.registry import PROVIDERS
from orders.payments.stripe import SIGNATURE_HEADER as STRIPE_HEADER
from tests.support.stripe_server import StripeServer

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CHARGE = Charge(
    key="F-000001-1",
    order_number="F-000001",
    amount_minor=4200,
    currency="EUR",
    return_url="https://shop.example/orders/F-000001/",
)


class Dummy:
    """The dummy, where the buyer says beforehand how it ends."""

    header = DUMMY_HEADER
    charge = replace(CHARGE, outcome="AUTHORISED")

    def __init__(self) -> None:
        self.provider = PROVIDERS["dummy"]

    def set_aside(self, charge: Charge) -> str:
        return self.provider.begin(charge).reference

    def notice(self, charge: Charge, reference: str) -> tuple[bytes, str]:
        values = {
            "key": charge.key,
            "standing": "AUTHORISED",
            "reference": reference,
            "amount_minor": charge.amount_minor,
        }
        body = json.dumps(values).encode()
        return body, signatures.sign(body, secret=secret(), at=AT)

    def taken_minor(self) -> int | None:
        return None

    def refunded_minor(self) -> int | None:
        return None


class Stripe:
    """Stripe's adapter; the buyer pays on the server's page."""

    header = STRIPE_HEADER
    charge = CHARGE

    def __init__(self, server: StripeServer) -> None:
        self.provider, self.server = PROVIDERS["stripe"], server

    def set_aside(self, charge: Charge) -> str:
        session = self.provider.begin(charge).reference
        return str(self.server.pay(session)["id"])

    def notice(self, charge: Charge, reference: str) -> tuple[bytes, str]:
        intent = self.server.intents[reference]
        kind = "payment_intent.amount_capturable_updated"
        return self.server.event(kind, intent, at=int(AT.timestamp()))

    def taken_minor(self) -> int | None:
        return self.server.captured_minor()

    def refunded_minor(self) -> int | None:
        return self.server.refunded_minor()


@pytest.fixture(params=["dummy", "stripe"])
def side(request):
    if request.param == "dummy":
        return Dummy()
    return Stripe(request.getfixturevalue("stripe"))


def test_the_suite_runs_over_every_provider():
    assert set(PROVIDERS) == {"dummy", "stripe"}


def test_the_same_charge_begun_twice_is_one(side):
    first = side.provider.begin(side.charge)
    again = side.provider.begin(side.charge)

    assert first == again
    assert first.reference
    assert first.amount_minor == 4200


def test_two_charges_are_two(side):
    other = replace(side.charge, key="F-000001-2")

    first, second = side.provider.begin(side.charge), side.provider.begin(other)

    assert first.reference != second.reference


def test_what_is_set_aside_is_told_as_authorised(side):
    reference = side.set_aside(side.charge)

    answer = side.provider.look_up(side.charge, reference=reference)

    assert (answer.standing, answer.amount_minor) == (Standing.AUTHORISED, 4200)
    assert side.taken_minor() in (None, 0)


def test_what_is_set_aside_is_taken_once_however_often_it_is_asked(side):
    reference = side.set_aside(side.charge)

    answers = [
        side.provider.capture(side.charge, reference=reference) for _ in range(3)
    ]

    assert {answer.standing for answer in answers} == {Standing.CAPTURED}
    assert {answer.amount_minor for answer in answers} == {4200}
    assert side.taken_minor() in (None, 4200)


def test_what_is_not_set_aside_cannot_be_taken(side):
    charge = replace(side.charge, outcome="PENDING")
    reference = side.provider.begin(charge).reference

    with pytest.raises(ProviderRefusedError):
        side.provider.capture(charge, reference=reference)


def test_what_is_given_up_is_not_taken(side):
    reference = side.set_aside(side.charge)

    answers = [side.provider.void(side.charge, reference=reference) for _ in range(2)]

    assert {answer.standing for answer in answers} == {Standing.VOIDED}
    assert side.taken_minor() in (None, 0)


def test_a_charge_that_nobody_paid_yet_can_be_given_up(side):
    charge = replace(side.charge, outcome="PENDING")
    reference = side.provider.begin(charge).reference

    answer = side.provider.void(charge, reference=reference)

    assert answer.standing is Standing.VOIDED


def test_what_was_taken_is_not_given_up_but_told(side):
    charge = replace(side.charge, outcome="SUCCEEDED" if side.charge.outcome else "")
    reference = side.set_aside(charge)
    reference = side.provider.capture(charge, reference=reference).reference

    answer = side.provider.void(charge, reference=reference)

    assert (answer.standing, answer.amount_minor) == (Standing.CAPTURED, 4200)


def test_a_refund_is_paid_once_under_its_key(side):
    reference = side.set_aside(side.charge)
    reference = side.provider.capture(side.charge, reference=reference).reference

    names = {
        side.provider.refund(
            reference=reference, amount_minor=1200, currency="EUR", key="F-000001-R1"
        )
        for _ in range(3)
    }

    assert len(names) == 1
    assert side.refunded_minor() in (None, 1200)


def test_a_notice_is_read_with_the_charge_that_it_is_about(side):
    reference = side.set_aside(side.charge)
    body, signature = side.notice(side.charge, reference)

    notice = side.provider.read_notice(
        headers={side.header: signature}, body=body, real_now=AT
    )

    assert notice.key == side.charge.key
    assert notice.answer.standing is Standing.AUTHORISED
    assert notice.answer.amount_minor == 4200


@pytest.mark.parametrize("change", ["body", "signature", "none", "old", "early"])
def test_a_notice_that_is_not_the_provider_s_is_refused(side, change):
    reference = side.set_aside(side.charge)
    body, signature = side.notice(side.charge, reference)
    headers, at = {side.header: signature}, AT
    if change == "body":
        body = body.replace(b"4200", b"1   ")
    elif change == "signature":
        headers = {side.header: signature[:-1] + ("0" if signature[-1] != "0" else "1")}
    elif change == "none":
        headers = {}
    else:
        at += timedelta(minutes=6) * (1 if change == "old" else -1)

    with pytest.raises(ForgedNoticeError):
        side.provider.read_notice(headers=headers, body=body, real_now=at)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"data": {"object": {"id": 1}}}'])
def test_a_genuine_notice_about_something_else_is_told_apart(side, body):
    key = secret() if side.header == DUMMY_HEADER else "whsec_loopback"
    header = signatures.sign(body, secret=key, at=AT)

    with pytest.raises(UnknownNoticeError):
        side.provider.read_notice(headers={side.header: header}, body=body, real_now=AT)


@pytest.mark.parametrize("body", [b"", b"no", b"[" * 100_000])
def test_a_notice_that_is_no_json_is_refused(side, body):
    key = secret() if side.header == DUMMY_HEADER else "whsec_loopback"
    header = signatures.sign(body, secret=key, at=AT)

    with pytest.raises(ForgedNoticeError):
        side.provider.read_notice(headers={side.header: header}, body=body, real_now=AT)
