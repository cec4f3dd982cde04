"""Invoices, receipts and credit notes: one for each cause, numbered without a gap."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from orders.models import Document, Order, OutboxMessage, ShopTerms
from orders.services import issuing, outbox
from orders.services.cancelling import cancel_line, cancel_order
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from orders.services.refunding import refund_part
from orders.states import DocumentKind
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def paid(*totals: int, **fields) -> Order:
    order = make_order(*totals, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def issue(at=NOW) -> int:
    return issue_documents(now=at, real_now=NOW + timedelta(hours=1))


def numbers(kind: str = "INVOICE") -> list[str]:
    rows = Document.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("number", flat=True))


def test_a_paid_order_has_an_invoice_and_a_receipt():
    order = paid(1200, 700)

    assert issue() == 2

    invoice, receipt = order.documents.order_by("pk")
    assert (invoice.number, receipt.number) == ("INV-2026-000001", "REC-2026-000001")
    assert invoice.content["gross_minor"] == 1900
    assert invoice.content["net_minor"] == 1597
    assert invoice.content["vat_minor"] == 303
    assert [line["gross_minor"] for line in invoice.content["lines"]] == [1200, 700]
    assert receipt.content["gross_minor"] == 1900


def test_numbers_run_without_a_gap_in_the_series_of_a_year():
    for at in (NOW, NOW, NOW + timedelta(days=365)):
        paid(100)
        issue(at)

    assert numbers() == ["INV-2026-000001", "INV-2026-000002", "INV-2027-000001"]


def test_a_request_that_fails_takes_no_number_and_stops_no_other(monkeypatch):
    poison, good = paid(100), paid(200)
    real = issuing._invoice

    def fail(order, payload, terms):
        # The number is taken after the figures; fail as late as may be.
        if order == poison:
            issuing._next_number(DocumentKind.INVOICE, NOW)
            raise ZeroDivisionError("no")
        return real(order, payload, terms)

    with monkeypatch.context() as patch:
        patch.setattr(issuing, "_invoice", fail)
        assert issue() == 3
    assert numbers() == ["INV-2026-000001"]
    assert good.documents.filter(kind="INVOICE").exists()
    waiting = OutboxMessage.objects.get(kind="document")
    assert waiting.error == "ZeroDivisionError: no"

    later = NOW + timedelta(days=1)
    assert issue_documents(now=NOW, real_now=later) == 1
    assert numbers() == ["INV-2026-000001", "INV-2026-000002"]


def test_a_crash_takes_no_number(monkeypatch):
    paid(100)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish", lambda **_: 1 // 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            issue()
    assert not Document.objects.exists()

    issue()

    assert numbers() == ["INV-2026-000001"]


def test_the_same_request_never_makes_two_papers():
    order = paid(100)
    issue()
    OutboxMessage.objects.create(
        kind="document",
        key=f"INVOICE:{order.number}",
        order=order,
        payload={"kind": "INVOICE"},
        created_at=NOW,
        available_at=NOW,
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        issue()

    assert len(numbers()) == 1


def test_a_cancelled_line_is_credited_against_the_invoice():
    order = paid(1200, 700)
    first = order.lines.all()[0]
    cancel_line(order_id=order.pk, line_id=first.pk, now=NOW + timedelta(minutes=1))

    issue()

    invoice = order.documents.get(kind="INVOICE")
    credit = order.documents.get(kind="CREDIT_NOTE")
    assert invoice.content["gross_minor"] == 1900
    assert credit.content["gross_minor"] == 1200
    assert credit.content["credits"] == invoice.number
    assert [line["text"] for line in credit.content["lines"]] == ["Mug"]


def test_what_is_credited_is_never_more_than_was_invoiced():
    order = paid(1200, 700)
    refund_part(order_id=order.pk, amount_minor=500, now=NOW, actor="paul")
    cancel_order(order_id=order.pk, now=NOW + timedelta(minutes=1))

    issue()

    credits = order.documents.filter(kind="CREDIT_NOTE").order_by("pk")
    assert [each.content["gross_minor"] for each in credits] == [500, 1400]


def test_the_shop_s_terms_stand_in_the_paper_for_good():
    ShopTerms.objects.create(
        seller_name="Mill", seller_address="A\nB", vat_id="DE1", vat_bp=700
    )
    order = paid(107)
    issue()
    ShopTerms.objects.update(vat_bp=1900)

    invoice = order.documents.get(kind="INVOICE")
    assert invoice.content["seller"] == {
        "name": "Mill",
        "address": ["A", "B"],
        "vat_id": "DE1",
    }
    assert (invoice.content["vat_bp"], invoice.content["net_minor"]) == (700, 100)


def test_the_database_refuses_to_change_a_paper():
    paid(100)
    issue()

    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.update(content={})


def test_many_papers_cost_a_fixed_number_of_queries_each(django_assert_max_num_queries):
    paid(*[100] * 10)

    with django_assert_max_num_queries(40):
        issue()
