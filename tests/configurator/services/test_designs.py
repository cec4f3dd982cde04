"""Saved designs: shared by link, changed by their owner."""

import pytest

from configurator.models import Design
from configurator.selectors.designs import design_answer
from configurator.services.designs import change_design, save_design, secret_of
from configurator.services.errors import DomainError, InvalidError, NotFoundError
from tests.factories.access import make_user
from tests.factories.catalogue import NOW, make_release, mug_document

pytestmark = pytest.mark.django_db


def save(choices=None, **words):
    return save_design(product="mug", choices=choices or {}, now=NOW, **words)


def test_a_design_may_be_unfinished_and_even_contradictory():
    make_release()

    design = save({"colour": "GOLD", "size": "S"})

    assert design_answer(token=design.token) == {
        "product": "mug",
        "release": "1",
        "choices": {"colour": "GOLD", "size": "S"},
        "lost": [],
    }


def test_a_design_holds_only_what_the_product_knows():
    make_release()

    with pytest.raises(InvalidError) as caught:
        save({"colour": "GREEN"})

    assert caught.value.field == "choices.colour"


def test_a_later_release_tells_what_was_lost():
    make_release()
    design = save({"colour": "GOLD", "size": "S"})
    document = mug_document()
    document["rules"] = []
    document["prices"]["entries"] = document["prices"]["entries"][:1]
    document["materials"] = []
    document["characteristics"][0]["options"].pop()
    make_release(document)

    answer = design_answer(token=design.token)

    assert (answer["release"], answer["choices"]) == ("2", {"size": "S"})
    assert answer["lost"] == [
        {
            "characteristic": "colour",
            "value": "GOLD",
            "reason": "“GOLD” is not an option.",
        }
    ]


def test_a_guest_changes_a_design_by_its_secret():
    make_release()
    design = save()

    change_design(
        token=design.token,
        choices={"colour": "BLUE"},
        secret=secret_of(design.token),
        now=NOW,
    )

    assert Design.objects.get().choices == {"colour": "BLUE"}


def test_a_user_changes_a_design_of_their_own():
    make_release()
    ada = make_user("ada")
    design = save(owner=ada)

    change_design(token=design.token, choices={"size": "L"}, user=ada, now=NOW)

    assert Design.objects.get().choices == {"size": "L"}


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_nobody_else_changes_it(secret):
    make_release()
    design = save(owner=make_user("ada"))

    with pytest.raises(DomainError) as caught:
        change_design(
            token=design.token,
            choices={},
            user=make_user("eve"),
            secret=secret,
            now=NOW,
        )

    assert caught.value.status == 404


def test_a_design_of_nobody_is_not_everybodys():
    make_release()
    design = save()

    with pytest.raises(DomainError):
        change_design(token=design.token, choices={}, user=make_user(), now=NOW)


def test_an_unknown_link_is_told_so():
    with pytest.raises(NotFoundError):
        design_answer(token="nothing")  # noqa: S106 -- names nothing
