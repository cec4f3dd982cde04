"""Who does a step that asks for a skill."""

import pytest

from production.models import Batch, WorkCentre
from production.selectors import batch_answers
from production.services import batches, batching, operations
from production.services.membership import BatchMoveError
from production.services.steps import OperationError
from tests.factories.floor import (
    at,
    bake,
    make_matrix,
    make_operator,
    make_work_order,
    operation,
    report,
    state_of,
    step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def do(work_order, code, action, minutes=0, **fields):
    return operations.perform(
        operation_id=operation(work_order, code).id,
        action=action,
        report=report(minutes, **fields),
    )


def test_a_step_that_asks_for_a_skill_asks_who_does_it():
    order = make_work_order(step("SAW", skill="WOOD"))

    with pytest.raises(OperationError) as refused:
        do(order, "SAW", "start")
    do(order, "SAW", "start", operator_id=make_operator("W06", "WOOD").id)

    assert refused.value.field == "operator"
    assert state_of(order) == "IN_PROGRESS"


def test_whoever_was_given_a_step_is_who_does_it():
    worker = make_operator("W06", "WOOD")
    order = make_work_order(step("SAW", skill="WOOD", operator=worker))

    do(order, "SAW", "start")

    assert operation(order, "SAW").operator == worker


def test_a_simulated_start_needs_nobody():
    order = make_work_order(step("SAW", skill="WOOD"))

    do(order, "SAW", "start", is_automatic=True)

    assert state_of(order) == "IN_PROGRESS"


def frozen_load():
    order = make_work_order(bake(skill="OVEN"), method="BATCH", quantity=24)
    centre_id = operation(order, "BAKE").work_centre_id or 0
    batching.plan_work_centre(work_centre_id=centre_id, now=at(60))
    return Batch.objects.get()


def start_load(batch, **fields):
    batches.perform(
        number=batch.number, action="start", report=report(60, reason="now", **fields)
    )
    batch.refresh_from_db()


def test_nobody_starts_a_load_that_asks_for_a_skill_without_saying_who():
    batch = frozen_load()

    with pytest.raises(BatchMoveError, match="OVEN: say who") as refused:
        start_load(batch)
    start_load(batch, operator_id=make_operator("W11", "OVEN").id)

    assert refused.value.field == "operator"
    assert batch.state == "RUNNING"
    assert batch_answers.get_starter(batch=batch) == "Name of W11"


def test_after_a_changeover_a_load_is_started_by_somebody_who_can():
    make_matrix("OVEN", {"code": "OTHER", "internal_s": 720})
    batch = frozen_load()
    WorkCentre.objects.update(setup_state={"programme": "MUFFIN"})
    start_load(batch, operator_id=make_operator("W01", "CUT").id)

    with pytest.raises(BatchMoveError, match="W02 is not qualified for OVEN"):
        start_load(batch, operator_id=make_operator("W02", "CUT").id)

    batch.refresh_from_db()
    assert batch.state == "CHANGEOVER"
