"""The shop shows what is on sale, and how things are made."""

import pytest

from configurator.models import Product
from configurator.services.catalogue import suspend_release
from configurator.services.previews import showcase_svg
from tests.factories.catalogue import make_release, mug_document, standard_document

pytestmark = pytest.mark.django_db


def test_an_empty_shop_says_so(client):
    page = client.get("/")

    assert page.status_code == 200
    assert "Nothing is on sale yet" in page.content.decode()


def test_each_product_on_sale_has_its_picture_its_price_and_its_page(client, mug):
    make_release(standard_document())

    html = client.get("/").content.decode()

    assert 'href="/shop/mug/"' in html
    assert 'href="/shop/juice/"' in html
    assert f"/pictures/{mug.pk}-{mug.definition_sha256[:12]}.png" in html
    assert "from €10.00" in html


def test_what_has_no_picture_never_leads_the_shop(client, mug):
    mug = Product.objects.get()
    release = make_release(mug_document(product="bare", artwork=""))

    beside_others = client.get("/").text
    mug.is_listed = False
    mug.save()
    alone = client.get("/").text

    assert "Start with Mug" in beside_others
    assert "Start with" in alone
    assert ("hero__art" in beside_others, "hero__art" in alone) == (True, False)
    drawn = showcase_svg(release_id=release.pk)
    assert "<path" in drawn
    assert "<rect" not in drawn


def test_products_stand_on_the_shelf_of_the_way_they_are_made(client, mug):
    make_release(standard_document())

    html = client.get("/").content.decode().partition("<main")[2]

    assert html.index("All day long") < html.index("Juice")
    assert html.index("Juice") < html.index("Once, for you alone") < html.rindex("Mug")


def test_a_product_that_is_not_listed_is_not_shown(client, mug):
    Product.objects.update(is_listed=False)

    assert "/shop/mug/" not in client.get("/").content.decode()


def test_a_product_whose_sale_is_stopped_is_not_shown_and_cannot_be_opened(client, mug):
    suspend_release(release_id=mug.pk)

    assert "/shop/mug/" not in client.get("/").content.decode()
    assert client.get("/shop/mug/").status_code == 409


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_as_often_for_many_products_as_for_one(
    client, django_assert_num_queries, n
):
    for number in range(n):
        make_release(mug_document(product=f"mug-{number}"))
    client.get("/")

    # The clock, the products, their releases.
    with django_assert_num_queries(3):
        client.get("/")


def test_the_list_speaks_the_readers_language(client, mug):
    html = client.get("/", headers={"Accept-Language": "de"}).content.decode()

    assert "Becher" in html
    assert '<html lang="de"' in html


def test_four_ways_of_making_are_told_with_what_is_made_so(client, mug):
    html = client.get("/how-it-is-made/").content.decode()

    assert html.count('class="way"') == 4
    assert html.index("Job: once, for one customer") < html.index('href="/shop/mug/"')
