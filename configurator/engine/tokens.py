"""The words of the rule language, and where they stand."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s+|(?P<string>\"[^\"\n]*\")|(?P<word>[A-Za-z0-9_]+)"
    r"|(?P<symbol><=>|=>|<=|>=|!=|\.\.|[()\[\]{},:|&!=<>+*-])"
)


class RuleSyntaxError(ValueError):
    """A rule's text cannot be read; says where and what was expected.

    Parameters
    ----------
    line, column
        Where, both counted from 1.
    expected
        What could have stood there, in words.
    found
        What stands there instead.
    """

    def __init__(self, line: int, column: int, expected: str, found: str) -> None:
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        super().__init__(
            f"line {line}, column {column}: expected {expected}, found {found}"
        )


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind (word, number, string, symbol, end), text and place."""

    kind: str
    text: str
    start: int

    @property
    def says(self) -> str:
        """The word itself, without quotes."""
        return self.text[1:-1] if self.kind == "string" else self.text


def tokens_of(text: str) -> list[Token]:
    """Cut a text into words, the end last.

    Raises
    ------
    RuleSyntaxError
        At the first character that no word begins with.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleSyntaxError(
                *place(text, at), "a name, option or operator", repr(text[at])
            )
        kind = match.lastgroup
        if kind is not None:
            piece = match.group()
            if kind == "word" and piece.isdigit():
                kind = "number"
            found.append(Token(kind, piece, at))
        at = match.end()
    found.append(Token("end", "the end of the rule", at))
    return found


def place(text: str, at: int) -> tuple[int, int]:
    """Return line and column of a character, both counted from 1."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
