"""Plain values of the work order's page and of the board by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.selectors.words import in_language
from orders.states import ProofState
from production.models import Operation, Operator, Skill, WorkOrder, WorkOrderHold
from production.selectors.faces import face_of
from production.selectors.wording import skill_asked, skill_words
from production.services.remaking import MADE
from production.states import (
    LIVE_WORK_ORDER_STATES,
    OperationKind,
    OperationState,
    WorkOrderState,
)
from production.views.cards import TONES, new_nonce, picture, unit_card
from production.views.words import (
    due_facts,
    due_words,
    duration,
    local,
    needed_words,
    pieces,
    plain,
)


@dataclass(frozen=True, slots=True)
class JobPlaces:
    """Where a planner may put a step, and which skills there are."""

    centres: Sequence[dict[str, str]]
    skills: Sequence[dict[str, str]]


CHANGEABLE = frozenset({"WAITING", "READY"})
NOT_BEGUN = frozenset({"WAITING", "READY", "BLOCKED"})
BEGUN = frozenset({"RUNNING", "PAUSED", "DONE"})
# Steps that nobody here does: a wait, a supplier, a customer who approves.
NOBODYS: Mapping[str, Any] = {
    OperationKind.APPROVAL: gettext_lazy("Waits for the customer"),
    OperationKind.OUTSIDE: gettext_lazy("At a supplier"),
    OperationKind.DELAY: gettext_lazy("Only takes time"),
}


def work_order_context(
    work_order: WorkOrder,
    *,
    now: datetime,
    people: Sequence[Operator] = (),
    places: JobPlaces | None = None,
    is_planner: bool = False,
) -> dict[str, Any]:
    """Give a work order in the words of its page."""
    steps = list(work_order.operations.all())
    is_live = work_order.state in LIVE_WORK_ORDER_STATES
    may_shape = is_planner and is_live and places is not None
    holds = [hold for hold in work_order.holds.all() if hold.lifted_at is None]
    return {
        **_face_words(work_order),
        **_times(work_order, now),
        "state": work_order.state,
        "state_label": work_order.get_state_display(),
        "planned": pieces(work_order.planned_quantity),
        "ordered": pieces(work_order.quantity),
        "good": work_order.good,
        "scrap": work_order.scrap,
        "holds": [_hold_words(hold) for hold in holds],
        "materials": work_order.materials,
        "steps": _steps(steps, people if is_planner else (), now),
        "may_shape": may_shape,
        "places": places if may_shape else None,
        "moves": _moves(work_order, steps, bool(holds)) if is_planner else [],
        "nonce": new_nonce(),
    }


def _face_words(work_order: WorkOrder) -> dict[str, Any]:
    face = face_of(work_order.configuration)
    line = work_order.order_line
    return {
        "title": work_order.number,
        "number": work_order.number,
        "method": plain(work_order.method),
        "product": face.product,
        "choices": face.choices,
        "texts": face.personalisation,
        "thumbnail_url": picture(work_order.configuration),
        "sha256": work_order.configuration.sha256,
        "order": line.order.number if line else "",
        "needed": needed_words(line.order) if line else "",
    }


def _times(work_order: WorkOrder, now: datetime) -> dict[str, Any]:
    is_made = work_order.state == WorkOrderState.COMPLETED
    is_owed = is_made or work_order.state in LIVE_WORK_ORDER_STATES
    done_at = work_order.completed_at if is_made else None
    return {
        **due_facts(work_order.due_at if is_owed else None, now, done_at=done_at),
        "release_at": local(work_order.release_at),
        "is_planned": work_order.state == WorkOrderState.PLANNED,
    }


def _hold_words(hold: WorkOrderHold) -> str:
    return _("On hold since %(at)s: %(reason)s") % {
        "at": local(hold.since_at),
        "reason": hold.reason,
    }


def _moves(
    work_order: WorkOrder, steps: Sequence[Operation], is_held: bool
) -> list[str]:
    """Give what a planner may do with the whole work order now."""
    if work_order.state in MADE and work_order.order_line is not None:
        return ["remake"]
    if work_order.state not in LIVE_WORK_ORDER_STATES:
        return []
    moves = ["hold"]
    if is_held:
        moves.append("resume")
    if not any(step.state in BEGUN for step in steps):
        moves.append("cancel")
    return moves


def _steps(
    steps: Sequence[Operation], people: Sequence[Operator], now: datetime
) -> list[dict[str, Any]]:
    following: dict[int, int] = {}
    for step in steps:
        for before in step.predecessors:
            following[before] = following.get(before, 0) + 1
    return [_step(step, following.get(step.sequence, 0), people, now) for step in steps]


def _step(
    step: Operation, n_after: int, people: Sequence[Operator], now: datetime
) -> dict[str, Any]:
    centre = step.work_centre
    return {
        "id": step.id,
        "sequence": step.sequence,
        "name": in_language(step.name) or step.code,
        "centre": centre.code if centre else "",
        "centre_url": reverse("production:board", args=[centre.code]) if centre else "",
        "state": step.state,
        "state_label": step.get_state_display(),
        "planned": duration(step.run_s + step.setup_s),
        "actual": duration(_actual_s(step, now)) if step.started_at else "",
        "skill": skill_asked(step),
        "operator": step.operator.name if step.operator else "",
        "after": ", ".join(map(str, step.predecessors)),
        "may_change": step.state in CHANGEABLE,
        "is_join": len(step.predecessors) > 1,
        "is_branch": n_after > 1,
        "good": step.good,
        "scrap": step.scrap,
        "batch": next(
            (member.batch.number for member in step.active_in),  # type: ignore[attr-defined]
            "",
        ),
        "blocked": step.blocked_reason,
        "may_get": _people_for(step, people),
    }


def _actual_s(step: Operation, now: datetime) -> int:
    """Give the seconds worked; of a step in hand, those since it was begun."""
    if step.actual_run_s or step.actual_setup_s or step.started_at is None:
        return step.actual_run_s + step.actual_setup_s
    return max(0, int(((step.finished_at or now) - step.started_at).total_seconds()))


def _people_for(step: Operation, people: Sequence[Operator]) -> list[dict[str, str]]:
    """Give who could do a step that nobody has begun."""
    if step.state not in NOT_BEGUN or step.kind in NOBODYS:
        return []
    return [
        {"code": person.code, "name": person.name}
        for person in people
        if not step.skill or step.skill in {s.code for s in person.skills.all()}
    ]


def people_columns(
    *, jobs: Sequence[Operation], people: Sequence[Operator], now: datetime
) -> list[dict[str, Any]]:
    """Give a column for what nobody has yet, one for each person, and what waits."""
    columns: dict[tuple[int, int], dict[str, Any]] = {}
    for job in jobs:
        key = _place(job)
        if key not in columns:
            columns[key] = _column(job, people)
        columns[key]["jobs"].append(_job(job, people, now))
        columns[key]["run_s"] += job.run_s
    for column in columns.values():
        column["work"] = duration(column["run_s"]) if column["run_s"] else ""
    return [columns[key] for key in sorted(columns)]


def _place(job: Operation) -> tuple[int, int]:
    """Say in which column work stands: nobody's as yet, people's, what nobody does."""
    if job.operator_id:
        return 1, job.operator_id
    return (2, list(NOBODYS).index(job.kind)) if job.kind in NOBODYS else (0, 0)


def _column(job: Operation, people: Sequence[Operator]) -> dict[str, Any]:
    person = next((each for each in people if each.id == job.operator_id), None)
    return {
        "name": person.name if person else NOBODYS.get(job.kind, _("Not assigned yet")),
        "code": person.code if person else "",
        "skills": ", ".join(map(skill_words, person.skills.all())) if person else "",
        "jobs": [],
        "run_s": 0,
    }


def _job(job: Operation, people: Sequence[Operator], now: datetime) -> dict[str, Any]:
    return unit_card(job.work_order) | {
        "operation": job.id,
        "step": in_language(job.name) or job.code,
        "skill": skill_words(_find_skill(job, people), job.skill),
        "centre": job.work_centre.code if job.work_centre else "",
        **_job_state(job),
        "due": due_words(job.due_at, now),
        "is_late": bool(job.due_at and job.due_at < now),
        "run": duration(job.run_s) if job.run_s else "",
        "why": job.blocked_reason or _proof_words(job),
        "nonce": new_nonce(),
        "may_get": [] if job.operator_id else _people_for(job, people),
    }


def _find_skill(job: Operation, people: Sequence[Operator]) -> Skill | None:
    """Find the skill that a step asks for among those of the people."""
    known = (each for person in people for each in person.skills.all())
    return next((each for each in known if each.code == job.skill), None)


def _job_state(job: Operation) -> dict[str, str]:
    """Say how a step stands; nobody is to begin what only waits."""
    if job.kind in NOBODYS and job.state == OperationState.READY:
        return {"state": "PAUSED", "state_label": _("waits"), "tone": "held"}
    tone = TONES.get(job.state, "")  # type: ignore[call-overload]
    return {"state": job.state, "state_label": job.get_state_display(), "tone": tone}


def _proof_words(job: Operation) -> str:
    """Say of a step that waits for a customer whether it is theirs to answer."""
    line = job.work_order.order_line
    if job.kind != OperationKind.APPROVAL or line is None:
        return ""
    sent = [each for each in line.proofs.all() if each.state == ProofState.SENT]
    if not sent:
        return _("No proof is with the customer now.")
    return _("Proof sent %(at)s, not answered yet.") % {"at": local(sent[-1].sent_at)}
