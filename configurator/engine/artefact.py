"""A compiled release: made once, stored by content, mapped by every process."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import accumulate
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from configurator.engine.cnf import Clauses
from configurator.engine.compiled import Compiled, Figures, assemble
from configurator.engine.diagram import (
    Budget,
    BudgetError,
    Diagram,
    Progress,
    compile_diagram,
)
from configurator.engine.encoding import Encoding, Role, Variable, encode
from configurator.engine.folding import NOTHING, Folded, Folding, fold
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition, DefinitionError
from configurator.engine.ordering import best_force_order, inverse_cardinality_order
from configurator.engine.passes import Passes
from configurator.engine.query import work_out_opening
from configurator.engine.tree import compile_tree
from configurator.engine.weights import check_tables, price_groups, with_prices
from configurator.engine.witness import has_product

FORMAT = "lot-one-compiled/5"
STARTS = 8
PATIENCE = 8.0
"""A second order is only tried where the first took under this many CPU seconds."""
NARROW = 40.0
"""Parts that hang on no more bits of others than this are compiled apart, and fast."""
MANY = 300
"""Of more variables a solver says first whether there is a product at all."""

__all__ = [
    "ArtefactError",
    "Budget",
    "BudgetError",
    "Compiled",
    "compile_definition",
    "load",
    "save",
]


class ArtefactError(RuntimeError):
    """A stored artefact is missing, damaged or of another format."""


def compile_definition(
    definition: Definition,
    *,
    budget: Budget | None = None,
    on_progress: Progress | None = None,
) -> Compiled:
    """Compile a release.

    Parameters
    ----------
    definition
        The release.
    budget
        Of nodes and CPU seconds; a model that does not fit is answered by a
        satisfiability solver.
    on_progress
        Told a phase and the share of it that is done.

    Raises
    ------
    DefinitionError
        If numbers or prices depend on more combinations than can be told apart, or a
        table of prices lacks a row.
    """
    began = time.process_time()
    base = encode(definition)
    groups = price_groups(base)
    check_tables(base, groups)
    encoding = with_prices(base, groups)
    figures = Figures()
    try:
        order, folded, figures = _shaped(encoding, budget or Budget(), on_progress)
    except BudgetError:
        order, folded = range(len(encoding.variables)), None
    figures = replace(figures, compile_cpu_s=time.process_time() - began)
    return assemble(encoding, groups, order, folded, figures)


Shaped = tuple[Sequence[int], Folded, Figures]


def _shaped(encoding: Encoding, budget: Budget, on_progress: Progress | None) -> Shaped:
    """Compile by parts where they are narrow, else as one diagram, else by parts."""
    began = time.process_time()
    if len(encoding.variables) > MANY and _is_void(encoding):
        offset = accumulate((len(v.values) for v in encoding.variables), initial=0)
        empty = Folding(list(offset)).folded(NOTHING, void=True)
        return range(len(encoding.variables)), empty, Figures(0, 0, 0)
    for share in ("narrow parts", "one diagram", "any parts"):
        left = budget.seconds - (time.process_time() - began)
        if left <= 0:
            break
        allowed = Budget(budget.nodes, left if share == "any parts" else left / 2)
        try:
            if share == "one diagram":
                return _as_diagram(encoding, allowed, on_progress)
            widest = NARROW if share == "narrow parts" else inf
            return _by_parts(encoding, allowed, widest, on_progress)
        except BudgetError:
            continue
    raise BudgetError(f"not compiled within {budget}")


def _is_void(encoding: Encoding) -> bool:
    """Ask a solver, which is quick where compiling what has no product is not."""
    try:
        return not has_product(Clauses(encoding))
    except DefinitionError:
        return False


def _by_parts(
    encoding: Encoding, budget: Budget, widest: float, on_progress: Progress | None
) -> Shaped:
    folded = compile_tree(
        encoding,
        budget=budget,
        clock=time.process_time,
        widest=widest,
        on_progress=on_progress,
    )
    n_products = n_products_of(folded, encoding.variables)
    figures = Figures(n_products, *folded.size())
    return range(len(encoding.variables)), folded, figures


def _as_diagram(
    encoding: Encoding, budget: Budget, on_progress: Progress | None
) -> Shaped:
    order, diagram = _smallest(encoding, budget, on_progress)
    folded = fold(diagram)
    variables = [encoding.variables[at] for at in order]
    n_products = n_products_of(folded, variables)
    return order, folded, Figures(n_products, diagram.n_nodes, diagram.n_edges)


def _smallest(
    encoding: Encoding, budget: Budget, on_progress: Progress | None
) -> tuple[Sequence[int], Diagram]:
    """Compile in several orders while that is quick, and keep the smallest."""
    best: tuple[Sequence[int], Diagram] | None = None
    began = time.process_time()
    for order in _orders(encoding):
        spent = time.process_time() - began
        if best is not None and spent > min(PATIENCE, budget.seconds / 4):
            break
        allowed = Budget(budget.nodes, budget.seconds - spent)
        if best is not None:
            allowed = Budget(min(budget.nodes, 1 << 20), max(spent, 0.1))
        try:
            found = compile_diagram(
                encoding,
                order,
                budget=allowed,
                clock=time.process_time,
                on_progress=on_progress if best is None else None,
            )
        except BudgetError:
            continue
        if best is None or found.n_edges < best[1].n_edges:
            best = order, found
        if found.void:
            break
    if best is None:
        raise BudgetError(f"not compiled within {budget}")
    return best


def _orders(encoding: Encoding) -> Iterator[Sequence[int]]:
    """Yield orders to try, the quantity last: a feature tree's own one first."""
    n = len(encoding.variables) - 1
    if any(each.is_structural for each in encoding.constraints):
        yield range(n + 1)
    ties = [encoding.scope(tie) - {n} for tie in encoding.ties]
    scopes = [scope for scope in ties if scope]
    yield [*best_force_order(n, scopes, starts=STARTS), n]
    yield [*inverse_cardinality_order(n, scopes), n]


def n_products_of(folded: Folded, variables: Sequence[Variable]) -> int:
    """Count all products with rules of every period in force."""
    ways = [
        0 if variable.role is Role.PERIOD and at == 0 else variable.weight(at)
        for variable in variables
        for at in range(len(variable.values))
    ]
    return Passes(folded).count(np.array(ways, np.int64))


def save(compiled: Compiled, directory: Path) -> str:
    """Store a compiled release and return its name, the hash of its content.

    Written beside its place and moved there at once, so that a reader never sees half
    of it, and two writers of the same content do not disturb each other.

    Raises
    ------
    ArtefactError
        If the definition does not come from a release document.
    """
    document = compiled.definition.document
    if document is None:
        raise ArtefactError("only what was read from a release document can be stored")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".new-") as name:
        fresh = Path(name) / "artefact"
        fresh.mkdir()
        if compiled.passes is not None:
            np.save(fresh / "tape.npy", compiled.passes.folded.tape)
        np.save(fresh / "opening.npy", work_out_opening(compiled))
        figures = asdict(compiled.figures)
        spent = figures.pop("compile_cpu_s")
        _write(fresh / "release.json", document)
        _write(
            fresh / "compiled.json",
            {
                "format": FORMAT,
                "method": compiled.method,
                "order": compiled.order,
                "figures": {**figures, "n_products": _words(compiled.n_products)},
                "void": compiled.passes is not None and compiled.passes.folded.void,
            },
        )
        sha = _content_hash(fresh)
        _write(fresh / "figures.json", {"compile_cpu_s": spent})
        if not (directory / sha).exists():
            try:
                fresh.rename(directory / sha)
            except OSError:
                if not (directory / sha).exists():
                    raise
    return sha


def load(directory: Path, sha: str) -> Compiled:
    """Map a stored release into memory.

    Raises
    ------
    ArtefactError
        If it is missing or its content does not have this hash.
    """
    place = directory / sha
    if not place.is_dir():
        raise ArtefactError(f"there is no artefact {sha} in {directory}")
    if _content_hash(place) != sha:
        raise ArtefactError(f"artefact {sha} in {directory} is damaged")
    about = json.loads((place / "compiled.json").read_text())
    if about["format"] != FORMAT:
        raise ArtefactError(f"artefact {sha} has the format {about['format']!r}")
    definition = read_release(json.loads((place / "release.json").read_text()))
    base = encode(definition)
    groups = price_groups(base)
    encoding = with_prices(base, groups)
    folded = None
    if about["method"] == "diagram":
        tape = np.load(place / "tape.npy", mmap_mode="r")
        folded = Folded(tape, bool(about["void"]))
    found = {**about["figures"], **json.loads((place / "figures.json").read_text())}
    if found["n_products"] is not None:
        found["n_products"] = int(found["n_products"])
    compiled = assemble(encoding, groups, about["order"], folded, Figures(**found))
    opening = np.load(place / "opening.npy", mmap_mode="r")
    return replace(compiled, opening=opening)


def _words(number: int | None) -> str | None:
    return None if number is None else str(number)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))


def _content_hash(place: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(place.iterdir()):
        if path.name != "figures.json":
            whole.update(path.name.encode() + b"\0")
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def remove(directory: Path, sha: str) -> None:
    """Delete a stored artefact; one that is not there is no error."""
    shutil.rmtree(directory / sha, ignore_errors=True)
