"""From a routing that applies to the operations of a work order, made once per kind.

A blueprint holds what all work orders of one kind share, already in the form that
the database takes: releasing the thousandth shirt of a kind only adds its numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.making import Manufacture, StepPlan
from configurator.services.errors import DomainError
from production.engine.demand import Basis, Setup, Step
from production.selectors.loads import batch_rule_of
from production.selectors.pipeline import Hours
from production.services.row_forms import RowForm
from production.states import OperationKind, OperationState

SEQUENCE_STEP = 10  # leaves room for the operations that a planner puts between
LONGEST_KEY = 200
BATCH = "BATCH"
MASS_CUSTOMISATION = "MASS_CUSTOMISATION"
OPERATION_TABLE = "production_operation"
# What a plan says of an operation, the same for all work orders of a kind.
PLANNED_COLUMNS = (
    "sequence",
    "code",
    "name",
    "kind",
    "basis",
    "work_centre_id",
    "station",
    "state",
    "predecessors",
    "planned_quantity",
    "setup_s",
    "run_s",
    "min_delay_s",
    "max_delay_s",
    "attributes",
    "setup_matrix",
    "setup_family",
    "batch_key",
    "batch_rule",
    "load_num",
    "load_den",
    "transfer_quantity",
    "by_products",
    "inspection",
    "skill",
    "crew",
    "is_attended",
)
OPERATION_COLUMNS = (
    *("work_order_id", "due_at", "ready_at"),
    *PLANNED_COLUMNS,
    # nothing has happened yet
    "blocked_from",
    "blocked_reason",
    "good",
    "scrap",
    "rework",
    "actual_setup_s",
    "actual_run_s",
)
_NOTHING_YET = ("", "", 0, 0, 0, 0, 0)


class UnknownPlaceError(DomainError):
    """A routing names a work centre or line that the factory does not have."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One operation before it has a work order: what, where, after what, how long."""

    code: str
    name: Mapping[str, str]
    sequence: int
    predecessors: tuple[int, ...]
    step: Step
    kind: str = OperationKind.MAKE
    work_centre_id: int | None = None
    station: str = ""
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    setup_family: str = ""
    batch_key: str = ""
    batch_rule: Mapping[str, Any] = field(default_factory=dict)
    transfer_quantity: int | None = None
    by_products: tuple[Mapping[str, Any], ...] = ()
    inspection: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wait_s(self) -> int:
        """Give how long it may wait for others to share a load."""
        return int(self.batch_rule.get("max_wait_s") or 0) if self.batch_key else 0

    def state(self, *, is_released: bool) -> str:
        """Give the state in which the operation is written."""
        if not is_released:
            return OperationState.WAITING
        if self.station:
            return OperationState.ON_LINE
        if self.predecessors or self.kind == OperationKind.DELAY:
            return OperationState.WAITING
        return OperationState.READY


@dataclass(frozen=True, slots=True)
class OperationRow:
    """The columns of an operation that all of one kind and quantity share."""

    group: Any
    work_s: int
    is_ready: bool


@dataclass(slots=True)
class Blueprint:
    """What work orders of one kind have in common."""

    method: str
    routing: str
    line_id: int | None
    yield_bp: int
    largest_lot: int | None
    pieces_per_unit: int
    steps: tuple[PlannedStep, ...]
    _rows: dict[tuple[int, bool], list[OperationRow]] = field(default_factory=dict)

    @property
    def begins_with_delay(self) -> bool:
        """Whether an operation without a person must be set going by the floor."""
        return any(
            step.kind == OperationKind.DELAY and not step.predecessors
            for step in self.steps
        )

    def ready_work_centres(self) -> set[int | None]:
        """Name the work centres whose boards a release to the floor changes."""
        return {step.work_centre_id for step in self.steps if not step.predecessors}

    def rows(
        self, *, form: RowForm, planned: int, is_released: bool
    ) -> list[OperationRow]:
        """Give the operations of a work order of this planned quantity."""
        key = (planned, is_released)
        found = self._rows.get(key)
        if found is None:
            found = _operation_rows(self.steps, form, planned, is_released)
            self._rows[key] = found
        return found

    def due_times(
        self, rows: Sequence[OperationRow], due_at: datetime | None, hours: Hours
    ) -> Sequence[datetime | None]:
        """Count back from the due date what the longest way to the end still takes.

        Each step must be done while its own place is open; ``hours`` say when. What
        may wait for company has that time, as its promise has.
        """
        if due_at is None:
            return [None] * len(rows)
        ends = {step.sequence: due_at for step in self.steps}
        delays = {step.sequence: step.step.min_delay_s for step in self.steps}
        for step, row in zip(reversed(self.steps), reversed(rows), strict=True):
            end = ends[step.sequence]
            begin = by_clock = end - timedelta(seconds=row.work_s)
            if calendar := hours.get(step.work_centre_id):
                begin = calendar.find_start(end, row.work_s) or by_clock
                if begin != by_clock:
                    ends[step.sequence] = calendar.find_start(end, 0) or end
            begin -= timedelta(seconds=step.wait_s)
            for sequence in step.predecessors:
                before = begin - timedelta(seconds=delays[sequence])
                ends[sequence] = min(ends[sequence], before)
        return [ends[step.sequence] for step in self.steps]


def make_blueprint(
    *,
    manufacture: Manufacture,
    method: str,
    work_centre_ids: Mapping[str, int],
    line_ids: Mapping[str, int],
) -> Blueprint:
    """Turn a resolved routing into a blueprint for this factory's places."""
    sequences = {
        step.code: place * SEQUENCE_STEP
        for place, step in enumerate(manufacture.steps, start=1)
    }
    is_on_line = method == MASS_CUSTOMISATION
    return Blueprint(
        method=method,
        routing=manufacture.routing_code,
        line_id=_line_id(manufacture.line, line_ids) if is_on_line else None,
        yield_bp=manufacture.yield_bp,
        largest_lot=manufacture.largest_lot,
        pieces_per_unit=manufacture.pieces_per_unit,
        steps=tuple(
            _planned_step(step, method, sequences, work_centre_ids)
            for step in manufacture.steps
        ),
    )


def make_quoted_steps(
    *,
    operations: Sequence[Mapping[str, Any]],
    work_centre_ids: Mapping[str, int],
    inspections: Mapping[str, Mapping[str, Any]],
) -> tuple[PlannedStep, ...]:
    """Turn what staff quoted into steps, one after another where none is named."""
    found: list[PlannedStep] = []
    sequences: dict[str, int] = {}
    for place, entry in enumerate(operations, start=1):
        code = str(entry.get("code") or f"STEP_{place}")
        sequences[code] = place * SEQUENCE_STEP
        before = (found[-1].sequence,) if found else ()
        after = entry.get("after")
        name = entry.get("name") or code
        found.append(
            PlannedStep(
                code=code,
                name=name if isinstance(name, Mapping) else {"en": str(name)},
                sequence=sequences[code],
                predecessors=before
                if after is None
                else tuple(sequences[each] for each in after),
                kind=str(entry.get("kind") or OperationKind.MAKE),
                work_centre_id=_work_centre_id(
                    entry.get("work_centre"), code, work_centre_ids
                ),
                inspection=inspections.get(code, {}),
                step=Step(
                    key=code,
                    basis=Basis.FIXED,
                    run_ms=int(entry.get("run_s") or 0) * 1000,
                    skill=str(entry.get("skill") or ""),
                    min_delay_s=int(entry.get("min_delay_s") or 0),
                ),
            )
        )
    return tuple(found)


def _line_id(code: str | None, line_ids: Mapping[str, int]) -> int | None:
    if code is None:
        return None
    if code not in line_ids:
        raise UnknownPlaceError(
            _("The routing names line %(code)s, which does not exist.") % {"code": code}
        )
    return line_ids[code]


def _work_centre_id(
    code: str | None, step: str, work_centre_ids: Mapping[str, int]
) -> int | None:
    if not code:
        return None
    if code not in work_centre_ids:
        raise UnknownPlaceError(
            _("Step %(step)s names work centre %(code)s, which does not exist.")
            % {"step": step, "code": code}
        )
    return work_centre_ids[code]


def _planned_step(
    plan: StepPlan,
    method: str,
    sequences: Mapping[str, int],
    work_centre_ids: Mapping[str, int],
) -> PlannedStep:
    is_grouped = method == BATCH and plan.batch is not None
    load_num, load_den = plan.load_units_per_piece or (1, 1)
    return PlannedStep(
        code=plan.code,
        name=plan.name,
        sequence=sequences[plan.code],
        predecessors=tuple(sorted(sequences[code] for code in plan.after)),
        kind=plan.kind.value,
        work_centre_id=_work_centre_id(plan.work_centre, plan.code, work_centre_ids),
        station=(plan.station or "") if method == MASS_CUSTOMISATION else "",
        attributes=plan.attributes,
        setup_family=shortened(
            "|".join(f"{name}={value}" for name, value in plan.setup_attributes.items())
        ),
        batch_key=shortened(plan.batch_key or "") if is_grouped else "",
        batch_rule=batch_rule_of(plan) if is_grouped else {},
        transfer_quantity=plan.transfer_quantity,
        by_products=plan.by_products,
        inspection=plan.inspection or {},
        step=Step(
            key=plan.code,
            basis=Basis(plan.basis.value),
            run_ms=plan.run_ms,
            setup=_setup(plan),
            skill=plan.skill or "",
            crew=plan.crew,
            attended=plan.attended,
            min_delay_s=plan.min_delay_s,
            max_delay_s=plan.max_delay_s,
            load_num=max(1, load_num),
            load_den=load_den,
            load_max=plan.load.maximum if plan.load else None,
        ),
    )


def _setup(plan: StepPlan) -> Setup:
    if plan.setup is None:
        return Setup()
    return Setup(
        matrix=plan.setup.matrix or "",
        state=plan.setup_attributes,
        internal_s=plan.setup.internal_s,
        external_s=plan.setup.external_s,
    )


def shortened(key: str) -> str:
    """Fit a key into its column; what is cut off still tells keys apart."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: LONGEST_KEY - 17]}#{digest}"


def _operation_rows(
    steps: Sequence[PlannedStep], form: RowForm, planned: int, is_released: bool
) -> list[OperationRow]:
    return [
        OperationRow(
            group=form.group(
                *_columns(each, planned, is_released=is_released), *_NOTHING_YET
            ),
            work_s=each.step.setup.internal_s + each.step.run_s(planned),
            is_ready=is_released
            and not each.predecessors
            and each.kind != OperationKind.DELAY,
        )
        for each in steps
    ]


def _columns(each: PlannedStep, planned: int, *, is_released: bool) -> tuple[Any, ...]:
    step = each.step
    return (
        each.sequence,
        each.code,
        dict(each.name),
        each.kind,
        step.basis.value,
        each.work_centre_id,
        each.station,
        str(each.state(is_released=is_released)),
        list(each.predecessors),
        planned,
        step.setup.internal_s,
        step.run_s(planned),
        step.min_delay_s,
        step.max_delay_s,
        dict(each.attributes),
        step.setup.matrix,
        each.setup_family,
        each.batch_key,
        dict(each.batch_rule),
        step.load_num,
        step.load_den,
        each.transfer_quantity,
        list(each.by_products),
        dict(each.inspection),
        step.skill,
        step.crew,
        step.attended,
    )
