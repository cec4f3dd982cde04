"""What the figures of the works may say, as far as the engines can follow them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.models import BomLine, Characteristic, RoutingStep
from configurator.states import ReleaseState
from production.engine.calendar import is_zone
from production.engine.changeover import MatrixError, SetupMatrix
from production.models import (
    Operation,
    Operator,
    SetupRule,
    Skill,
    StockItem,
    WorkCentre,
)
from production.selectors.loads import setup_rule_of
from production.states import LIVE_WORK_ORDER_STATES, OPEN_OPERATION_STATES

# Releases from which something is made, or will be.
IN_USE = (
    *(ReleaseState.DRAFT, ReleaseState.VALIDATED, ReleaseState.SCHEDULED),
    *(ReleaseState.ACTIVE, ReleaseState.SUSPENDED),
)

QUANTITY = "quantity"


def fault_in_zone(zone: str) -> str:
    """Say that there is no such time zone; empty where there is."""
    if is_zone(zone):
        return ""
    return _("There is no time zone “%(zone)s”; one is called Europe/Berlin.") % {
        "zone": zone
    }


def list_rows(*, matrix: str) -> list[SetupRule]:
    """Give the rows of a set-up matrix from the top."""
    return list(SetupRule.objects.filter(matrix=matrix).order_by("sequence"))


def fault_in_matrix(*, matrix: str, rows: Iterable[SetupRule]) -> str:
    """Say which change these rows leave without an answer; empty where none is."""
    ranked = sorted(rows, key=lambda row: row.sequence)
    try:
        SetupMatrix(matrix, tuple(setup_rule_of(row) for row in ranked))
    except MatrixError as error:
        return str(error)
    return ""


def list_attributes(*, matrix: str) -> frozenset[str]:
    """Give the attributes that steps with this matrix have; empty if none has it."""
    steps = RoutingStep.objects.filter(details__setup__matrix=matrix)
    found = steps.values_list("details__setup__uses", flat=True)
    return frozenset(name for uses in found for name in uses or ())


def list_names(*, line: str) -> frozenset[str]:
    """Give what a condition of a line can name; empty if nothing goes over it."""
    codes = Characteristic.objects.filter(release__routings__line=line)
    found = frozenset(codes.values_list("code", flat=True))
    return found | {QUANTITY} if found else found


def list_colours(*, line: str) -> frozenset[str]:
    """Give what units of a line can have runs of; empty if nothing goes over it."""
    steps = RoutingStep.objects.filter(routing__line=line)
    found = steps.values_list("details__attributes", flat=True)
    names = {name for attributes in found for name in attributes or ()}
    return list_names(line=line) | names


def list_uses_of_skills(skills: Iterable[Skill]) -> Iterator[str]:
    """Name the people who have these skills, and the open work that asks for them."""
    codes = {skill.code for skill in skills}
    people = Operator.objects.filter(skills__code__in=codes).distinct()
    for person in people.order_by("code"):
        yield _("Operator: %(person)s") % {"person": person}
    work = _open_work().filter(skill__in=codes).order_by()
    for number in sorted(set(work.values_list("work_order__number", flat=True)[:20])):
        yield _("Work order: %(number)s") % {"number": number}
    signed = SetupRule.objects.filter(signature_skill__in=codes)
    for rule in signed.order_by("matrix", "sequence"):
        yield _("Set-up rule: %(rule)s") % {"rule": rule}
    yield from _steps_of(skill__in=codes)


def list_needs_of_rules(rules: Sequence[SetupRule]) -> Iterator[str]:
    """Say why rows of set-up matrices cannot go: what is left would answer less.

    A whole matrix may go that no open work has, and any row of one with a fault.
    """
    gone = {rule.pk for rule in rules}
    for matrix in sorted({rule.matrix for rule in rules}):
        rows = list_rows(matrix=matrix)
        left = [row for row in rows if row.pk not in gone]
        if left and not fault_in_matrix(matrix=matrix, rows=rows):
            fault = fault_in_matrix(matrix=matrix, rows=left)
            if fault:
                yield fault
        elif not left:
            work = _open_work().filter(setup_matrix=matrix)
            if number := work.values_list("work_order__number", flat=True).first():
                text = _("Work order %(number)s is set up by matrix %(matrix)s.")
                yield text % {"number": number, "matrix": matrix}


def list_uses_of_centres(centres: Iterable[WorkCentre]) -> Iterator[str]:
    """Name the releases that have a step at these work centres."""
    yield from _steps_of(work_centre__in={centre.code for centre in centres})


def list_uses_of_items(items: Iterable[StockItem]) -> Iterator[str]:
    """Name the releases that are made of these stock items."""
    codes = {item.code for item in items}
    lines = BomLine.objects.filter(material__in=codes).order_by("release_id")
    for release in dict.fromkeys(
        line.release for line in lines.select_related("release__product")
    ):
        yield _("Material of %(release)s") % {"release": release}


def _steps_of(**named: Any) -> Iterator[str]:
    for release in list_releases_with(**named):
        yield _("Step of %(release)s") % {"release": release}


def list_releases_with(**named: Any) -> list[str]:
    """Name the releases with such a step from which something is made, or will be."""
    steps = RoutingStep.objects.filter(routing__release__state__in=IN_USE, **named)
    found = steps.select_related("routing__release__product")
    return sorted({str(step.routing.release) for step in found})


def _open_work() -> QuerySet[Operation]:
    return Operation.objects.filter(
        state__in=OPEN_OPERATION_STATES, work_order__state__in=LIVE_WORK_ORDER_STATES
    )
