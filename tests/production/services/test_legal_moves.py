"""What an error lists as legal is what the same thing then accepts, verb by verb."""

import pytest
from django.db import transaction

from configurator.services.errors import DomainError
from production.models import Batch, Operation
from production.services import batches, batching, operations
from production.states import BATCH_MOVES, OPERATION_MOVES, OperationState
from tests.factories.steps import (
    NOW,
    baked,
    make_centre,
    make_step,
    make_work_order,
    report,
)

pytestmark = pytest.mark.django_db
# Verbs of the addresses below /api/v1/operations/ and /api/v1/batches/.
ON_OPERATIONS = tuple(operations.ACTIONS)
ON_BATCHES = tuple(batches.ACTIONS)


def is_accepted(perform):
    """Try it and take it back."""
    try:
        with transaction.atomic():
            perform()
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def make_alone(state):
    """Give an operation that belongs to no batch and no line, in any state."""
    work_order = make_work_order(10)
    operation = make_step(work_order, 10, make_centre("BENCH"))
    operations.perform(operation_id=operation.id, action="start", report=report(NOW))
    before = {"BLOCKED": "RUNNING"}.get(state, "")
    good = 10 if state == "DONE" else 0
    Operation.objects.filter(id=operation.id).update(
        state=state, blocked_from=before, good=good
    )
    return operation


@pytest.mark.parametrize(
    "state", [state for state in OperationState.values if state != "IN_BATCH"]
)
def test_an_operation_accepts_exactly_the_verbs_that_are_legal_in_its_state(state):
    operation = make_alone(state)
    figures = {"finish": {"good": 10}, "scrap": {"scrap": 1}, "count": {"good": 1}}

    accepted = [
        verb
        for verb in sorted(ON_OPERATIONS)
        if is_accepted(
            lambda verb=verb: operations.perform(
                operation_id=operation.id,
                action=verb,
                report=report(NOW, reason="Seen", **figures.get(verb, {})),
            )
        )
    ]

    assert accepted == OPERATION_MOVES.legal(state)


def refused(operation, action, **figures):
    """Give the legal moves that a refusal lists."""
    with pytest.raises(DomainError) as raised:
        operations.perform(
            operation_id=operation.id, action=action, report=report(NOW, **figures)
        )
    return raised.value.extra["legal_moves"]


def perform(operation, action, **figures):
    operations.perform(
        operation_id=operation.id, action=action, report=report(NOW, **figures)
    )


def two_steps(**fields):
    work_order = make_work_order(10)
    bench = make_centre("BENCH")
    first = make_step(work_order, 10, bench, **fields)
    second = make_step(work_order, 20, bench)
    perform(first, "start")
    return first, second


def test_a_finish_that_something_has_followed_lists_no_undo():
    first, second = two_steps()
    perform(first, "finish")

    before = refused(first, "start")
    perform(second, "start")

    assert before == ["undo"]
    assert refused(first, "start") == refused(first, "undo") == []


def test_a_count_that_something_has_followed_lists_no_undo():
    first, second = two_steps(transfer_quantity=4)
    perform(first, "count", good=4)

    before = refused(first, "start")
    perform(second, "start")

    assert "undo" in before
    assert refused(first, "start") == [verb for verb in before if verb != "undo"]


def test_a_batch_accepts_exactly_the_verbs_that_are_legal_in_its_state():
    oven = make_centre("OVEN-1")
    baked(24, oven=oven)
    batching.plan_work_centre(work_centre_id=oven.id, now=NOW)
    batch = Batch.objects.get()
    seen = {}
    for verb in ("freeze", "release", "start", "finish"):
        seen[batch.state] = sorted(
            each
            for each in ON_BATCHES
            if is_accepted(
                lambda each=each: batches.perform(
                    number=batch.number, action=each, report=report(NOW)
                )
            )
        )
        batches.perform(number=batch.number, action=verb, report=report(NOW))
        batch.refresh_from_db()

    assert len(seen) == len(("PROPOSED", "FROZEN", "RELEASED", "RUNNING"))
    for state, verbs in seen.items():
        assert verbs == [v for v in BATCH_MOVES.legal(state) if v in ON_BATCHES]
