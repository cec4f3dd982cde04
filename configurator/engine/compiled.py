"""A compiled release as a value: what answers are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from configurator.engine.encoding import Encoding, Variable
from configurator.engine.folding import Folded
from configurator.engine.model import Definition
from configurator.engine.passes import Passes
from configurator.engine.weights import PriceGroup


@dataclass(frozen=True, slots=True)
class Figures:
    """How large a model came out, and what compiling it took.

    `n_products` counts with the rules of every period in force; `n_nodes` and
    `n_edges` are those before what several parts share was said once. All None where
    the model did not compile within its budget.
    """

    n_products: int | None = None
    n_nodes: int | None = None
    n_edges: int | None = None
    compile_cpu_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A release ready to answer clicks.

    `variables` stand in the order of the diagram's levels, the quantity last;
    `groups` are numbered likewise. `passes` is None where the model did not compile
    within its budget: answers then come from a satisfiability solver. `opening` has
    the answer before any choice, where it was worked out beforehand: for any quantity
    and for the least one a row of the least cost and the cost through each value.
    """

    definition: Definition
    variables: tuple[Variable, ...]
    groups: tuple[PriceGroup, ...]
    order: tuple[int, ...]
    passes: Passes | None
    figures: Figures
    opening: "npt.NDArray[np.int64] | None" = None
    index: Mapping[tuple[str, str | None], int] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def method(self) -> str:
        """How questions are answered: ``diagram`` or ``sat``."""
        return "sat" if self.passes is None else "diagram"

    @property
    def n_products(self) -> int | None:
        """How many products there are; None where they cannot be counted."""
        return self.figures.n_products


def assemble(
    encoding: Encoding,
    groups: Sequence[PriceGroup],
    order: Sequence[int],
    folded: Folded | None,
    figures: Figures,
) -> Compiled:
    """Put a compiled release together, variables in the order of the diagram."""
    level = {variable: at for at, variable in enumerate(order)}
    variables = tuple(encoding.variables[at] for at in order)
    return Compiled(
        definition=encoding.definition,
        variables=variables,
        groups=tuple(
            replace(group, variables=tuple(level[at] for at in group.variables))
            for group in groups
        ),
        order=tuple(order),
        passes=None if folded is None else Passes(folded),
        figures=figures,
        index={variable.key: at for at, variable in enumerate(variables)},
    )
