"""What Boolean formats share: a feature is a CHOICE of ``true`` and ``false``."""

import gzip
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
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DefinitionError(path.name, f"is longer than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(path.name, f"is not UTF-8: {error}") from error
