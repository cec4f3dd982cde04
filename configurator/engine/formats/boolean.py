"""What Boolean formats share: a feature is a CHOICE of ``true`` and ``false``."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from configurator.engine.expression import Expression, In, Not
from configurator.engine.model import (
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    Option,
    ProductKind,
    Rule,
)

MAX_BYTES = 100_000_000
MAX_FEATURES = 100_000
MAX_RULES = 500_000
OPTIONS = (Option("true"), Option("false"))


def feature(name: str) -> Characteristic:
    """Return the characteristic of a feature."""
    return Characteristic(name, Kind.CHOICE, options=OPTIONS)


def selected(name: str, *, positive: bool = True) -> Expression:
    """Return the condition that a feature is (not) selected."""
    inside = In(name, ("true",))
    return inside if positive else Not(inside)


def definition_of(
    path: Path, names: Sequence[str], rules: Sequence[Rule]
) -> Definition:
    """Return the definition of a Boolean model, called like its file."""
    return Definition(
        product=path.name.split(".")[0],
        release="1",
        kind=ProductKind.CONFIGURABLE,
        characteristics=tuple(feature(name) for name in names),
        rules=tuple(rules),
    )


def read_text(path: Path) -> str:
    """Read a text file, gzipped where its name ends in ``.gz``."""
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(path.name, f"is not UTF-8: {error}") from error


def read_bytes(path: Path) -> bytes:
    """Read a file, gzipped where its name ends in ``.gz``.

    Raises
    ------
    DefinitionError
        If it cannot be read, or is longer than 100 MB.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DefinitionError(path.name, str(error)) from error
    if len(content) > MAX_BYTES:
        raise DefinitionError(path.name, f"is longer than {MAX_BYTES} bytes")
    return content


def check_number(n: int, most: int, what: str, place: str) -> None:
    """Refuse a model that is too large.

    Raises
    ------
    DefinitionError
        With the place where the limit is passed.
    """
    if n > most:
        raise DefinitionError(place, f"more than {most} {what} are too many")
