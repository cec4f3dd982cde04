"""What search engines and other sites read of the shop."""

import json
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from configurator.models import Product
from configurator.services.catalogue import suspend_release
from tests.factories.catalogue import make_release, mug_document, standard_document

pytestmark = pytest.mark.django_db
RED = {"c.colour": "RED", "c.size": "S", "c.height_mm": "90", "quantity": "1"}
HERE = "http://testserver"
PLACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def meta(html: str) -> dict[str, str]:
    """Give each meta element's content by its name or property."""
    pairs = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', html)
    return {name: unescape(content) for name, content in pairs}


def described(html: str) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/ld\+json" nonce="[^"]+">(.*?)</script>', html
    )
    assert found is not None
    answer: dict[str, Any] = json.loads(found[1])
    return answer


def test_a_product_page_says_what_it_is_about(client, mug):
    html = client.get("/shop/mug/").content.decode()

    found = meta(html)
    card = f"{HERE}/pictures/{mug.pk}-{mug.definition_sha256[:12]}/card-en.png"
    assert f'<link rel="canonical" href="{HERE}/shop/mug/">' in html
    assert found["og:title"] == "Mug"
    assert found["og:image"] == card
    assert found["twitter:card"] == "summary_large_image"
    assert found["description"] == found["og:description"] != ""
    assert "robots" not in found


def test_a_shared_design_shows_its_own_picture_and_what_is_its_own(client, mug):
    query = {**RED, "c.colour": "BLUE", "c.text": "Zoë & Bo"}
    html = client.get("/shop/mug/", query).content.decode()

    found = meta(html)
    assert found["og:title"] == "Mug: Blue, Small, Zoë & Bo"
    assert f'<link rel="canonical" href="{HERE}/shop/mug/">' in html
    assert found["og:url"].startswith(f"{HERE}/shop/mug/?c.colour=BLUE")
    cards = [
        client.get(address.removeprefix(HERE))
        for address in (found["og:image"], found["og:image"].partition("?")[0])
    ]
    assert [each.status_code for each in cards] == [200, 200]
    assert cards[0].content != cards[1].content


@pytest.mark.parametrize("query", ["c.colour=PINK", "c.artwork=x~9.9.999", "c.x=1"])
def test_the_card_of_a_design_that_cannot_be_is_the_products(client, mug, query):
    card = f"/pictures/{mug.pk}-x/card-en.png"

    assert client.get(f"{card}?{query}").content == client.get(card).content


def test_a_product_is_described_as_a_product_with_its_offer(client, mug):
    found = described(client.get("/shop/mug/", RED).content.decode())

    assert (found["@type"], found["name"], found["sku"]) == ("Product", "Mug", "mug")
    assert found["offers"] == {
        "@type": "Offer",
        "url": f"{HERE}/shop/mug/",
        "priceCurrency": "EUR",
        "price": "10.00",
        "availability": "https://schema.org/MadeToOrder",
    }


def test_what_is_stocked_is_offered_from_stock(client):
    make_release(standard_document())

    found = described(client.get("/shop/juice/").content.decode())

    assert found["offers"]["availability"] == "https://schema.org/InStock"


def test_a_name_cannot_end_the_script_that_describes_it(client):
    document = mug_document(product="evil")
    document["name"] = {"en": "</script><script>alert(1)</script>"}
    make_release(document)

    html = client.get("/shop/evil/").content.decode()

    assert "<script>alert" not in html
    assert described(html)["name"] == document["name"]["en"]


def test_words_are_in_the_readers_language(client, mug):
    html = client.get("/shop/mug/", headers={"Accept-Language": "de"}).content.decode()

    assert meta(html)["og:title"] == "Becher"
    assert meta(html)["og:locale"] == "de"
    assert meta(html)["og:image"].endswith("/card-de.png")


@pytest.mark.parametrize("path", ["/cart/", "/accounts/login/", "/no-such-page/"])
def test_what_is_for_one_visitor_is_not_to_be_found(client, path):
    html = client.get(path).content.decode()

    assert meta(html)["robots"] == "noindex"
    assert 'rel="canonical"' not in html


def test_the_map_lists_what_is_on_sale_with_its_picture(client, mug):
    make_release(mug_document(product="hidden"))
    gone = make_release(mug_document(product="gone"))
    Product.objects.filter(slug="hidden").update(is_listed=False)
    suspend_release(release_id=gone.pk)

    answer = client.get("/sitemap.xml")

    pages = [each.text for each in ET.fromstring(answer.content).iter(PLACE)]  # noqa: S314
    assert pages == [
        f"{HERE}{path}" for path in ("/", "/how-it-is-made/", "/shop/mug/")
    ]
    assert b"card-en.png" in answer.content
    assert answer["Content-Type"] == "application/xml"


def test_robots_are_told_what_to_leave_out_and_where_the_map_is(client):
    text = client.get("/robots.txt").content.decode()

    assert "Disallow: /checkout/" in text
    assert f"Sitemap: {HERE}/sitemap.xml" in text
    assert "Disallow: /shop/\n" not in text
