"""Texts by language."""

import pytest
from django.utils import translation

from configurator.selectors.words import in_language

WORDS = {"en": "colour", "de": "Farbe", "pt-br": "cor"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Farbe"),
        ("de-at", "Farbe"),
        ("pt-br", "cor"),
        ("fr", "colour"),
        (None, "colour"),
    ],
)
def test_the_nearest_language_is_taken(language, text):
    assert in_language(WORDS, language) == text


def test_without_english_the_first_there_is_will_do():
    assert in_language({"de": "Farbe"}, "fr") == "Farbe"
    assert in_language({}, "fr") == ""


def test_the_active_language_counts_where_none_is_named():
    with translation.override("de"):
        assert in_language(WORDS) == "Farbe"


def test_a_plain_text_is_what_it_is():
    assert in_language("colour", "de") == "colour"
