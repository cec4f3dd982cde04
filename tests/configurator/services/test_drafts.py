"""Rows of a draft and its document are two forms of the same."""

import json
from pathlib import Path

import pytest

from configurator.engine.formats.release_json import read_release
from configurator.models import CatalogueRelease, Characteristic, RoutingStep
from configurator.services.catalogue import build_document
from configurator.services.drafts import plain_form
from tests.factories.catalogue import make_draft, mug_document, standard_document

DEMO = Path(__file__).parents[3] / "production" / "demo" / "products"

pytestmark = pytest.mark.django_db


def built(document):
    release = make_draft(document)
    fresh = CatalogueRelease.objects.select_related("product").get(pk=release.pk)
    return build_document(release=fresh)


@pytest.mark.parametrize("document", [mug_document(), standard_document()])
def test_a_document_comes_back_in_plain_form(document):
    assert built(document) == plain_form(document)


def test_what_comes_back_means_the_same_to_the_engine():
    document = mug_document()

    again = read_release(built(document))

    assert again == read_release(document)


def test_a_document_in_plain_form_comes_back_exactly():
    plain = plain_form(mug_document())

    assert plain_form(plain) == plain
    assert built(plain) == plain


@pytest.mark.parametrize(
    "path", sorted(DEMO.glob("*.json")), ids=lambda path: path.stem
)
def test_the_demo_products_survive_the_way_through_the_rows(path):
    document = json.loads(path.read_text())

    found = built(document)

    assert found == plain_form(document)
    assert read_release(found) == read_release(document)


def test_falsy_values_that_mean_something_are_kept():
    document = mug_document()
    step = document["routings"][0]["steps"][1]
    step.update(after=[], attended=False, crew=0, max_delay_s=0)
    document["prices"]["entries"][0]["amount_minor"] = 0

    found = built(document)

    assert found["routings"][0]["steps"][1] == {
        key: value for key, value in step.items() if value is not None
    }
    assert found["prices"]["entries"][0]["amount_minor"] == 0


def test_an_edited_row_shows_in_the_document():
    release = make_draft()
    Characteristic.objects.filter(release=release, code="size").update(
        is_required=False
    )
    RoutingStep.objects.filter(code="FIRE").update(condition="size = L")

    document = build_document(release=CatalogueRelease.objects.get(pk=release.pk))

    assert document["characteristics"][1]["required"] is False
    assert document["routings"][0]["steps"][1]["when"] == "size = L"
