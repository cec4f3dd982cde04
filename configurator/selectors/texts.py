"""Texts that customers write: counted as people count, and judged by how they are made.

A release says what a process can write, beyond what the product's own text allows:
``{"extra": {"text_rules": [{"of": "text", "when": "decoration = EMBROIDERY",
"alphabet": "...", "without": "...", "min_length": 2, "max_length": 12,
"reason": {language: text}}]}}``. Every rule whose condition holds counts.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.engine.model import ALPHABETS, Characteristic, Definition
from configurator.selectors.conditions import is_condition_true
from configurator.selectors.errors import Problem
from configurator.selectors.extras import extra_problems, list_extra
from configurator.selectors.unwanted import check_words
from configurator.selectors.words import in_language

TEXT_RULES = "text_rules"
JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
TAGS = range(0xE0020, 0xE0080)
SPREADING = ("Mn", "Me", "Mc")
PICTURES = range(0x1F000, 0x20000)
# Degrees and trade marks stand before; what was no text is shown by the other.
SYMBOLS_BEGIN, UNREADABLE = 0x2190, "\ufffd"


@dataclass(frozen=True, slots=True)
class TextLimits:
    """What may be written: how long, of which letters, and why no more than that."""

    least: int
    most: int
    letters: str
    reason: str


def check_texts(
    definition: Definition, choices: Mapping[str, Any], *, quantity: int
) -> list[Problem]:
    """Say which texts hold unwanted words, or letters that their process lacks."""
    return [
        *check_words(definition, choices),
        *_process_problems(definition, choices, quantity),
    ]


def split_graphemes(text: str) -> list[str]:
    """Cut a text into what people see as one character each.

    Marks stay with their letter, joined pictures and flags are one; after the plain
    cases of Unicode's text segmentation (UAX 29).
    """
    found: list[str] = []
    for letter in text:
        if found and _belongs_to(found[-1], letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def describe_text(characteristic: Characteristic, text: str) -> str:
    """Say what is wrong with a text that the product cannot take."""
    most = characteristic.max_length
    seen = split_graphemes(text)
    if len(seen) > most:
        return _too_long(len(seen), most)
    for position, letter in enumerate(seen, start=1):
        if any(each not in characteristic.letters for each in letter):
            return _cannot_be_made(letter, position, characteristic.letters)
    if len(text) > most:
        return _too_long(len(text), most)
    return _("This text cannot be made.")


def shown_letter(letter: str) -> str:
    """Show a character, or its number where it has no shape of its own."""
    if letter.isprintable() and not letter.isspace():
        return letter
    if len(letter) > 1 and letter[0].isprintable():
        return letter
    return " ".join(f"U+{ord(each):04X}" for each in letter)


def mended(text: str, letters: str) -> str:
    """Give the nearest text that can be made: of whole characters, without others."""
    whole = unicodedata.normalize("NFC", text)
    if all(letter in letters for letter in whole):
        return whole
    return "".join(
        each
        for each in split_graphemes(whole)
        if all(letter in letters for letter in each)
    )


def _belongs_to(before: str, letter: str) -> bool:
    code, latest = ord(letter), before[-1]
    if before in ("\r", "\n", "\r\n"):
        return before == "\r" and letter == "\n"
    if unicodedata.category(latest) in ("Cc", "Zl", "Zp"):
        return False
    if letter == JOINER or unicodedata.category(letter) in SPREADING:
        return True
    if code in SKIN_TONES or code in TAGS:
        return True
    if latest == JOINER:
        return _is_picture(letter) and _is_picture(before[0])
    if code in FLAG_LETTERS and ord(latest) in FLAG_LETTERS:
        return sum(ord(each) in FLAG_LETTERS for each in before) % 2 == 1
    return False


def _is_picture(letter: str) -> bool:
    if ord(letter) in FLAG_LETTERS:
        return False
    return ord(letter) in PICTURES or unicodedata.category(letter) == "So"


def _is_emoji(letter: str) -> bool:
    is_sign = ord(letter) < SYMBOLS_BEGIN or letter == UNREADABLE
    return _is_picture(letter) and not is_sign


def _too_long(given: int, most: int) -> str:
    text = ngettext(
        "%(given)s characters are too many; one is allowed.",
        "%(given)s characters are too many; %(most)s are allowed.",
        most,
    )
    return text % {"given": given, "most": most}


def _cannot_be_made(letter: str, position: int, letters: str) -> str:
    text = _("The character “%(letter)s” at position %(position)s cannot be made.")
    told = text % {"letter": shown_letter(letter), "position": position}
    return f"{told} {_advice(letter, letters)}".rstrip()


def _advice(letter: str, letters: str) -> str:
    """Say why, or what to do instead, where that can be told."""
    whole = unicodedata.normalize("NFC", letter)
    if whole != letter and all(each in letters for each in whole):
        return _("Typed as one character, “%(letter)s” can.") % {"letter": whole}
    if any(_is_emoji(each) or ord(each) in FLAG_LETTERS for each in letter):
        return _("Emoji have more colours and finer lines than we can make.")
    is_latin = unicodedata.name(letter[0], "").startswith("LATIN")
    if letter[0].isalpha() and not is_latin and "A" in letters:
        return _("What is made here is made in Latin letters.")
    return ""


def text_limits(
    definition: Definition,
    each: Characteristic,
    choices: Mapping[str, Any],
    *,
    quantity: int,
) -> TextLimits:
    """Say what may be written with these choices, by the product and the process."""
    rules = list(_rules_for(definition, each.code, choices, quantity))
    letters = each.letters
    for rule in rules:
        letters = _narrowed(letters, _letters_of(rule), rule.get("without", ""))
    reasons = [in_language(rule.get("reason", {})) for rule in rules]
    return TextLimits(
        least=max((rule.get("min_length", 0) for rule in rules), default=0),
        most=min(
            [each.max_length, *(r.get("max_length", each.max_length) for r in rules)]
        ),
        letters=letters,
        reason=" ".join(filter(None, reasons)),
    )


@lru_cache(maxsize=256)
def _narrowed(letters: str, made: str | None, gone: str) -> str:
    return "".join(
        letter
        for letter in letters
        if (made is None or letter in made) and letter not in gone
    )


def text_rule_problems(document: Mapping[str, Any]) -> tuple[str, ...]:
    """List what is wrong with a release's rules for texts."""
    return extra_problems(document, TEXT_RULES, kind="TEXT")


def _rules_for(
    definition: Definition, code: str, choices: Mapping[str, Any], quantity: int
) -> Iterator[Mapping[str, Any]]:
    for rule in list_extra(definition.document, TEXT_RULES):
        when = rule.get("when")
        if rule["of"] == code and (
            not when or is_condition_true(when, choices, quantity=quantity)
        ):
            yield rule


def _process_problems(
    definition: Definition, choices: Mapping[str, Any], quantity: int
) -> Iterator[Problem]:
    for code in dict.fromkeys(
        rule["of"] for rule in list_extra(definition.document, TEXT_RULES)
    ):
        text = choices.get(code)
        if not isinstance(text, str) or not text:
            continue
        for rule in _rules_for(definition, code, choices, quantity):
            told = _against(rule, text)
            if told:
                reason = in_language(rule.get("reason", {}))
                yield Problem("process", f"{told} {reason}".strip(), f"choices.{code}")


def _letters_of(rule: Mapping[str, Any]) -> str | None:
    alphabet = rule.get("alphabet")
    return ALPHABETS.get(alphabet, alphabet) if alphabet else None


def _against(rule: Mapping[str, Any], text: str) -> str:
    seen = split_graphemes(text)
    most, least = rule.get("max_length"), rule.get("min_length", 0)
    if most is not None and len(seen) > most:
        return _too_long(len(seen), most)
    if len(seen) < least:
        told = _("%(given)s characters are too few; %(least)s are needed.")
        return told % {"given": len(seen), "least": least}
    letters, gone = _letters_of(rule), rule.get("without", "")
    for position, letter in enumerate(seen, start=1):
        is_made = letters is None or all(each in letters for each in letter)
        if not is_made or any(each in gone for each in letter):
            named = _(
                "The character “%(letter)s” at position %(position)s is not made."
            )
            return named % {"letter": shown_letter(letter), "position": position}
    return ""
