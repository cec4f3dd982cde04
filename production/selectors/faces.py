"""How work looks to a person: product, choices in words, personal text as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import Configuration
from configurator.selectors.print_areas import name_placement
from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language
from production.models import BatchMember
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


def configuration_in(members: Iterable[BatchMember]) -> Configuration | None:
    """Give what one of the members is, which tells the names for all of them."""
    return next((each.operation.work_order.configuration for each in members), None)


def kind_of(
    batch_key: str, configuration: Configuration | None
) -> tuple[tuple[str, str], ...]:
    """Say what the pieces of a load have in common, as their product calls it."""
    facts = attribute_words(_attributes(batch_key), configuration).values()
    return tuple((name, value) for name, value in facts if value)


def attribute_words(
    attributes: Mapping[str, Any], configuration: Configuration | None
) -> dict[str, tuple[str, str]]:
    """Name attributes of a set-up and their values, as the product calls them."""
    asked = _asked(attributes, configuration)
    return {
        attribute: _attribute_words(attribute, str(value), asked.get(attribute))
        for attribute, value in attributes.items()
    }


def _attribute_words(attribute: str, value: str, each: Any) -> tuple[str, str]:
    if each is None:
        return plain(attribute).capitalize(), plain(value)
    if each.kind == "FILE":
        return in_language(each.name), _("uploaded picture")
    known = {option.code for option in each.options}
    values = value.split("+")
    is_known = each.kind == "NUMBER" or known.issuperset(values)
    return in_language(each.name), _in_words(each, values) if is_known else plain(value)


def _attributes(batch_key: str) -> dict[str, str]:
    parts = (part.partition("=") for part in batch_key.split("|") if part)
    return {attribute: value for attribute, _sign, value in parts}


def names_in_kind(
    batch_key: str, configuration: Configuration | None
) -> dict[str, str]:
    """Give the names of the attributes of a load, and of all their options."""
    names: dict[str, str] = {}
    for attribute, each in _asked(_attributes(batch_key), configuration).items():
        names[attribute] = in_language(each.name)
        for option in each.options:
            names.setdefault(option.code, in_language(option.name))
    return names


def _asked(
    attributes: Iterable[str], configuration: Configuration | None
) -> dict[str, Any]:
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
