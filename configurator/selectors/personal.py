"""What of a configuration is about a person: its texts and pictures."""

from collections.abc import Mapping
from typing import Any

from configurator.selectors.releases import release_by_id
from configurator.states import CharacteristicKind

PERSONAL = (CharacteristicKind.TEXT, CharacteristicKind.FILE)


def without_personal(*, release_id: int, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Give choices without texts and pictures; what is left names nobody."""
    personal = set(list_personal(release_id=release_id))
    return {code: value for code, value in choices.items() if code not in personal}


def list_personal(*, release_id: int, kinds: tuple[str, ...] = PERSONAL) -> list[str]:
    """List the characteristics of a release that customers answer in their own way."""
    definition = release_by_id(release_id).definition
    return [
        each.code for each in definition.characteristics if each.kind.value in kinds
    ]
