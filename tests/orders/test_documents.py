"""What stands on invoice, receipt and credit note, and who may read them."""

import pytest
from django.test import Client

from orders.documents import document_pdf
from orders.models import Order
from orders.services.cancelling import cancel_order
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from tests.factories.access import make_user
from tests.factories.orders import NOW, make_order
from tests.support.pdf import list_texts, words_of

pytestmark = pytest.mark.django_db


def issue(*totals: int, **fields) -> Order:
    order = make_order(*totals, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    issue_documents(now=NOW, real_now=NOW)
    return order


def test_an_invoice_shows_prices_with_and_without_tax():
    text = words_of(document_pdf(issue(11_900).documents.get(kind="INVOICE")))

    assert "Invoice INV-2026-000001" in text
    for part in ("Test buyer", "Mill Lane 4", "10115 Berlin", "Germany", "Mug"):
        assert part in text
    assert "2 March 2026" in text
    assert "All prices include 19 % VAT" in text
    total = next(line for line in text.splitlines() if line.startswith("Total"))
    assert total.split() == ["Total", "€100.00", "€19.00", "€119.00"]


def test_a_paper_is_written_in_the_buyer_s_language():
    text = words_of(
        document_pdf(issue(11_900, language="de").documents.get(kind="INVOICE"))
    )

    assert "Rechnung INV-2026-000001" in text
    assert "Deutschland" in text
    assert ". März 2026" in text
    assert "119,00 €" in text.replace("\xa0", " ")


def test_a_receipt_names_the_payment_and_a_credit_note_its_invoice():
    order = issue(1200)
    cancel_order(order_id=order.pk, now=NOW)
    issue_documents(now=NOW, real_now=NOW)

    receipt = words_of(document_pdf(order.documents.get(kind="RECEIPT")))
    credit = words_of(document_pdf(order.documents.get(kind="CREDIT_NOTE")))

    assert f"dummy-{order.number}-1" in receipt
    # Of what was exchanged for something dearer nothing comes back.
    assert "What you have paid too much comes back" in credit
    assert "Corrects INV-2026-000001" in credit


def test_an_order_of_many_lines_goes_over_several_pages():
    document = issue(*[100] * 90).documents.get(kind="INVOICE")

    pdf = document_pdf(document)

    assert pdf.count(b"/Type /Page\n") >= 2
    assert list_texts(pdf)


def test_the_same_paper_has_the_same_bytes():
    document = issue(1200).documents.get(kind="INVOICE")

    assert document_pdf(document) == document_pdf(document)


def test_its_owner_and_staff_read_a_paper_and_nobody_else(client):
    buyer = make_user("anna")
    order = issue(1200, user=buyer)
    number = order.documents.get(kind="INVOICE").number
    url = f"/orders/{order.number}/documents/{number}.pdf"
    owner, other = Client(), Client()
    owner.force_login(buyer)
    other.force_login(make_user("bert"))

    by_token = client.get(f"{url}?token={order.token}")

    assert by_token["Content-Type"] == "application/pdf"
    assert by_token.content.startswith(b"%PDF")
    assert "no-store" in by_token["Cache-Control"]
    assert owner.get(url).status_code == 200
    assert other.get(url).status_code == 404
    assert client.get(url).status_code == 302
    assert client.get(f"{url}?token=wrong").status_code == 404


def test_a_paper_of_another_order_is_not_found(client):
    mine, theirs = issue(1200), issue(800)
    number = theirs.documents.get(kind="INVOICE").number

    url = f"/orders/{mine.number}/documents/{number}.pdf?token={mine.token}"

    assert client.get(url).status_code == 404
    page = client.get(f"/orders/{mine.number}/?token={mine.token}").content.decode()
    assert f"documents/{mine.documents.all()[0].number}.pdf?token=" in page
    assert number not in page
