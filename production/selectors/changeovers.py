"""What changeovers are called and how long they really take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, QuerySet

from configurator.selectors.words import in_language
from production.models import Batch, Changeover, SetupRule
from production.states import ChangeoverState

_BY_RULE = ("work_centre_id", "matrix", "rule_code")


@dataclass(frozen=True, slots=True)
class Learned:
    """A changeover by its name, and the seconds it took on average, where known."""

    name: str = ""
    actual_s: int | None = None


def _averages() -> QuerySet[Changeover, dict[str, Any]]:
    """Average what was signed: for each place, matrix and rule, planned and actual."""
    signed = Changeover.objects.filter(
        state=ChangeoverState.SIGNED, actual_s__isnull=False
    )
    rows: QuerySet[Changeover, dict[str, Any]] = (
        signed.order_by()
        .annotate(matrix=F("batch__setup_matrix"))
        .values(*_BY_RULE)
        .annotate(n=Count("id"), planned=Avg("planned_s"), actual=Avg("actual_s"))
    )
    return rows


def list_changeovers() -> list[dict[str, Any]]:
    """Give planned and learned seconds of each kind of changeover that was signed."""
    rows = list(
        _averages()
        .annotate(centre=F("work_centre__code"))
        .order_by("centre", "rule_code")
    )
    names = _map_names({row["matrix"] for row in rows})
    return [
        row | {"name": names.get((row["matrix"], row["rule_code"]), {})} for row in rows
    ]


def map_learned(*, batches: Sequence[Batch]) -> dict[int, Learned]:
    """Say of each batch's changeover what it is called and usually takes."""
    planned = {
        batch.pk: batch.changeover for batch in batches if hasattr(batch, "changeover")
    }
    if not planned:
        return {}
    names = _map_names({batch.setup_matrix for batch in batches})
    places = {each.work_centre_id for each in planned.values()}
    actual = {
        tuple(row[name] for name in _BY_RULE): round(row["actual"])
        for row in _averages().filter(work_centre__in=places)
    }
    matrices = {batch.pk: batch.setup_matrix for batch in batches}
    return {
        pk: Learned(
            in_language(names.get((matrices[pk], each.rule_code), {})),
            actual.get((each.work_centre_id, matrices[pk], each.rule_code)),
        )
        for pk, each in planned.items()
    }


def _map_names(matrices: set[str | None]) -> Mapping[tuple[str, str], dict[str, str]]:
    rows = SetupRule.objects.filter(matrix__in=matrices - {None})
    return {
        (matrix, code): name
        for matrix, code, name in rows.values_list("matrix", "code", "name")
    }
