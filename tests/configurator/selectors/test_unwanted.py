"""Words that are put on nothing are found behind their disguises, and only they."""

import pytest

from configurator.models import UnwantedWord
from configurator.selectors.unwanted import (
    find_unwanted,
    forget_unwanted,
    list_unwanted,
)
from configurator.services.configurations import pin_configuration
from configurator.services.errors import InvalidError
from tests.factories.catalogue import NOW, RED_MUG, make_release

WORDS = (("darn", False), ("Mist", False), ("drat", True))


@pytest.mark.parametrize(
    "text",
    [
        "darn",
        "DARN!",
        "so d.a.r.n it",
        "d a r n",
        "dárn",
        "d4rn",
        "D@RN",
        "daaarrrn",
        "da\u200brn",
        "\uff44\uff41\uff52\uff4e",
        "Mist",
        "m1st",
        "m!st",
        "hydrate",
        "d-r-a-t",
    ],
)
def test_a_word_is_found_behind_its_disguise(text):
    assert find_unwanted(text, WORDS)


@pytest.mark.parametrize(
    "text", ["", "Ada", "darning", "Mistral", "optimistic", "Dar Nova", "12", "😀", "…"]
)
def test_an_innocent_text_is_left_alone(text):
    assert find_unwanted(text, WORDS) == ""


@pytest.mark.django_db
def test_what_an_admin_adds_is_refused_from_then_on_naming_the_text():
    make_release()
    pin_configuration(
        product="mug", choices={**RED_MUG, "text": "darn"}, quantity=1, now=NOW
    )
    UnwantedWord.objects.create(word="darn")
    forget_unwanted()

    with pytest.raises(InvalidError) as caught:
        pin_configuration(
            product="mug", choices={**RED_MUG, "text": "Darn it"}, quantity=1, now=NOW
        )

    assert caught.value.field == "choices.text"
    assert "“darn”" in caught.value.message


@pytest.mark.django_db
def test_the_list_is_read_once_for_many_orders(django_assert_num_queries):
    list_unwanted()

    with django_assert_num_queries(0):
        list_unwanted()
