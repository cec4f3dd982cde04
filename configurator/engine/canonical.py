"""Choices in their one written form, and the hash that names a configuration."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.placement import PlacementError, read_file, write_file

MAX_REFERENCE = 200


class ChoiceError(ValueError):
    """An answer that the product does not know, or of the wrong kind.

    Parameters
    ----------
    characteristic
        Whose answer it is.
    value
        The answer as given.
    message
        What is wrong, fit for a customer.
    """

    def __init__(self, characteristic: str, value: Any, message: str) -> None:
        self.characteristic = characteristic
        self.value = value
        self.message = message
        super().__init__(f"{characteristic}: {message}")


def canonical_choices(
    definition: Definition, choices: Mapping[str, Any]
) -> dict[str, Any]:
    """Check choices and bring them into their one form.

    Null answers and empty texts and files are left out, ticked options are
    sorted by code, texts stay byte for byte as they are, a picture says where it lies
    only where that is not the usual place. Defaults are not filled in, and rules are
    not looked at.

    Raises
    ------
    ChoiceError
        Naming the characteristic and the value.
    """
    found: dict[str, Any] = {}
    for name in sorted(choices):
        value = choices[name]
        characteristic = definition.by_code.get(name)
        if characteristic is None:
            raise ChoiceError(name, value, "this product has no such characteristic")
        if value is None or (
            value == "" and characteristic.kind in (Kind.TEXT, Kind.FILE)
        ):
            continue
        found[name] = _ANSWERS[characteristic.kind](characteristic, value)
    return found


def canonical_bytes(*, product: str, release: str, choices: Mapping[str, Any]) -> bytes:
    """Return the bytes of a configuration that are hashed.

    UTF-8 JSON of ``{"choices", "product", "release"}`` with sorted keys and no
    blanks; `choices` come from `canonical_choices`.
    """
    answers = {
        name: sorted(value) if isinstance(value, list | tuple) else value
        for name, value in choices.items()
    }
    return json.dumps(
        {"choices": answers, "product": product, "release": release},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def configuration_sha256(
    *, product: str, release: str, choices: Mapping[str, Any]
) -> str:
    """Return the configuration's name: the sha256 of its bytes, in hexadecimal."""
    return hashlib.sha256(
        canonical_bytes(product=product, release=release, choices=choices)
    ).hexdigest()


def _choice(characteristic: Characteristic, value: Any) -> str:
    if not isinstance(value, str) or value not in characteristic.positions:
        raise ChoiceError(characteristic.code, value, f"{value!r:.80} is not an option")
    return value


def _ticks(characteristic: Characteristic, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ChoiceError(characteristic.code, value, "a list of options is needed")
    for each in value:
        _choice(characteristic, each)
    if len(set(value)) != len(value):
        raise ChoiceError(characteristic.code, value, "an option is ticked twice")
    most = characteristic.at_most
    if most is not None and len(value) > most:
        raise ChoiceError(characteristic.code, value, f"at most {most} can be ticked")
    return sorted(value)


def _number(characteristic: Characteristic, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ChoiceError(characteristic.code, value, f"{value!r:.80} is not a number")
    if not characteristic.admits(value):
        low, high = characteristic.minimum, characteristic.maximum
        raise ChoiceError(
            characteristic.code,
            value,
            f"{value} is not between {low} and {high} {characteristic.unit}"
            f" in steps of {characteristic.step}",
        )
    return value


def _text(characteristic: Characteristic, value: Any) -> str:
    if not isinstance(value, str):
        raise ChoiceError(characteristic.code, value, f"{value!r:.80} is not a text")
    if len(value) > characteristic.max_length:
        raise ChoiceError(
            characteristic.code,
            value,
            f"{len(value)} characters are more than {characteristic.max_length}",
        )
    letters = characteristic.letters
    for at, letter in enumerate(value, start=1):
        if letter not in letters:
            shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
            raise ChoiceError(
                characteristic.code,
                value,
                f"the character '{shown}' at position {at} cannot be made",
            )
    return value


def _file(characteristic: Characteristic, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_REFERENCE or not value.isascii():
        raise ChoiceError(
            characteristic.code, value, f"{value!r:.80} is not an upload's id"
        )
    try:
        return write_file(*read_file(value))
    except PlacementError as error:
        raise ChoiceError(characteristic.code, value, str(error)) from error


_ANSWERS = {
    Kind.CHOICE: _choice,
    Kind.MULTI: _ticks,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.FILE: _file,
}
