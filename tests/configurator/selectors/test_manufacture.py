"""How a configuration is made, from the cache or fresh."""

import pytest

from configurator.selectors.manufacture import resolve
from configurator.selectors.releases import (
    UnknownReleaseError,
    release_by_id,
    releases_by_id,
)
from tests.factories.catalogue import RED_MUG, make_draft, make_release

pytestmark = pytest.mark.django_db


def test_steps_and_materials_follow_the_choices():
    release = make_release()
    gold = {**RED_MUG, "colour": "GOLD", "size": "L"}

    plain = resolve(release_id=release.pk, choices=RED_MUG, quantity=3)
    golden = resolve(release_id=release.pk, choices=gold, quantity=3)

    assert [step.code for step in plain.steps] == ["THROW", "FIRE"]
    assert plain.steps[1].batch_key == "glaze=RED"
    assert golden.steps[1].batch_key == "glaze=GOLD"
    assert [each.material for each in plain.materials] == ["CLAY"]
    assert [each.material for each in golden.materials] == ["CLAY", "GOLD-LEAF"]


def test_another_quantity_is_counted_anew():
    release = make_release()

    one = resolve(release_id=release.pk, choices=RED_MUG, quantity=1)
    ten = resolve(release_id=release.pk, choices=RED_MUG, quantity=10)

    assert (one.pieces, ten.pieces) == (1, 10)
    assert (one.materials[0].total, ten.materials[0].total) == (400, 4000)
    assert one.steps is ten.steps


def test_what_the_manufacture_does_not_look_at_shares_an_entry():
    release = make_release()

    one = resolve(release_id=release.pk, choices={**RED_MUG, "text": "A"}, quantity=1)
    other = resolve(release_id=release.pk, choices={**RED_MUG, "text": "B"}, quantity=1)

    assert one.steps is other.steps


def test_a_published_release_is_asked_for_once(django_assert_num_queries):
    release = make_release()
    release_by_id(release.pk)

    with django_assert_num_queries(0):
        for quantity in range(1, 50):
            resolve(release_id=release.pk, choices=RED_MUG, quantity=quantity)


def test_a_superseded_release_is_still_known():
    first = make_release()
    make_release()

    assert release_by_id(first.pk).number == "1"


def test_a_draft_is_no_published_release():
    draft = make_draft()

    with pytest.raises(UnknownReleaseError):
        releases_by_id([draft.pk])
