"""Pinning complete valid choices to a release."""

import hashlib
import json

import pytest
from django.db import DatabaseError, transaction

from configurator.models import Configuration, Upload
from configurator.selectors.unwanted import list_unwanted
from configurator.services.availability import set_availability
from configurator.services.catalogue import suspend_release
from configurator.services.configurations import (
    PinRequest,
    pin_configuration,
    pin_configurations,
)
from configurator.services.errors import InvalidError
from tests.factories.catalogue import (
    NOW,
    RED_MUG,
    make_release,
    mug_document,
    standard_document,
)

pytestmark = pytest.mark.django_db


def pin(choices=RED_MUG, **words):
    return pin_configuration(
        **{"product": "mug", "choices": choices, "quantity": 1, "now": NOW, **words}
    )


def problems(choices=RED_MUG, **words):
    with pytest.raises(InvalidError) as caught:
        pin(choices, **words)
    return [(each.code, each.field) for each in caught.value.problems]


def test_a_configuration_is_stored_with_its_bytes_and_hash():
    make_release()

    pinned = pin({**RED_MUG, "text": " Für Zoë "})

    stored = Configuration.objects.get()
    assert stored == pinned.configuration
    assert stored.canonical == (
        '{"choices":{"colour":"RED","extras":[],"height_mm":90,"size":"S",'
        '"text":" Für Zoë "},"product":"mug","release":"1"}'
    )
    assert stored.sha256 == hashlib.sha256(stored.canonical.encode()).hexdigest()
    assert json.loads(stored.canonical)["choices"] == stored.choices


def test_the_price_is_for_the_whole_line():
    make_release()

    pinned = pin({**RED_MUG, "extras": ["LID"], "text": "abc"}, quantity=10)

    # 10 x (1000 + 120 + 15), five percent off, rounded down.
    assert (pinned.currency, pinned.total_minor) == ("EUR", 10783)
    assert sum(line.amount_minor for line in pinned.price.lines) == 10783


def test_the_same_choices_are_stored_once():
    make_release()

    first = pin({**RED_MUG, "extras": ["LID", "BOX"], "text": ""})
    second = pin({**RED_MUG, "extras": ["BOX", "LID"]})

    assert first.configuration == second.configuration
    assert Configuration.objects.count() == 1


def test_another_release_makes_another_configuration():
    make_release()
    first = pin().configuration
    make_release()

    second = pin().configuration

    assert first.sha256 != second.sha256
    assert pin(release="2").configuration == second
    assert problems(release="1") == [("release_changed", "release")]


def test_every_wrong_answer_is_named():
    make_release()
    choices = {"colour": "GREEN", "shape": "ROUND", "height_mm": 85, "text": "日本"}

    assert problems(choices, quantity=501) == [
        ("invalid", "choices.colour"),
        ("unknown", "choices.shape"),
        ("invalid", "choices.height_mm"),
        ("invalid", "choices.text"),
        ("quantity", "quantity"),
    ]
    assert Configuration.objects.count() == 0


def test_a_character_that_cannot_be_made_is_named_with_its_place():
    make_release()

    with pytest.raises(InvalidError) as caught:
        pin({**RED_MUG, "text": "ab日"})

    told = "The character “日” at position 3 cannot be made."
    assert caught.value.message.startswith(told)


def test_missing_answers_are_named():
    make_release()

    assert problems({"colour": "RED"}) == [
        ("required", "choices.size"),
        ("required", "choices.height_mm"),
    ]


def test_a_broken_rule_names_the_answers_and_gives_the_reason():
    make_release()

    with pytest.raises(InvalidError) as caught:
        pin({**RED_MUG, "colour": "GOLD"})

    found = caught.value.problems
    assert {each.field for each in found} == {"choices.colour", "choices.size"}
    assert {each.message for each in found} == {"The gold leaf needs the large mug."}


def test_what_is_sold_out_cannot_be_pinned():
    make_release()
    set_availability(product="mug", option="RED", available=False, now=NOW)

    assert problems() == [("sold_out", "choices.colour")]


def test_a_product_that_is_not_sold_cannot_be_pinned():
    release = make_release()
    suspend_release(release_id=release.pk)

    assert problems() == [("NOT_ON_SALE", "product")]
    assert problems(product="nothing") == [("not_found", "product")]


def test_a_picture_must_exist_and_be_fine_enough():
    make_release()
    coarse = Upload.objects.create(
        sha256="0" * 64, content=b"", width_px=100, height_px=100, created_at=NOW
    )

    assert problems({**RED_MUG, "artwork": "gone"}) == [("upload", "choices.artwork")]
    assert problems({**RED_MUG, "artwork": coarse.token}) == [
        ("resolution", "choices.artwork")
    ]
    coarse.width_px = 197
    coarse.save()
    assert pin({**RED_MUG, "artwork": coarse.token}).total_minor == 1000


def test_a_standard_product_has_a_configuration_too():
    make_release(standard_document())

    pinned = pin({}, product="juice", quantity=2)

    assert pinned.configuration.choices == {}
    assert pinned.total_minor == 2980


def test_a_bespoke_product_has_an_estimate_but_no_total():
    make_release(mug_document(kind="BESPOKE"))

    pinned = pin()

    assert (pinned.total_minor, pinned.price.total_minor) == (None, 1000)


def test_a_quantity_outside_the_range_passes_where_it_need_not_fit():
    make_release(standard_document())

    assert problems({}, product="juice", quantity=1000) == [("quantity", "quantity")]
    pinned = pin({}, product="juice", quantity=1000, check_quantity=False)
    assert pinned.quantity == 1000


def test_many_are_pinned_in_one_set_of_queries(django_assert_max_num_queries):
    make_release()
    make_release(standard_document())
    texts = [f"No {n}" for n in range(50)]
    requests = [PinRequest("mug", {**RED_MUG, "text": text}, 1) for text in texts]
    requests += [PinRequest("juice", {}, 3), PinRequest("mug", {"colour": "RED"}, 1)]
    pin()

    list_unwanted()  # asked for once in a while

    with django_assert_max_num_queries(6):
        outcomes = pin_configurations(requests=requests, now=NOW)

    pinned = [each.pinned for each in outcomes if each.pinned is not None]
    assert [each.configuration.choices["text"] for each in pinned[:50]] == texts
    assert pinned[50].total_minor == 4470
    assert [each.field for each in outcomes[51].problems] == [
        "choices.size",
        "choices.height_mm",
    ]
    assert Configuration.objects.count() == 52


def test_the_database_refuses_to_change_a_configuration():
    make_release()
    pinned = pin()

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Configuration.objects.filter(pk=pinned.configuration.pk).update(choices={})
