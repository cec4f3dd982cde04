"""Texts of the catalogue in the language of whoever reads them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

DEFAULT_LANGUAGE = "en"


def in_language(words: Mapping[str, str] | Any, language: str | None = None) -> str:
    """Choose a text: the language itself, its base, English, or the first there is.

    Without a language the one that is active counts, as for every other text.
    """
    if not isinstance(words, Mapping):
        return str(words or "")
    wanted = language or get_language() or DEFAULT_LANGUAGE
    for each in (wanted, wanted.split("-")[0], DEFAULT_LANGUAGE):
        if words.get(each):
            return str(words[each])
    return str(next(iter(words.values()), ""))


def whole_number(value: int | str) -> str:
    """Write a whole number of any length with its digits in threes."""
    return f"{int(value):,}".replace(",", "\u202f")
