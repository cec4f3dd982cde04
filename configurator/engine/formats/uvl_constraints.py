"""Parses the constraints of UVL feature models: ``! & | => <=>`` and parentheses."""

import re
from collections.abc import Collection

from configurator.engine.expression import (
    And,
    Expression,
    Iff,
    Implies,
    Not,
    Or,
    parts_of,
)
from configurator.engine.formats.boolean import selected
from configurator.engine.model import DefinitionError

MAX_DEPTH = 40
"""Parentheses within each other, and twice as many operators."""
MAX_LENGTH = 100_000
_TOKEN = re.compile(r"\s*(?:(<=>|=>|[!&|()])|\"([^\"]+)\"|([^\s!&|()\"<=>]+))")


def parse_constraint(text: str, known: Collection[str], place: str) -> Expression:
    """Read one constraint.

    Parameters
    ----------
    text
        One line.
    known
        Names of features.
    place
        Where it stands, for messages.

    Raises
    ------
    DefinitionError
        With place and column.
    """
    return _Constraint(text, known, place).whole()


class _Constraint:
    def __init__(self, text: str, known: Collection[str], place: str) -> None:
        self.text, self.known, self.place = text, known, place
        self.at = 0
        self.depth = 0
        self.tokens: list[tuple[str, str, int]] = []
        if len(text) > MAX_LENGTH:
            raise self.error(MAX_LENGTH, f"more than {MAX_LENGTH} characters")
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self.error(at, "cannot be read as Boolean UVL")
            symbol, quoted, plain = match.groups()
            kind = "symbol" if symbol else "name"
            self.tokens.append((kind, symbol or quoted or plain, match.end()))
            at = match.end()
        self.tokens.append(("end", "", len(text)))

    def error(self, at: int, message: str) -> DefinitionError:
        return DefinitionError(self.place, f"column {at + 1}: {message}")

    def takes(self, symbol: str) -> bool:
        kind, text, _ = self.tokens[self.at]
        if kind == "symbol" and text == symbol:
            self.at += 1
            return True
        return False

    def whole(self) -> Expression:
        found = self.iff()
        kind, text, end = self.tokens[self.at]
        if kind != "end":
            raise self.error(end - len(text), f"{text!r} was not expected")
        level, depth = [found], 0
        while level:
            depth += 1
            if depth > 2 * MAX_DEPTH:
                raise self.error(0, "nested too deep")
            level = [part for each in level for part in parts_of(each)]
        return found

    def iff(self) -> Expression:
        left = self.implies()
        while self.takes("<=>"):
            left = Iff(left, self.implies())
        return left

    def implies(self) -> Expression:
        sides = [self.either()]
        while self.takes("=>"):
            sides.append(self.either())
        right = sides.pop()
        while sides:
            right = Implies(sides.pop(), right)
        return right

    def either(self) -> Expression:
        parts = [self.both()]
        while self.takes("|"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Expression:
        parts = [self.unary()]
        while self.takes("&"):
            parts.append(self.unary())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def unary(self) -> Expression:
        positive = True
        while self.takes("!"):
            positive = not positive
        if self.takes("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.error(self.tokens[self.at][2], "nested too deep")
            inner = self.iff()
            self.depth -= 1
            if not self.takes(")"):
                raise self.error(self.tokens[self.at][2], "')' is missing")
            return inner if positive else Not(inner)
        kind, text, end = self.tokens[self.at]
        if kind != "name":
            raise self.error(end - len(text), "the name of a feature is missing")
        if text not in self.known:
            raise self.error(end - len(text), f"there is no feature {text!r}")
        self.at += 1
        return selected(text, positive=positive)
