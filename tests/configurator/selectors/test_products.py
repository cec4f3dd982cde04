"""What customers see of products."""

import pytest
from django.utils import translation

from configurator.models import Product
from configurator.selectors.products import (
    list_products,
    product_answer,
    product_summary,
)
from configurator.services.catalogue import suspend_release
from tests.factories.access import make_user
from tests.factories.catalogue import make_draft, make_release, standard_document

pytestmark = pytest.mark.django_db


def slugs(**words):
    return [product.slug for product in list_products(**words)]


def test_only_what_is_on_sale_is_listed():
    make_release()
    make_draft(standard_document())

    assert slugs() == ["mug"]


def test_a_stopped_product_is_not_listed():
    release = make_release()

    suspend_release(release_id=release.pk)

    assert slugs() == []


def test_what_is_not_shown_is_listed_for_staff_alone():
    make_release()
    Product.objects.update(is_listed=False)

    assert slugs(user=make_user("ada")) == []
    assert slugs(user=make_user("eve", is_staff=True)) == ["mug"]


def test_a_summary_speaks_the_language_asked():
    release = make_release()
    release.product.refresh_from_db()

    assert product_summary(release.product, language="de") == {
        "slug": "mug",
        "name": "Becher",
        "kind": "CONFIGURABLE",
        "from_price_minor": 1000,
        "currency": "EUR",
    }


def test_a_product_tells_its_questions_by_kind():
    make_release()

    with translation.override("de"):
        answer = product_answer(product="mug")

    assert (answer["slug"], answer["name"], answer["release"]) == ("mug", "Becher", "1")
    assert answer["quantity"] == {"min": 1, "max": 500, "step": 1}
    colour, size, extras, height, text, artwork = answer["characteristics"]
    assert colour["options"][0] == {"code": "RED", "name": "Rot", "tint": "#b0362c"}
    assert size["name"] == "Größe"
    assert extras["kind"] == "MULTI"
    assert {key: height[key] for key in ("min", "max", "step", "unit")} == {
        "min": 80,
        "max": 120,
        "step": 10,
        "unit": "mm",
    }
    assert text["max_length"] == 12
    assert "ß" in text["alphabet"]
    assert (artwork["min_dpi"], artwork["required"]) == (100, False)


def test_quantities_may_be_a_list_of_values():
    document = {**standard_document(), "quantity": {"values": [250, 500]}}
    make_release(document)

    assert product_answer(product="juice")["quantity"] == {"values": [250, 500]}
