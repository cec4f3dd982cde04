"""What is worked out once for as long as the same is asked: values with their keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar
from zlib import crc32

from configurator.engine.model import Definition, Kind

T = TypeVar("T")


@dataclass(slots=True, unsafe_hash=True)
class Keyed(Generic[T]):
    """A value that equals another where their keys do, for ``functools.lru_cache``.

    A cache keeps its keys: whoever works something out takes the value along, else a
    release would stay in memory for as long as anything that was said of it.
    """

    key: Hashable
    value: T = field(compare=False, repr=False)

    def take(self) -> T:
        """Give the value, once."""
        value = self.value
        del self.value
        return value


def shape_of(*kinds: type) -> str:
    """Tell the fields of what a cache keeps, as a part of its key.

    A cache outlives an update: what another version kept would be read into the wrong
    fields.
    """
    shapes = [(kind.__name__, [each.name for each in fields(kind)]) for kind in kinds]
    return f"{crc32(repr(shapes).encode()):08x}"


def key_of_choices(definition: Definition, choices: Mapping[str, Any]) -> str:
    """Name choices; of somebody's own words only their length, which is what costs."""
    own = {
        each.code
        for each in definition.characteristics
        if each.kind in (Kind.TEXT, Kind.FILE)
    }
    return repr(
        [
            (code, len(str(choices[code] or "")) if code in own else choices[code])
            for code in sorted(choices)
        ]
    )


def has_own_words(definition: Definition, choices: Mapping[str, Any]) -> bool:
    """Say whether a text or a picture of the customer's own is among the choices."""
    return any(
        choices.get(each.code)
        for each in definition.characteristics
        if each.kind in (Kind.TEXT, Kind.FILE)
    )
