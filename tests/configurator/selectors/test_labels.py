"""Answers in words, in the reader's language."""

import pytest
from django.utils import translation

from configurator.models import Upload
from configurator.selectors.fixes import find_ways
from configurator.selectors.labels import (
    Label,
    list_labels,
    name_answers,
    name_field,
)
from configurator.selectors.releases import live_release, release_by_id
from configurator.services.availability import set_availability
from tests.factories.catalogue import NOW, RED_MUG, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug():
    return make_release()


def test_answers_are_named_in_the_order_of_the_questions(mug):
    choices = {
        "text": " Ada ",
        "extras": ["BOX", "LID"],
        "height_mm": 90,
        "colour": "RED",
        "artwork": "a-token",
    }

    labels = list_labels(release_id=mug.pk, choices=choices)

    assert labels == [
        Label("colour", "Colour", "Red", tint="#b0362c"),
        Label("extras", "Extras", "Gift box, Lid"),
        Label("height_mm", "Height", "90 mm"),
        Label("text", "Text", " Ada ", is_text=True),
        Label("artwork", "Picture", "your picture"),
    ]


def test_a_picture_is_named_by_its_file_and_where_it_lies(mug):
    upload = Upload.objects.create(
        sha256="0" * 64,
        content_type="image/png",
        content=b"",
        width_px=1,
        height_px=1,
        file_name="crest.png",
        created_at=NOW,
    )

    labels = list_labels(release_id=mug.pk, choices={"artwork": upload.token})

    assert labels == [Label("artwork", "Picture", "crest.png")]


def test_what_was_not_chosen_is_not_named(mug):
    assert list_labels(release_id=mug.pk, choices={"extras": [], "text": ""}) == []


def test_changes_are_named_in_the_readers_language(mug):
    definition = release_by_id(mug.pk).definition
    changes = {"colour": "RED", "size": "L", "text": "", "quantity": 12}

    english = name_answers(definition, changes)
    with translation.override("de"):
        german = name_answers(definition, {"colour": "RED"})

    assert english == "Colour: Red; Size: Large; Text: nothing; Quantity: 12"
    assert german == "Farbe: Rot"


def test_a_problems_field_is_named_wherever_it_stands(mug):
    definition = release_by_id(mug.pk).definition

    names = [
        name_field(definition, field)
        for field in ("choices.colour", "lines.3.choices.size", "quantity", "x", None)
    ]

    assert names == ["Colour", "Size", "Quantity", "", ""]


def test_the_way_to_an_option_names_all_that_changes_and_its_price(mug):
    ways = find_ways(
        release=live_release("mug"),
        choices=RED_MUG,
        quantity=1,
        wanted=[("colour", "GOLD")],
        now=NOW,
    )

    fix = ways.fixes["colour", "GOLD"]
    assert fix.option == {"colour": "GOLD"}
    assert fix.changes == {"size": "L"}
    assert fix.words == "Size: Large"
    assert fix.price_delta_minor == 500


def test_there_is_no_way_to_what_is_sold_out(mug):
    set_availability(
        product="mug", option="GOLD", available=False, back_on=None, now=NOW
    )

    ways = find_ways(
        release=live_release("mug"),
        choices=RED_MUG,
        quantity=1,
        wanted=[("colour", "GOLD")],
        now=NOW,
    )

    assert ways.fixes == {}
    assert ways.sold_out == {("colour", "GOLD")}
