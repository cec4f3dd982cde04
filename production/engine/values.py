"""Keys, attributes and conditions: the small words that all value types share."""

from collections.abc import Mapping

Key = str | int
Attribute = str | int
Attributes = Mapping[str, Attribute]
Condition = Mapping[str, frozenset[Attribute]]

NEVER_S = 10**12
"""A due time for what nobody waits for (some 31,000 years after the origin)."""


class DemandError(ValueError):
    """Raised when a value handed to an engine makes no sense."""


def key_order(key: Key) -> tuple[int, int, str]:
    """Give a sort key for caller's keys: numbers by value, then texts."""
    if isinstance(key, int):
        return (0, key, "")
    return (1, 0, key)


def require(*, holds: bool, what: str, value: object, unit: str = "") -> None:
    """Raise a ``DemandError`` that shows the value and its unit unless it holds."""
    if not holds:
        raise DemandError(f"{what}, got {value!r}{' ' + unit if unit else ''}")


def matches(condition: Condition, attributes: Attributes) -> bool:
    """Say whether every named attribute has one of the values asked for.

    A missing attribute matches nothing; an empty condition matches everything.
    """
    return all(attributes.get(name) in values for name, values in condition.items())
