"""Read numbers from text files and say where something else stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class FormatError(ValueError):
    """Raised when a file is not what it should be; names file and line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, with its place for messages."""

    path: Path
    number: int
    text: str

    def wrong(self, expected: str) -> FormatError:
        """Make the error that says what was expected here."""
        shown = self.text if len(self.text) <= 40 else self.text[:40] + "..."
        return FormatError(
            f"{self.path}, line {self.number}: expected {expected}, found {shown!r}"
        )

    def integers(
        self, count: int | None = None, separator: str | None = None
    ) -> list[int]:
        """Read whole numbers, exactly so many where a count is given."""
        parts = [part for part in self.text.split(separator) if part.strip()]
        expected = "whole numbers" if count is None else f"{count} whole numbers"
        try:
            numbers = [int(part) for part in parts]
        except ValueError:
            raise self.wrong(expected) from None
        if count is not None and len(numbers) != count:
            raise self.wrong(expected)
        return numbers


def read_lines(path: Path) -> list[Line]:
    """Read the lines of a file that hold something; refuses what is not text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormatError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path}: is not UTF-8 text") from None
    return [
        Line(path, number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]


def take(lines: Sequence[Line], place: int, *, path: Path, expected: str) -> Line:
    """Give a line by its place, or say that the file ends too early."""
    if place >= len(lines):
        raise FormatError(f"{path}: ends where {expected} should follow")
    return lines[place]
