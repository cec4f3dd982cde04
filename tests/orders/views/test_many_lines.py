"""Very many lines: pages of them, and totals of all."""

import re

import pytest

from orders.models import Cart, CartLine, Order

pytestmark = pytest.mark.django_db
N_LINES = 120


@pytest.fixture
def full(buyer):
    """Fill a cart with many equal mugs."""
    buyer.choose()
    first = CartLine.objects.get()
    CartLine.objects.bulk_create(
        CartLine(
            cart=Cart.objects.get(),
            configuration=first.configuration,
            quantity=1,
            created_at=first.created_at,
        )
        for _line in range(N_LINES - 1)
    )
    return buyer


def test_a_cart_is_shown_page_by_page_with_the_total_of_all(full):
    pages = [full.see(f"/cart/?page={number}") for number in (1, 2, 3)]

    assert [html.count('<li class="line"') for html in pages] == [50, 50, 20]
    assert all("€1,440.00" in html for html in pages)
    assert "Mug (120)" in pages[0]
    assert 'href="?page=2"' in pages[0]
    assert len(pages[0]) < 250_000


def test_a_line_is_changed_and_taken_out_on_its_own_page(full):
    last = CartLine.objects.latest("pk")
    html = full.see("/cart/?page=3")
    (url,) = re.findall(rf'hx-post="(/cart/lines/{last.pk}/[^"]*)"', html)

    changed = full.post(url, {"quantity": "2"})
    swapped = full.post(url, {"quantity": "3"}, headers={"HX-Request": "true"})
    gone = full.post(url, {"action": "remove"})

    assert changed["Location"] == f"/cart/?page=3#line-{last.pk}"
    assert swapped.content.decode().count('<li class="line"') == 20
    assert gone["Location"] == f"/cart/?page=3#line-{last.pk}"
    assert CartLine.objects.count() == N_LINES - 1


def test_a_new_line_is_found_where_it_stands(full):
    added = full.choose(text="Ada")

    newest = CartLine.objects.latest("pk")
    assert added["Location"] == f"/cart/?page=3#line-{newest.pk}"


def test_the_checkout_folds_them_and_the_order_has_pages_of_them(full):
    html = full.see("/checkout/")
    url = full.buy()
    path, _sign, query = url.partition("?")
    pages = [full.see(f"{path}?{query}&page={number}") for number in (1, 3)]

    assert html.count('<li class="review-line">') == 20
    assert "and 100 more lines" in html
    assert 'name="expected_total_minor" value="144000"' in html
    assert [page.count('<article class="order-line') for page in pages] == [50, 20]
    assert f'href="?{query}&amp;page=2"' in pages[0].replace("&page", "&amp;page")
    assert all("€1,440.00" in page for page in pages)
    assert 'name="page" value="3"' in pages[1]


def test_a_line_of_a_later_page_is_cancelled_there(full):
    url = full.buy()
    line = Order.objects.get().lines.get(position=110)
    path, _sign, query = url.partition("?")

    answer = full.post(f"{path}lines/{line.pk}/cancel/?{query}")

    assert answer["Location"].endswith(f"&page=3#line-{line.pk}-title")
