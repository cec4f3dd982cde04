"""How work looks to a person: product, choices in words, personal text as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import Configuration
from configurator.selectors.print_areas import name_placement
from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language
from production.selectors.wording import plain


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


def _in_words(characteristic: Any, value: Any, language: str | None = None) -> str:
    if characteristic.kind == "NUMBER":
        number = value[0] if isinstance(value, list) else value
        return f"{number} {characteristic.unit}".strip()
    names = {
        option.code: in_language(option.name, language) or option.code
        for option in characteristic.options
    }
    values = value if isinstance(value, list) else [value]
    return ", ".join(names.get(str(each), str(each)) for each in values)


def kind_of(
    batch_key: str, configuration: Configuration | None
) -> tuple[tuple[str, str], ...]:
    """Say what the pieces of a load have in common, as their product calls it."""
    asked = _asked(batch_key, configuration)
    facts = []
    for part in filter(None, batch_key.split("|")):
        attribute, _sign, value = part.partition("=")
        each = asked.get(attribute)
        if each is None:
            facts.append((plain(attribute).capitalize(), plain(value)))
        elif each.kind == "FILE":
            facts.append((in_language(each.name), _("uploaded picture")))
        else:
            facts.append((in_language(each.name), _in_words(each, value.split("+"))))
    return tuple((name, value) for name, value in facts if value)


def names_in_kind(
    batch_key: str, configuration: Configuration | None
) -> dict[str, str]:
    """Give the names of the attributes of a load, and of all their options."""
    names: dict[str, str] = {}
    for attribute, each in _asked(batch_key, configuration).items():
        names[attribute] = in_language(each.name)
        for option in each.options:
            names.setdefault(option.code, in_language(option.name))
    return names


def _asked(batch_key: str, configuration: Configuration | None) -> dict[str, Any]:
    """Find the characteristics that attributes are taken from; some are of none."""
    if configuration is None:
        return {}
    definition = release_by_id(configuration.release_id).definition
    taken_from = {
        attribute.name: attribute.of
        for routing in definition.routings
        for step in routing.steps
        for attribute in step.attributes
        if attribute.of
    }
    attributes = [part.partition("=")[0] for part in batch_key.split("|")]
    found = {
        name: definition.by_code.get(taken_from.get(name, "")) for name in attributes
    }
    return {name: each for name, each in found.items() if each is not None}


def personal_texts(configuration: Configuration) -> list[dict[str, str]]:
    """Give the personal texts for an answer of the API."""
    return [
        {"name": name, "text": text}
        for name, text in face_of(configuration).personalisation
    ]
