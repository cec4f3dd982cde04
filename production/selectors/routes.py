"""The tasks of a work as the promise engine takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from configurator.selectors.manufacture import Manufacture, StepPlan
from production.engine.demand import Basis, Setup, Step
from production.engine.promise import Task
from production.selectors.shop import MASS_CUSTOMISATION, Shop

OUTSIDE, APPROVAL, DELAY = "OUTSIDE", "APPROVAL", "DELAY"


def list_tasks(
    shop: Shop,
    manufacture: Manufacture,
    operations: Sequence[Mapping[str, Any]] = (),
) -> list[Task]:
    """Give the tasks of a work as the promise engine takes them."""
    line = manufacture.line
    if operations:
        return _quoted_tasks(operations)
    if manufacture.method == MASS_CUSTOMISATION and line:
        return [_down_the_line(shop, manufacture, line)]
    return [_task(shop, each) for each in manufacture.steps]


def _down_the_line(shop: Shop, manufacture: Manufacture, line: str) -> Task:
    """One unit's way down the line, and a takt for each that comes with it."""
    n_units = manufacture.pieces // manufacture.pieces_per_unit
    own_ms = sum(each.run_ms + each.min_delay_s * 1000 for each in manufacture.steps)
    takts_ms = shop.takt_ms.get(line, 0) * (n_units - 1)
    run_ms = own_ms + takts_ms
    return Task(Step(key=line, run_ms=run_ms, basis=Basis.FIXED, resource=line))


def _task(shop: Shop, plan: StepPlan) -> Task:
    load_num, load_den = plan.load_units_per_piece or (1, 1)
    step = Step(
        key=plan.code,
        run_ms=plan.run_ms,
        basis=Basis(plan.basis.value),
        resource=plan.work_centre or "",
        after=plan.after,
        setup=Setup(internal_s=_setup_s(shop, plan)),
        skill=plan.skill or "",
        attended=plan.attended,
        min_delay_s=plan.min_delay_s,
        load_num=max(1, load_num),
        load_den=load_den,
        load_max=plan.load.maximum if plan.load else None,
    )
    batch = plan.batch
    outside = plan.outside if plan.kind.value == OUTSIDE else None
    return Task(
        step=step,
        family=plan.batch_key or "",
        max_wait_s=batch.max_wait_s if batch else None,
        cutoff=time.fromisoformat(batch.cutoff) if batch and batch.cutoff else None,
        lead_days=int((outside or {}).get("lead_days", 0)),
        is_customers=plan.kind.value == APPROVAL,
    )


def _setup_s(shop: Shop, plan: StepPlan) -> int:
    """Give the changeover from the state in which a machine will be by then."""
    if plan.setup is None:
        return 0
    matrix = shop.matrices.get(plan.setup.matrix or "")
    if matrix is None:
        return plan.setup.internal_s
    state = shop.states.get(plan.work_centre or "", {})
    change = matrix.setup_between(state, plan.setup_attributes)
    return plan.setup.internal_s + change.internal_s


def _quoted_tasks(operations: Sequence[Mapping[str, Any]]) -> list[Task]:
    """Read the operations that staff quoted; they follow one another."""
    found: list[Task] = []
    for place, entry in enumerate(operations, start=1):
        kind = str(entry.get("kind") or "")
        before = (found[-1].step.key,) if found else ()
        after = entry.get("after")
        step = Step(
            key=str(entry.get("code") or f"STEP_{place}"),
            run_ms=int(entry.get("run_s") or 0) * 1000,
            basis=Basis.DELAY if kind in (DELAY, OUTSIDE) else Basis.FIXED,
            resource=str(entry.get("work_centre") or ""),
            after=before if after is None else tuple(after),
            skill=str(entry.get("skill") or ""),
            min_delay_s=int(entry.get("min_delay_s") or 0),
        )
        found.append(Task(step, is_customers=kind == APPROVAL))
    return found
