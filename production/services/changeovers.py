"""The cleaning and reconfiguring between batches: planned from the matrix, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import DomainError
from configurator.services.moves import move, move_one
from production.engine.budget import (
    NO_SEARCH,
    Budget,
    OnProgress,
    Search,
    ShouldStop,
)
from production.engine.changeover import SetupTime
from production.engine.demand import Attributes, Basis, Demand, Resource, Setup, Step
from production.engine.loads import Member
from production.engine.methods import get_method
from production.engine.plan import Plan, PlannedGroup, Shop
from production.engine.reasons import Reason
from production.models import Batch, Changeover, Operator, WorkCentre
from production.selectors import loads
from production.selectors.loads import seconds
from production.selectors.outages import up_from
from production.services import boards
from production.states import CHANGEOVER_MOVES, BatchState, ChangeoverState

METHOD = "BATCH"
AS_IT_IS = Search(NO_SEARCH)  # what the order in force costs
AT_THE_MACHINE = (BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING)


class SignatureError(DomainError):
    """A changeover is signed by somebody who may not."""


def order_queue(*, work_centre: WorkCentre, now: datetime) -> None:
    """Order the waiting batches by changeover and due date; plan each changeover."""
    queue = _look(work_centre)
    if queue.queued:
        plan = _plan(work_centre, queue.queued, queue.state, queue.known, now)
        _put_in_force(queue.queued, plan, queue.state, queue.known, now)


def search(
    *,
    work_centre_id: int,
    now: datetime,
    budget: Budget,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> str:
    """Look for a better order of the loads that wait, as long as a planner allows.

    Computed outside any lock. Gives ``BETTER``, ``KEPT`` where nothing better was
    found, or ``DROPPED`` where loads have come or gone, or the machine stands
    otherwise: then the queue has been ordered anew in any case.
    """
    centre = WorkCentre.objects.get(id=work_centre_id)
    before = _look(centre)
    if len(before.queued) < 2:
        return "KEPT"
    how = Search(budget, on_progress=on_progress, should_stop=should_stop)
    found = _plan(centre, before.queued, before.state, before.known, now, search=how)
    kept = _plan(
        centre, before.queued, before.state, before.known, now, search=AS_IT_IS
    )
    if found.objective >= kept.objective:
        return "KEPT"
    with transaction.atomic():
        WorkCentre.objects.select_for_update().get(id=work_centre_id)
        after = _look(centre)
        if after.marks() != before.marks():
            return "DROPPED"
        _put_in_force(after.queued, found, after.state, after.known, now)
        boards.touch(work_centre_ids=[work_centre_id])
    return "BETTER"


@dataclass(frozen=True, slots=True)
class _Queue:
    """What waits at a machine, and the state that it will be in."""

    queued: Sequence[Batch]
    state: Attributes
    known: Mapping[int | None, Changeover]

    def marks(self) -> tuple[Any, ...]:
        return dict(self.state), [(each.id, each.position) for each in self.queued]


def _look(work_centre: WorkCentre) -> _Queue:
    queued = loads.list_queued(work_centre=work_centre)
    known = {
        each.batch_id: each for each in Changeover.objects.filter(batch__in=queued)
    }
    return _Queue(queued, _state_after_running(work_centre), known)


def _put_in_force(
    queued: Sequence[Batch],
    plan: Plan,
    state: Attributes,
    known: Mapping[int | None, Changeover],
    now: datetime,
) -> None:
    by_id = {batch.id: batch for batch in queued}
    for position, group in enumerate(plan.groups):
        batch = by_id[int(group.members[0].key)]
        if batch.position != position:
            Batch.objects.filter(id=batch.id).update(position=position)
        if group.setup is not None:
            _write(batch, group.setup, state, known.get(batch.id), now)
        state = batch.attributes


def _plan(
    work_centre: WorkCentre,
    queued: Sequence[Batch],
    state: Attributes,
    known: Mapping[int | None, Changeover],
    now: datetime,
    *,
    search: Search | None = None,
) -> Plan:
    """Let the method order loads that are all to be made; each stays as it is.

    Where none has come or gone and the machine stands as it was expected to, the
    order stays as it was.
    """
    now_s = seconds(now)
    weights = loads.map_weights(batches=queued)
    matrix = next((batch.setup_matrix for batch in queued if batch.setup_matrix), "")
    groups = [_as_planned(batch, now_s) for batch in queued if batch.id in known]
    first = known.get(queued[0].id)
    is_rough = first is None or first.from_state != dict(state)
    how = search or Search()
    if search is not None:
        is_rough = search is not AS_IT_IS
    up_at = up_from(is_up=work_centre.is_up, back_at=work_centre.back_at, now=now)
    place = Resource(
        work_centre.code, capacity=1, max_wait_s=0, state=state, free_s=seconds(up_at)
    )
    return get_method(METHOD).plan(
        [_demand(batch, matrix, weights.get(batch.id, 1)) for batch in queued],
        shop=Shop(resources=(place,), matrices={matrix: loads.setup_matrix(matrix)}),
        now_s=now_s,
        previous=Plan(METHOD, groups=tuple(groups), is_rough=is_rough),
        budget=how.budget,
        on_progress=how.on_progress,
        should_stop=how.should_stop,
    )


def _demand(batch: Batch, matrix: str, weight: int) -> Demand:
    setup = Setup(matrix, state=batch.attributes)
    run = Step("run", batch.run_s * 1000, basis=Basis.LOAD, setup=setup)
    return Demand(
        key=batch.id,
        family=batch.number,
        quantity=1,
        due_s=seconds(batch.due_at),
        weight=weight,
        steps=(run,),
    )


def _as_planned(batch: Batch, now_s: int) -> PlannedGroup:
    return PlannedGroup(
        family=batch.number,
        resource="",
        quantity=1,
        members=(Member(batch.id, 1, Reason("MEMBER", {"family": batch.batch_key})),),
        freeze=True,
        because=Reason("FULL", {"load": 1, "capacity": 1}),
        setup_from_s=now_s + 1,
        start_s=now_s + 1,
        end_s=now_s + 1 + batch.run_s,
        due_s=seconds(batch.due_at),
    )


def _state_after_running(work_centre: WorkCentre) -> Attributes:
    """Give the state in which the machine will be when it is next free."""
    running = (
        Batch.objects.filter(work_centre=work_centre, state__in=AT_THE_MACHINE)
        .order_by("-started_at", "-id")
        .first()
    )
    if running is not None:
        attributes: Attributes = running.attributes
        return attributes
    return _state_of(work_centre.id)


def _state_of(work_centre_id: int) -> Attributes:
    states = WorkCentre.objects.values_list("setup_state", flat=True)
    state: Attributes = states.get(id=work_centre_id)
    return state


def plan_now(*, batch: Batch, now: datetime) -> Changeover:
    """Plan a batch's changeover from the state that the machine is in at this moment.

    The queue's plan reckoned with another one before it, if it is started out of turn.
    """
    state = _state_of(batch.work_centre_id)
    matrix = loads.setup_matrix(batch.setup_matrix)
    known = Changeover.objects.filter(batch=batch).first()
    setup = matrix.setup_between(state, batch.attributes)
    return _write(batch, setup, state, known, now)


def _write(
    batch: Batch,
    setup: SetupTime,
    from_state: Attributes,
    known: Changeover | None,
    now: datetime,
) -> Changeover:
    planned = _fields(batch, setup, from_state)
    if known is None:
        return Changeover.objects.create(batch=batch, created_at=now, **planned)
    if any(getattr(known, name) != value for name, value in planned.items()):
        for name, value in planned.items():
            setattr(known, name, value)
        known.save(update_fields=list(planned))
    return known


def _fields(
    batch: Batch, setup: SetupTime, from_state: Attributes
) -> Mapping[str, Any]:
    return {
        "work_centre_id": batch.work_centre_id,
        "rule_code": setup.rule_code,
        "from_state": dict(from_state),
        "to_state": batch.attributes,
        "planned_s": setup.internal_s,
        "external_s": setup.external_s,
        "signature_skill": setup.signature_skill or "",
        "waste": dict(setup.waste),
        "state": ChangeoverState.PLANNED,
    }


def begin(*, changeover: Changeover, now: datetime) -> None:
    move(
        Changeover,
        ids=[changeover.id],
        from_=ChangeoverState.PLANNED,
        to=ChangeoverState.RUNNING,
        moves=CHANGEOVER_MOVES,
        extra_updates={"started_at": now},
    )


def sign(*, changeover: Changeover, operator_id: int | None, now: datetime) -> None:
    """End a changeover; where a skill must vouch for it, by somebody who has it."""
    operator = Operator.objects.filter(id=operator_id or 0).first()
    skill = changeover.signature_skill
    if skill and (operator is None or not operator.skills.filter(code=skill).exists()):
        raise SignatureError(
            _("This changeover needs the signature of somebody with %(skill)s.")
            % {"skill": skill},
            field="operator",
        )
    began = changeover.started_at or now
    actual_s = max(0, int((now - began).total_seconds()))
    move_one(
        changeover,
        to=ChangeoverState.SIGNED,
        moves=CHANGEOVER_MOVES,
        extra_updates={"signed_by": operator, "signed_at": now, "actual_s": actual_s},
    )


def forget(*, batch: Batch) -> None:
    """Drop a changeover that nobody has begun."""
    Changeover.objects.filter(batch=batch, state=ChangeoverState.PLANNED).delete()


def give_up(*, batch: Batch) -> None:
    """End a batch's changeover with it; half done, nobody knows how the machine is."""
    forget(batch=batch)
    n_abandoned = move(
        Changeover.objects.filter(batch=batch),
        from_=ChangeoverState.RUNNING,
        to=ChangeoverState.ABANDONED,
        moves=CHANGEOVER_MOVES,
    )
    if n_abandoned:
        WorkCentre.objects.filter(id=batch.work_centre_id).update(setup_state={})
