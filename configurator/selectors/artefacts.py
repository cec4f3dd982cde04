"""Definitions parsed once and artefacts mapped once in each process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from configurator.engine.expression import names_of
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition, Rule

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled

MOST_LOADED = 64


class Loaded:
    """One release's definition, and its compiled form once somebody asks for it."""

    def __init__(self, document: Mapping[str, Any], artefact_sha256: str) -> None:
        self.document = document
        self.definition = definition = read_release(document)
        self.artefact_sha256 = artefact_sha256
        self.deciding_names = deciding_names(definition)
        self._rules_by_name: dict[str, list[tuple[Rule, frozenset[str]]]] | None = None
        self._compiled: Compiled | None = None
        self._lock = threading.Lock()

    def rules_about(self, name: str) -> list[tuple[Rule, frozenset[str]]]:
        """List the rules about a characteristic, with all names they speak of."""
        if self._rules_by_name is None:
            found: dict[str, list[tuple[Rule, frozenset[str]]]] = {}
            for rule in self.definition.rules:
                names = names_of(rule.expression)
                for each in names:
                    found.setdefault(each, []).append((rule, names))
            self._rules_by_name = found
        return self._rules_by_name.get(name, [])

    @property
    def compiled(self) -> "Compiled":
        if self._compiled is None:
            with self._lock:
                if self._compiled is None:
                    self._compiled = map_artefact(self.definition, self.artefact_sha256)
        return self._compiled


def deciding_names(definition: Definition) -> frozenset[str]:
    """List the characteristics that steps, materials or the pieces look at."""
    pieces = {definition.pieces.of} if definition.pieces.of else set()
    lengths = {name for material in definition.materials for name in material.of}
    return definition.manufacture_names | pieces | lengths


@dataclass(frozen=True, slots=True)
class _Cache:
    """The most recently used releases by the hash of their definition."""

    loaded: OrderedDict[str, Loaded]
    lock: threading.RLock


_cache = _Cache(OrderedDict(), threading.RLock())


def load(
    *,
    definition_sha256: str,
    artefact_sha256: str,
    read: Callable[[], Mapping[str, Any]],
) -> Loaded:
    """Give a release from the cache; ``read`` fetches its document on a miss."""
    with _cache.lock:
        found = _cache.loaded.get(definition_sha256)
        if found is None:
            found = Loaded(read(), artefact_sha256)
            _cache.loaded[definition_sha256] = found
            if len(_cache.loaded) > MOST_LOADED:
                _cache.loaded.popitem(last=False)
        _cache.loaded.move_to_end(definition_sha256)
        return found


def map_artefact(definition: Definition, artefact_sha256: str) -> "Compiled":
    """Map the stored artefact; where this machine lacks it, compile it again."""
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    if artefact_sha256:
        try:
            return artefact.load(settings.ARTEFACT_DIR, artefact_sha256)
        except (OSError, artefact.ArtefactError):
            pass
    compiled = artefact.compile_definition(definition)
    artefact.save(compiled, settings.ARTEFACT_DIR)
    return compiled


def compile_and_save(definition: Definition) -> tuple["Compiled", str]:
    """Compile a definition and store the artefact under its content's hash."""
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    compiled = artefact.compile_definition(definition)
    return compiled, artefact.save(compiled, settings.ARTEFACT_DIR)


def forget_loaded() -> None:
    """Empty the cache; for tests and for a command that measures a cold start."""
    with _cache.lock:
        _cache.loaded.clear()


def warm() -> bool:
    """Load the engine's compiled loops into this process; False where there are none.

    Takes a second or two; for a background thread, or for a command that asks often.
    """
    from configurator.engine import passes  # noqa: PLC0415 -- slow import

    return passes.warm()
