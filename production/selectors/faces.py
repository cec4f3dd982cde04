"""How work looks to a person: product, choices in words, personal text as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import Configuration
from configurator.selectors.print_areas import name_placement
from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language


@dataclass(frozen=True, slots=True)
class Face:
    """What a card, a traveller or a label shows of a configuration."""

    product: str
    choices: tuple[tuple[str, str], ...]
    # Personal texts byte for byte, with the question they answer.
    personalisation: tuple[tuple[str, str], ...]

    @property
    def summary(self) -> str:
        return " · ".join(value for _name, value in self.choices)


def face_of(configuration: Configuration, language: str | None = None) -> Face:
    """Put a configuration into words; no query once its release is known."""
    definition = release_by_id(configuration.release_id).definition
    choices, texts = [], []
    for each in definition.characteristics:
        value = configuration.choices.get(each.code)
        if value in (None, "", []):
            continue
        name = in_language(each.name, language)
        if each.kind == "TEXT":
            texts.append((name, str(value)))
        elif each.kind == "FILE":
            words = (_("uploaded picture"), name_placement(str(value)))
            choices.append((name, ", ".join(filter(None, words))))
        else:
            choices.append((name, _in_words(each, value, language)))
    return Face(in_language(definition.name, language), tuple(choices), tuple(texts))


def _in_words(characteristic: Any, value: Any, language: str | None) -> str:
    if characteristic.kind == "NUMBER":
        return f"{value} {characteristic.unit}".strip()
    names = {
        option.code: in_language(option.name, language) or option.code
        for option in characteristic.options
    }
    values = value if isinstance(value, list) else [value]
    return ", ".join(names.get(str(each), str(each)) for each in values)


def personal_texts(configuration: Configuration) -> list[dict[str, str]]:
    """Give the personal texts for an answer of the API."""
    return [
        {"name": name, "text": text}
        for name, text in face_of(configuration).personalisation
    ]
