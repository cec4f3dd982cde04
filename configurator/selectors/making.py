"""How the configurations of a release are made, resolved once for all that agree.

Two configurations that differ only in what no routing and no material looks at (the
words of a text, say) are made alike. Steps and materials look at different answers,
so each part is resolved once for the answers that it looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import structlog

from configurator.engine.expression import (
    QUANTITY,
    Expression,
    Present,
    atoms_of,
    names_of,
)
from configurator.engine.manufacture import (
    Manufacture,
    MaterialNeed,
    StepPlan,
    resolve,
)
from configurator.engine.model import Definition, Kind
from configurator.engine.routing import Routing
from configurator.engine.rules import RuleSyntaxError, holds, parse
from configurator.models import CatalogueRelease
from configurator.selectors import artefacts

__all__ = [
    "Conditions",
    "Key",
    "Making",
    "Manufacture",
    "MaterialNeed",
    "StepPlan",
    "get_conditions",
    "map_making",
]

Key = tuple[Any, ...]
# A release with more kinds of unit than this forgets them all and begins again.
MAX_KINDS = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """The answers that a set of conditions looks at, and how closely."""

    values: tuple[str, ...]
    presences: tuple[str, ...]
    sees_quantity: bool

    def key(self, choices: Mapping[str, Any], quantity: int) -> Key:
        """Give what the conditions can see of these choices."""
        values = [choices.get(name) for name in self.values]
        return (
            quantity if self.sees_quantity else 0,
            *(tuple(each) if isinstance(each, list) else each for each in values),
            *(bool(choices.get(name)) for name in self.presences),
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions over the choices by their own codes, read once."""

    expressions: tuple[tuple[str, Expression], ...]

    def holding(self, choices: Mapping[str, Any], quantity: int) -> dict[str, int]:
        """Say for each code whether its condition holds: 1 or 0."""
        return {
            code: int(holds(expression, choices, quantity))
            for code, expression in self.expressions
        }


@dataclass(slots=True)
class Making:
    """One release's way of making things, with what was resolved so far."""

    sha256: str
    definition: Definition
    without_materials: Definition
    only_materials: Definition
    steps_look: Look
    materials_look: Look
    _steps: dict[Key, Manufacture] = field(default_factory=dict)
    _materials: dict[Key, tuple[MaterialNeed, ...]] = field(default_factory=dict)

    def resolve_steps(
        self, choices: Mapping[str, Any], quantity: int
    ) -> tuple[Key, Manufacture]:
        """Give the manufacture without materials, and the key under which it holds.

        Its ``pieces`` are those of the quantity that was asked first under this key.
        """
        key = self.steps_look.key(choices, quantity)
        found = self._steps.get(key)
        if found is None:
            found = resolve(self.without_materials, choices, quantity=quantity)
            _remember(self._steps, key, found)
        return key, found

    def list_materials(
        self, choices: Mapping[str, Any], quantity: int
    ) -> tuple[Key, tuple[MaterialNeed, ...]]:
        """Give the materials that apply, and the key under which they hold.

        Their ``total`` is that of the quantity that was asked first under this key.
        """
        key = self.materials_look.key(choices, quantity)
        found = self._materials.get(key)
        if found is None:
            whole = resolve(self.only_materials, choices, quantity=quantity)
            found = whole.materials
            _remember(self._materials, key, found)
        return key, found


def map_making(*, release_ids: Iterable[int]) -> dict[int, Making]:
    """Give each published release's way of making; one query for all of them."""
    rows = CatalogueRelease.objects.filter(id__in=set(release_ids)).values_list(
        "id", "definition_sha256", "artefact_sha256"
    )
    return {row[0]: _making(*row) for row in rows}


def get_conditions(*, texts: tuple[tuple[str, str], ...]) -> Conditions:
    """Read conditions given as (code, text); one that cannot be read never holds."""
    return _conditions(texts)


@lru_cache(maxsize=256)
def _conditions(texts: tuple[tuple[str, str], ...]) -> Conditions:
    found = []
    for code, text in texts:
        try:
            found.append((code, parse(text)))
        except RuleSyntaxError as error:
            log.warning("condition_unreadable", code=code, error=str(error))
    return Conditions(tuple(found))


@lru_cache(maxsize=64)
def _making(release_id: int, sha256: str, artefact_sha256: str) -> Making:
    """Read a release; the hash keeps a re-used id from meeting another's answers."""
    definition = artefacts.load(
        definition_sha256=sha256,
        artefact_sha256=artefact_sha256,
        read=lambda: _read_definition(release_id),
    ).definition
    nothing = Routing(code="NONE", method="JOB", steps=())
    return Making(
        sha256=sha256,
        definition=definition,
        without_materials=replace(definition, materials=()),
        only_materials=replace(definition, routings=(nothing,)),
        steps_look=_look(
            definition,
            list(_step_conditions(definition)),
            set(_attribute_names(definition)),
        ),
        materials_look=_look(
            definition,
            [each.when for each in definition.materials if each.when],
            {name for each in definition.materials for name in each.of},
        ),
    )


def _read_definition(release_id: int) -> dict[str, Any]:
    row = CatalogueRelease.objects.only("definition").get(id=release_id)
    return row.definition or {}


def _step_conditions(definition: Definition) -> Iterator[Expression]:
    for routing in definition.routings:
        if routing.when is not None:
            yield routing.when
        for step in routing.steps:
            cases = [*step.run_cases]
            if step.load is not None:
                cases += [*step.load.pieces_per_cases, *step.load.per_piece_cases]
            for attribute in step.attributes:
                cases += attribute.cases
            yield from (case.when for case in cases)
            yield from (each.when for each in step.by_products if each.when)
            if step.when is not None:
                yield step.when


def _attribute_names(definition: Definition) -> Iterator[str]:
    for routing in definition.routings:
        for step in routing.steps:
            yield from (each.of for each in step.attributes if each.of is not None)
    if definition.pieces.of is not None:
        yield definition.pieces.of


def _look(
    definition: Definition, conditions: list[Expression], closely: set[str]
) -> Look:
    """Say what conditions look at; of a text that is often only its presence."""
    names = {name for each in conditions for name in names_of(each)} | closely
    compared = closely | {
        name
        for each in conditions
        for atom in atoms_of(each)
        if not isinstance(atom, Present)
        for name in names_of(atom)
    }
    vague = {
        name
        for name in names - compared
        if name in definition.by_code
        and definition.by_code[name].kind in (Kind.TEXT, Kind.FILE)
    }
    return Look(
        values=tuple(sorted(names - vague - {QUANTITY})),
        presences=tuple(sorted(vague)),
        sees_quantity=QUANTITY in names,
    )


def _remember(cache: dict[Key, Any], key: Key, value: Any) -> None:
    if len(cache) >= MAX_KINDS:
        cache.clear()
    cache[key] = value
