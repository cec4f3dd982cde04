"""Size guides speak the reader's units and keep the design."""

import copy
import json
from pathlib import Path

import pytest

from configurator.engine.formats.release_json import read_release
from configurator.selectors.size_guides import usual_units
from production import demo
from tests.factories.catalogue import make_release, mug_document

GUIDE = {
    "of": "size",
    "how": {"en": "Measure your favourite mug.", "de": "Messen Sie Ihren Becher."},
    "columns": [
        {"code": "size", "name": {"en": "Size"}},
        {"code": "rim", "name": {"en": "Rim", "de": "Rand"}, "unit": "mm"},
        {"code": "uk", "name": {"en": "UK"}},
    ],
    "rows": [["S", 85, "4"], ["L", [100, 115], "5½"]],
}
PRODUCTS = sorted((Path(demo.__file__).parent / "products").glob("*.json"))


@pytest.fixture
def guided(db) -> None:
    document = copy.deepcopy(mug_document())
    document["extra"] = {"size_guide": GUIDE}
    make_release(document)


def see(client, query: str = "", language: str = "en-GB") -> str:
    response = client.get(
        f"/shop/mug/sizes/{query}", headers={"accept-language": language}
    )
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_guide_speaks_centimetres(client, guided):
    html = see(client)

    assert "Rim (cm)" in html
    assert "8.5</td>" in html
    assert "10\u201311.5</td>" in html
    assert "5½</td>" in html


def test_the_guide_speaks_inches_on_demand_or_by_the_readers_country(client, guided):
    asked, american = see(client, "?units=imperial"), see(client, language="en-US")

    for html in (asked, american):
        assert "Rim (in)" in html
        assert "3¼</td>" in html
        assert "4\u20134½</td>" in html


def test_the_guide_speaks_german(client, guided):
    html = see(client, language="de")

    assert "Rand (cm)" in html
    assert "8,5</td>" in html
    assert "Messen Sie Ihren Becher." in html


def test_the_guide_keeps_the_design_whatever_the_units(client, guided):
    html = see(client, "?units=imperial&c.colour=RED")

    assert 'href="?units=metric&amp;c.colour=RED"' in html
    assert 'href="/shop/mug/?c.colour=RED#q-size"' in html


def test_the_configurator_offers_the_guide_beside_its_question(client, guided):
    html = client.get("/shop/mug/").content.decode()

    assert html.count(">Size guide</a>") == 1
    assert 'href="/shop/mug/sizes/?' in html


@pytest.mark.django_db
def test_a_product_without_a_guide_has_no_page_and_no_link(client):
    make_release()

    assert client.get("/shop/mug/sizes/").status_code == 404
    assert "Size guide" not in client.get("/shop/mug/").content.decode()


@pytest.mark.parametrize(
    ("header", "units"),
    [
        ("en-US,en;q=0.9", "imperial"),
        ("en-GB,en-US;q=0.9", "metric"),
        ("de", "metric"),
        ("", "metric"),
    ],
)
def test_units_follow_the_first_language_of_the_browser(header, units):
    assert usual_units(header) == units


def test_guides_of_the_demo_name_a_question_and_every_option_of_it():
    guided = []
    for path in PRODUCTS:
        document = json.loads(path.read_text(encoding="utf-8"))
        guide = document.get("extra", {}).get("size_guide")
        if guide is None:
            continue
        guided.append(path.stem)
        each = read_release(document).by_code[guide["of"]]
        if each.options:
            assert [row[0] for row in guide["rows"]] == [o.code for o in each.options]
        assert {len(row) for row in guide["rows"]} == {len(guide["columns"])}

    assert guided == ["sneaker", "suit", "t-shirt"]
