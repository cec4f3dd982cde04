"""Names that are HTML stay words: on pages, in papers and at the desk."""

import pytest
from django.contrib.auth.models import Group

from orders.documents import document_pdf
from orders.models import Order
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from orders.services.quoting import QuotationExpiredError, accept_quotation
from tests.factories.access import make_user
from tests.factories.orders import NOW, make_order, make_sent_quotation
from tests.orders.views.conftest import Buyer
from tests.support.pdf import words_of

pytestmark = pytest.mark.django_db
NAME = "<script>alert(1)</script> & <b>Bo"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;Bo"


@pytest.fixture
def order(buyer) -> Order:
    buyer.choose(text="Ada")
    buyer.order(name=NAME, line1="<img src=x onerror=alert(1)>", city="<b>Berlin")
    return Order.objects.get()


def test_the_checkout_gives_a_name_back_as_words(buyer):
    buyer.choose()

    page = buyer.order(name=NAME, email="none").content.decode()

    assert f'value="{ESCAPED}"' in page
    assert "<script>alert" not in page


def test_the_order_page_and_the_desk_show_words(buyer, order):
    staff = Buyer()
    user = make_user("dora")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    staff.force_login(user)

    pages = [
        buyer.see(f"/orders/{order.number}/?token={order.token}"),
        buyer.see(f"/orders/{order.number}/payment/?token={order.token}"),
        staff.see("/desk/"),
        staff.see("/desk/?q=%3Cscript%3E"),
        staff.see(f"/desk/{order.number}/"),
    ]

    assert not any("<script>alert" in page or "<img src=x" in page for page in pages)
    assert [ESCAPED in page for page in pages] == [True, False, True, True, True]


def test_papers_print_the_name_as_it_is(order):
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    issue_documents(now=NOW, real_now=NOW)

    paper = document_pdf(order.documents.get(kind="INVOICE"))

    assert NAME in words_of(paper)


def test_an_expired_quotation_is_accepted_neither_by_page_nor_by_api(client):
    order = make_order(None)
    quotation = make_sent_quotation(order.lines.get(), days=1)
    type(quotation).objects.update(valid_until=NOW)
    token = f"?token={order.token}"

    page = client.post(
        f"/orders/{order.number}/quotations/{quotation.number}/{token}",
        {"answer": "accept"},
    )
    call = client.post(
        f"/api/v1/quotations/{quotation.number}/accept/{token}",
        content_type="application/json",
        headers={"Idempotency-Key": "k" * 20},
    )
    with pytest.raises(QuotationExpiredError):
        accept_quotation(quotation_id=quotation.pk, now=NOW)

    quotation.refresh_from_db()
    order.refresh_from_db()
    assert (page.status_code, call.status_code) == (409, 409)
    assert call.json()["errors"][0]["code"] == "QUOTATION_EXPIRED"
    assert (quotation.state, order.total_minor) == ("SENT", None)
