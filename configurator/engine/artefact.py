"""A compiled release: made once, stored by content, mapped by every process."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from configurator.engine.diagram import (
    ARRAYS,
    Budget,
    BudgetError,
    Diagram,
    Progress,
    compile_diagram,
)
from configurator.engine.encoding import Encoding, Role, Variable, encode
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition
from configurator.engine.ordering import best_force_order, inverse_cardinality_order
from configurator.engine.passes import Passes
from configurator.engine.weights import PriceGroup, price_groups, with_prices

FORMAT = "lot-one-compiled/1"
STARTS = 8
PATIENCE = 8.0
"""A second order is only tried where the first took under this many CPU seconds."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A release ready to answer clicks.

    `variables` stand in the order of the diagram's levels, the quantity last;
    `groups` are numbered likewise. `passes` is None where the model did not compile
    within its budget: answers then come from a satisfiability solver.
    """

    definition: Definition
    variables: tuple[Variable, ...]
    groups: tuple[PriceGroup, ...]
    order: tuple[int, ...]
    passes: Passes | None
    n_products: int | None
    compile_cpu_s: float = 0.0
    index: Mapping[tuple[str, str | None], int] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def method(self) -> str:
        """How questions are answered: ``diagram`` or ``sat``."""
        return "sat" if self.passes is None else "diagram"

    @property
    def diagram(self) -> Diagram | None:
        """The diagram, where there is one."""
        return None if self.passes is None else self.passes.diagram


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
        If numbers or prices depend on more combinations than can be told apart.
    """
    began = time.process_time()
    base = encode(definition)
    groups = price_groups(base)
    encoding = with_prices(base, groups)
    n_products = None
    try:
        order, diagram = _smallest(encoding, budget or Budget(), on_progress)
        variables = [encoding.variables[at] for at in order]
        n_products = n_products_of(diagram, variables)
    except BudgetError:
        order, diagram = range(len(encoding.variables)), None
    spent = time.process_time() - began
    return _assembled(encoding, groups, order, diagram, n_products, spent)


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


def _assembled(
    encoding: Encoding,
    groups: tuple[PriceGroup, ...],
    order: Sequence[int],
    diagram: Diagram | None,
    n_products: int | None,
    compile_cpu_s: float,
) -> Compiled:
    level = {variable: at for at, variable in enumerate(order)}
    variables = tuple(encoding.variables[at] for at in order)
    passes = None if diagram is None else Passes(diagram, n_products=n_products)
    return Compiled(
        definition=encoding.definition,
        variables=variables,
        groups=tuple(
            replace(group, variables=tuple(level[at] for at in group.variables))
            for group in groups
        ),
        order=tuple(order),
        passes=passes,
        n_products=n_products,
        compile_cpu_s=compile_cpu_s,
        index={variable.key: at for at, variable in enumerate(variables)},
    )


def n_products_of(diagram: Diagram, variables: Sequence[Variable]) -> int:
    """Count all products with rules of every period in force, in exact integers."""
    if diagram.void:
        return 0
    weights: list[int] = []
    for variable in variables:
        for at in range(len(variable.values)):
            idle = variable.role is Role.PERIOD and at == 0
            weights.append(0 if idle else variable.weight(at))
    offset = diagram.offset.tolist()
    totals = [sum(weights[start:end]) for start, end in pairwise(offset)]
    totals[-1] = 1
    level = [*diagram.level.tolist(), len(totals)]
    first, value = diagram.first.tolist(), diagram.value.tolist()
    target = diagram.target.tolist()
    counts = [0] * diagram.n_nodes + [1]
    for node in range(diagram.n_nodes - 1, -1, -1):
        found = 0
        below = level[node] + 1
        for edge in range(first[node], first[node + 1]):
            ways = weights[value[edge]] * counts[target[edge]]
            for jumped in range(below, level[target[edge]]):
                ways *= totals[jumped]
            found += ways
        counts[node] = min(found, 1) if below == len(totals) else found
    whole = counts[0]
    for jumped in range(level[0]):
        whole *= totals[jumped]
    return whole


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
        diagram = compiled.diagram
        for array in ARRAYS if diagram is not None else ():
            np.save(fresh / f"{array}.npy", getattr(diagram, array))
        _write(fresh / "release.json", document)
        _write(
            fresh / "compiled.json",
            {
                "format": FORMAT,
                "method": compiled.method,
                "order": compiled.order,
                "n_products": str(compiled.n_products) if diagram is not None else None,
                "void": diagram is not None and diagram.void,
            },
        )
        sha = _content_hash(fresh)
        _write(fresh / "figures.json", {"compile_cpu_s": compiled.compile_cpu_s})
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
    diagram = None
    if about["method"] == "diagram":
        level, first, value, target, level_first, offset = (
            np.load(place / f"{array}.npy", mmap_mode="r") for array in ARRAYS
        )
        void = bool(about["void"])
        diagram = Diagram(level, first, value, target, level_first, offset, void)
    n_products = None if about["n_products"] is None else int(about["n_products"])
    figures = json.loads((place / "figures.json").read_text())
    spent = float(figures["compile_cpu_s"])
    return _assembled(encoding, groups, about["order"], diagram, n_products, spent)


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
