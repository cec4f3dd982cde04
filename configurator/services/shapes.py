"""How the rows of a draft stand for the objects of a release's document."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from configurator.selectors.errors import DomainError

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of row stands for one kind of object in the document.

    ``columns``: field of the document -> column; ``usual``: the value that a field
    has when it is absent; ``rest``: the column for all other fields; ``parts``:
    fields that hold rows of their own.
    """

    columns: Mapping[str, str]
    usual: Mapping[str, Any] = field(default_factory=dict)
    rest: str = ""
    parts: frozenset[str] = frozenset()

    def to_columns(self, given: Mapping[str, Any]) -> Document:
        """Give the columns of a row for one object of a document."""
        found = {self.columns[key]: value for key, value in self.usual.items()}
        if self.rest:
            found[self.rest] = {}
        for key, value in given.items():
            if value is None or key in self.parts:
                continue
            if key in self.columns:
                found[self.columns[key]] = value
            elif self.rest:
                found[self.rest][key] = value
            else:
                raise DomainError(f"{key!r} is not a field here.", field=key)
        return found

    def to_object(self, row: models.Model) -> Document:
        """Give the object of a document for one row."""
        found: Document = {}
        for key, column in self.columns.items():
            value = getattr(row, column)
            if isinstance(value, dt.date):
                value = value.isoformat()
            if not self.is_usual(key, value):
                found[key] = value
        for key, value in (getattr(row, self.rest) if self.rest else {}).items():
            if not self.is_usual(key, value):
                found[key] = value
        return found

    def is_usual(self, key: str, value: Any) -> bool:
        if value is None:
            return True
        return key in self.usual and same(value, self.usual[key])

    def plain(self, given: Mapping[str, Any]) -> Document:
        """Leave out what is null or usual."""
        return {k: v for k, v in given.items() if not self.is_usual(k, v)}


def same(left: Any, right: Any) -> bool:
    """Compare without taking ``True`` for 1 or ``False`` for 0."""
    return type(left) is type(right) and bool(left == right)


CHARACTERISTIC = Shape(
    columns={
        "code": "code",
        "name": "name",
        "kind": "kind",
        "required": "is_required",
        "default": "default",
    },
    usual={"name": {}},
    rest="limits",
    parts=frozenset({"options"}),
)
OPTION = Shape(
    columns={
        "code": "code",
        "name": "name",
        "tint": "tint",
        "popularity": "popularity",
        "archived": "is_archived",
    },
    usual={"name": {}, "tint": "", "popularity": 0, "archived": False},
    rest="details",
)
RULE = Shape(
    columns={
        "code": "code",
        "text": "text",
        "table": "table",
        "reason": "reason",
        "from": "effective_from",
        "to": "effective_to",
    },
    usual={"text": "", "reason": {}},
)
ENTRY = Shape(
    columns={
        "code": "code",
        "label": "label",
        "basis": "basis",
        "amount_minor": "amount_minor",
        "when": "condition",
    },
    usual={"when": "", "label": {}},
    rest="details",
)
MATERIAL = Shape(
    columns={
        "material": "material",
        "quantity": "quantity",
        "unit": "unit",
        "basis": "basis",
        "when": "condition",
        "scrap_bp": "scrap_bp",
    },
    usual={"when": "", "scrap_bp": 0},
    rest="details",
)
ROUTING = Shape(
    columns={
        "code": "code",
        "name": "name",
        "when": "condition",
        "method": "method",
        "line": "line",
        "reason": "reason",
        "yield_bp": "yield_bp",
        "largest_lot": "largest_lot",
        "edit_window": "edit_window",
    },
    usual={"name": {}, "when": "", "line": "", "reason": {}, "yield_bp": 10_000},
    rest="details",
    parts=frozenset({"steps"}),
)
STEP = Shape(
    columns={
        "code": "code",
        "name": "name",
        "when": "condition",
        "after": "after",
        "kind": "kind",
        "basis": "basis",
        "run_ms": "run_ms",
        "work_centre": "work_centre",
        "station": "station",
        "skill": "skill",
        "crew": "crew",
        "attended": "is_attended",
        "min_delay_s": "min_delay_s",
        "max_delay_s": "max_delay_s",
        "transfer_quantity": "transfer_quantity",
        "decoupling_point": "is_decoupling_point",
        "yield_bp": "yield_bp",
    },
    usual={
        "name": {},
        "when": "",
        "run_ms": 0,
        "work_centre": "",
        "station": "",
        "skill": "",
        "crew": 1,
        "attended": True,
        "min_delay_s": 0,
        "decoupling_point": False,
    },
    rest="details",
)
# What a document may leave out although its row says it always.
ASSUMED: dict[str, Document] = {
    "characteristics": {"required": True},
    "materials": {"basis": "PIECE"},
    "steps": {"kind": "MAKE", "basis": "UNIT"},
}


def full(given: Mapping[str, Any], part: str) -> Document:
    """Say what a document may leave unsaid."""
    said = {key: value for key, value in given.items() if value is not None}
    return {**ASSUMED.get(part, {}), **said}
