"""Definitions parsed once and artefacts mapped once in each process."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings

from configurator.engine.expression import names_of
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition, Rule

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled
    from configurator.engine.diagram import Budget

MOST_LOADED = 256
MOST_BYTES = 256 << 20
# What one option, rule or price takes as values of Python; measured, rounded up.
BYTES_EACH = 2_000


class Loaded:
    """One release's definition, and its compiled form once somebody asks for it."""

    def __init__(self, document: Mapping[str, Any], artefact_sha256: str) -> None:
        self.document = document
        self.definition = definition = read_release(document)
        self.artefact_sha256 = artefact_sha256
        self.deciding_names = deciding_names(definition)
        self.n_options = sum(len(each.options) for each in definition.characteristics)
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
    def n_bytes(self) -> int:
        """Estimate what it takes in memory."""
        definition = self.definition
        n_values = self.n_options + len(definition.rules)
        n_values += len(definition.prices.entries)
        passes = None if self._compiled is None else self._compiled.passes
        mapped = 0 if passes is None else passes.folded.tape.nbytes
        return n_values * BYTES_EACH + int(mapped)

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


class _Cache:
    """The most recently used releases by the hash of their definition.

    What is put out is only forgotten here: whoever holds it goes on with it, and the
    next one who asks reads it again. Two that ask at once wait for one reader, without
    keeping others from what is there.
    """

    def __init__(self) -> None:
        self.loaded: OrderedDict[str, Loaded] = OrderedDict()
        self.lock = threading.Lock()
        self.reading: dict[str, threading.Lock] = {}

    def find(self, key: str) -> Loaded | None:
        with self.lock:
            found = self.loaded.get(key)
            if found is not None:
                self.loaded.move_to_end(key)
            return found

    def get(self, key: str, read: Callable[[], Loaded]) -> Loaded:
        """Give what is there, or let ``read`` make it."""
        found = self.find(key)
        if found is not None:
            return found
        with self.lock:
            turn = self.reading.setdefault(key, threading.Lock())
        try:
            with turn:
                found = self.find(key)
                if found is None:
                    found = read()
                    self.put(key, found)
                return found
        finally:
            with self.lock:
                self.reading.pop(key, None)

    def put(self, key: str, loaded: Loaded) -> None:
        """Add one and put out the least recently used until the rest fits."""
        with self.lock:
            self.loaded[key] = loaded
            n_bytes = sum(each.n_bytes for each in self.loaded.values())
            while len(self.loaded) > 1 and (
                len(self.loaded) > MOST_LOADED or n_bytes > MOST_BYTES
            ):
                _key, out = self.loaded.popitem(last=False)
                n_bytes -= out.n_bytes


_cache = _Cache()


def load(
    *,
    definition_sha256: str,
    artefact_sha256: str,
    read: Callable[[], Mapping[str, Any]],
) -> Loaded:
    """Give a release from the cache; ``read`` fetches its document on a miss."""
    return _cache.get(definition_sha256, lambda: Loaded(read(), artefact_sha256))


def map_artefact(definition: Definition, artefact_sha256: str) -> "Compiled":
    """Map the stored artefact; where this machine lacks it, compile it again.

    One that was made anew, for a form that this code no longer reads, has another
    hash; a note beside it says which, so that the next process need not compile.
    """
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    name = artefact_sha256 or sha256_of(definition.document)
    with suppress(OSError, artefact.ArtefactError):
        return find_artefact(name)
    compiled = artefact.compile_definition(definition, budget=compile_budget())
    sha = artefact.save(compiled, settings.ARTEFACT_DIR)
    if sha != name:
        note = _note(name)
        fresh = note.with_suffix(f".{uuid4().hex}")
        fresh.write_text(sha)
        fresh.replace(note)
    return compiled


def find_artefact(sha256: str) -> "Compiled":
    """Map a stored artefact, or the one that was made in its place.

    Raises
    ------
    OSError, ArtefactError
        If this machine has neither.
    """
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    with _one_at_a_time:
        try:
            return artefact.load(settings.ARTEFACT_DIR, sha256)
        except artefact.ArtefactError:
            return artefact.load(settings.ARTEFACT_DIR, _note(sha256).read_text())


# numpy parses the heads of its files with `ast`, of which CPython 3.11 and 3.12 keep a
# depth per process: two threads at once end in a SystemError.
_one_at_a_time = threading.Lock()


def _note(sha256: str) -> Path:
    folder: Path = settings.ARTEFACT_DIR
    return folder / f"{sha256}.moved"


@dataclass(frozen=True, slots=True)
class Made:
    """A compiled release, the name it is stored under, and how it came to be."""

    compiled: "Compiled"
    sha256: str
    is_reused: bool


def compile_and_save(
    definition: Definition,
    *,
    like: "Compiled | None" = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> Made:
    """Compile a definition and store the artefact under its content's hash.

    ``like`` is a compiled release of the same product: where the two differ in what
    things cost only, its diagram is taken over.
    """
    from configurator.engine import artefact, reuse  # noqa: PLC0415 -- slow import

    compiled = None if like is None else reuse.compiled_like(definition, like)
    is_reused = compiled is not None
    if compiled is None:
        compiled = artefact.compile_definition(
            definition, budget=compile_budget(), on_progress=on_progress
        )
    return Made(compiled, artefact.save(compiled, settings.ARTEFACT_DIR), is_reused)


def compile_budget() -> "Budget":
    """Give what a diagram may take before a solver answers in its place."""
    from configurator.engine.diagram import Budget  # noqa: PLC0415 -- slow import

    return Budget(seconds=float(settings.COMPILE_SECONDS))


def sha256_of(document: Any) -> str:
    """Hash a document in its one canonical form."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def list_loaded() -> list[Loaded]:
    """List what is in the cache, the least recently used first."""
    with _cache.lock:
        return list(_cache.loaded.values())


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
