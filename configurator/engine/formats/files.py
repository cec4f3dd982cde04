"""Reads a model of any known format, told by its file name."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from configurator.engine.formats.boolean import read_text
from configurator.engine.formats.dimacs import read_dimacs
from configurator.engine.formats.release_json import read_release
from configurator.engine.formats.uvl import read_uvl
from configurator.engine.formats.xcsp import read_xcsp
from configurator.engine.model import Definition, DefinitionError


def _read_json(path: Path) -> Definition:
    try:
        document = json.loads(read_text(path))
    except (RecursionError, ValueError) as error:
        raise DefinitionError(path.name, f"is not JSON: {error}") from error
    if not isinstance(document, Mapping):
        raise DefinitionError(path.name, "a JSON object is needed")
    return read_release(document)


READERS: Mapping[str, tuple[str, Callable[[Path], Definition]]] = {
    ".uvl": ("uvl", read_uvl),
    ".xml": ("xcsp", read_xcsp),
    ".cnf": ("dimacs", read_dimacs),
    ".json": ("release", _read_json),
}
"""By ending: the kind of model and its reader; each also reads ``.gz``."""


def read_model(path: Path) -> tuple[str, Definition]:
    """Read a model and say of which kind it is.

    Parameters
    ----------
    path
        Ends in .uvl, .xml, .cnf or .json, or one of them and .gz.

    Raises
    ------
    DefinitionError
        If the ending is unknown or the content cannot be read.
    """
    ending = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if ending not in READERS:
        raise DefinitionError(path.name, f"does not end in {', '.join(READERS)}")
    kind, read = READERS[ending]
    return kind, read(path)
