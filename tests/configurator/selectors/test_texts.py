"""Texts are counted as people count, and judged by how they will be made."""

import copy

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from configurator.models import UnwantedWord
from configurator.selectors.answers import read_choices
from configurator.selectors.releases import live_release
from configurator.selectors.texts import (
    check_texts,
    mended,
    split_graphemes,
    text_rule_problems,
)
from configurator.selectors.unwanted import forget_unwanted
from configurator.services.configurations import pin_configuration
from configurator.services.errors import InvalidError
from tests.factories.catalogue import NOW, RED_MUG, make_release, mug_document

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAGS = "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"
WAVE = "\U0001f44b\U0001f3fd"
SHALOM = "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd"
SAKURA = "\u685c\u3055\u304f\u3089"
PIECES = ("a", "Z", " ", "1", "e\u0301", "\u0301", FAMILY, FLAGS, WAVE, "\u200d")


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("Zoe\u0308", 3),
        (FAMILY, 1),
        (FLAGS, 2),
        (WAVE, 1),
        (SHALOM, 4),
        (SAKURA, 4),
        ("\r\n", 1),
        ("\u2764\ufe0f", 1),
    ],
)
def test_characters_are_what_people_see_as_one(text, n):
    assert len(split_graphemes(text)) == n


@given(st.lists(st.sampled_from((*PIECES, SHALOM, SAKURA, "\n", "\u00e9"))))
@example(["\u200d", FAMILY])
def test_texts_are_cut_as_unicode_says(pieces):
    text = "".join(pieces)

    assert split_graphemes(text) == regex.findall(r"\X", text)


def problem_of(text: str) -> str:
    _choices, problems = read_choices(live_release("mug").definition, {"text": text})
    return problems[0].message


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 13, "13 characters are too many; 12 are allowed."),
        (FLAGS * 7, "14 characters are too many; 12 are allowed."),
        (f"Ada {FAMILY}", f"The character “{FAMILY}” at position 5 cannot be made."),
        (WAVE, "Emoji have more colours and finer lines than we can make."),
        ("Zoe\u0308", "Typed as one character, “\u00eb” can."),
        (SHALOM, "What is made here is made in Latin letters."),
        (SAKURA, "at position 1 cannot be made."),
        ("a\u200bb", "The character “U+200B” at position 2 cannot be made."),
        ("a\u202eb", "The character “U+202E” at position 2 cannot be made."),
    ],
)
def test_what_cannot_be_made_is_named_as_it_is_seen(text, words):
    make_release()

    assert words in problem_of(text)


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["\ufffd", "\u2117"])
def test_signs_that_are_no_pictures_are_not_called_emoji(sign):
    make_release()

    assert problem_of(sign) == f"The character “{sign}” at position 1 cannot be made."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zoe\u0308", "Zo\u00eb"),
        (f"Ada{FAMILY}!", "Ada!"),
        ("n\u0303o\u0301", "\u00f1\u00f3"),
        (SHALOM, ""),
    ],
)
def test_the_nearest_text_that_can_be_made_is_offered(text, found):
    assert mended(text, "".join(map(chr, range(0x20, 0x180)))) == found


STITCHED = {
    "of": "text",
    "when": "colour = GOLD",
    "alphabet": "CAPITALS",
    "without": "Q",
    "min_length": 2,
    "max_length": 3,
    "reason": {"en": "Thread is thick.", "de": "Garn ist dick."},
}


@pytest.fixture
def stitched(db):
    document = copy.deepcopy(mug_document())
    document["extra"] = {"text_rules": [STITCHED]}
    document["rules"] = []
    make_release(document)
    return live_release("mug").definition


@pytest.mark.parametrize(
    ("colour", "text", "told"),
    [
        ("GOLD", "ADA", None),
        ("RED", "Ada Berg", None),
        ("GOLD", "", None),
        ("GOLD", "Ada", "The character “d” at position 2 is not made. Thread is thick"),
        ("GOLD", "A", "1 characters are too few; 2 are needed. Thread is thick"),
        ("GOLD", "QED", "The character “Q” at position 1 is not made. Thread is thick"),
        ("GOLD", "ADAM", "4 characters are too many; 3 are allowed. Thread is thick"),
    ],
)
def test_a_process_may_make_fewer_letters_than_the_others(stitched, colour, text, told):
    choices = {**RED_MUG, "colour": colour, "text": text}

    problems = check_texts(stitched, choices, quantity=1)

    assert [each.message.rstrip(".") for each in problems] == ([told] if told else [])
    assert {each.field for each in problems} <= {"choices.text"}


def test_a_process_says_what_may_be_written_before_anybody_writes(client, stitched):
    query = "c.colour=GOLD&c.size=L&c.height_mm=90&c.extras=-&quantity=1"

    html = client.get(f"/shop/mug/?{query}").content.decode()

    assert "2 to 3 characters. Capitals only. Thread is thick." in html
    assert 'limit="3"' in html


def test_rules_for_texts_are_read_before_a_release_is_published():
    rules = [
        STITCHED,
        {"of": "size"},
        {"when": "colour = RED"},
        {"of": "text", "when": "colour ="},
    ]
    document = {**mug_document(), "extra": {"text_rules": rules}}

    problems = text_rule_problems(document)

    assert [each.partition(":")[0] for each in problems] == [
        "text_rules[1]",
        "text_rules[2]",
        "text_rules[3]",
    ]


def test_what_a_process_cannot_make_is_not_pinned(stitched):
    with pytest.raises(InvalidError) as caught:
        pin_configuration(
            product="mug",
            choices={**RED_MUG, "colour": "GOLD", "size": "L", "text": "Ada"},
            quantity=1,
            now=NOW,
        )

    assert caught.value.field == "choices.text"


def test_the_configurator_says_so_at_the_text_and_offers_no_cart(client, stitched):
    query = "c.colour=GOLD&c.size=L&c.height_mm=90&c.extras=-&c.text=Ada&quantity=1"
    UnwantedWord.objects.create(word="darn")
    forget_unwanted()

    process = client.get(f"/shop/mug/?{query}")
    unwanted = client.get(f"/shop/mug/?{query.replace('Ada', 'DARN')}")
    fine = client.get(f"/shop/mug/?{query.replace('Ada', 'ADA')}")

    assert "Thread is thick." in process.content.decode()
    assert "We do not put “darn” on anything" in unwanted.content.decode()
    for refused in (process, unwanted):
        assert refused.status_code == 400
        assert "Add to cart" not in refused.content.decode()
    assert "Add to cart" in fine.content.decode()
