"""Words that are put on nothing, whatever tricks they are written with."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from configurator.engine.model import Definition, Kind
from configurator.models import UnwantedWord
from configurator.selectors.errors import Problem

KEY = "unwanted-words"
KEPT_S = 300
# Figures and signs that stand for letters.
READ_AS = str.maketrans("0134578@$€", "oieastbase")
TALL = re.compile(r"[!|](?=\w)")
APART = re.compile(r"[^\w]|_")
MANY = re.compile(r"(.)\1+")
Words = tuple[tuple[str, bool], ...]


def list_unwanted() -> Words:
    """List the words, each with whether it counts inside other words too."""
    found: Words | None = cache.get(KEY)
    if found is None:
        found = tuple(UnwantedWord.objects.values_list("word", "is_anywhere"))
        cache.set(KEY, found, KEPT_S)
    return found


def forget_unwanted() -> None:
    """Ask the database again; for whoever has changed the list."""
    cache.delete(KEY)


def check_words(definition: Definition, choices: Mapping[str, Any]) -> list[Problem]:
    """Say which texts hold a word that is put on nothing."""
    texts = [
        (each.code, choices[each.code])
        for each in definition.characteristics
        if each.kind is Kind.TEXT and choices.get(each.code)
    ]
    words = list_unwanted() if texts else ()
    problems = []
    for code, text in texts:
        word = find_unwanted(text, words)
        if word:
            told = _("We do not put “%(word)s” on anything; please choose other words.")
            field = f"choices.{code}"
            problems.append(Problem("unwanted", told % {"word": word}, field))
    return problems


def find_unwanted(text: str, words: Iterable[tuple[str, bool]]) -> str:
    """Give the first of the words that a text holds; nothing where it holds none.

    Seen through are capitals, accents, compatible forms, figures for letters, signs
    and blanks between single letters, characters without a width, and letters that
    are written many times.
    """
    spoken = _spoken(text)
    pieces = [each for each in APART.split(spoken) if each]
    alone = {_short(each) for each in _joined(pieces)}
    run = _short("".join(pieces))
    for word, is_anywhere in words:
        plain = _plain_word(word)
        if plain and (plain in alone or (is_anywhere and plain in run)):
            return word
    return ""


@lru_cache(maxsize=4096)
def _plain_word(word: str) -> str:
    return _short(APART.sub("", _spoken(word)))


def _spoken(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = (
        each
        for each in decomposed
        if not unicodedata.combining(each) and unicodedata.category(each) != "Cf"
    )
    return TALL.sub("i", "".join(letters)).translate(READ_AS)


def _joined(pieces: list[str]) -> Iterable[str]:
    """Give the pieces, and single letters that follow one another as one piece."""
    single: list[str] = []
    for piece in [*pieces, ""]:
        if len(piece) == 1:
            single.append(piece)
            continue
        if single:
            yield "".join(single)
            single = []
        if piece:
            yield piece


def _short(word: str) -> str:
    return MANY.sub(r"\1", word)
