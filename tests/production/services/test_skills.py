"""Who does a step that asks for a skill."""

import pytest

from production.services import operations
from production.services.steps import OperationError
from tests.factories.floor import (
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
