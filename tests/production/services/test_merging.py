"""Two batches of one kind become one; of neither is anything lost."""

from datetime import timedelta

import pytest

from configurator.services.errors import ConflictError
from production.models import Batch, ProductionEvent
from production.selectors.batch_answers import list_mergeable
from production.selectors.reasons import say
from production.services import batches, batching, membership, merging
from production.services.membership import BatchMoveError
from tests.factories.floor import (
    at,
    bake,
    make_centre,
    make_work_order,
    numbers_in,
    report,
    states,
    step,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def batch_of(quantity, key="programme=COOKIE"):
    """Give a batch of its own for one work order."""
    order = make_work_order(
        bake(key), step("PACK"), quantity=quantity, due_at=NOW + timedelta(days=7)
    )
    (batch,) = membership.carry_on(work_order_ids=[order.id], fed_by=None, now=NOW)
    return batch


def state_of(batch):
    batch.refresh_from_db()
    return batch.state


def merge(batch, other, **fields):
    return merging.merge(
        number=batch.number, other=other.number, report=report(**fields)
    )


def test_the_members_of_one_go_into_the_other():
    first, second = batch_of(48), batch_of(24)

    merge(first, second)

    assert (state_of(first), state_of(second)) == ("OPEN", "MERGED")
    assert numbers_in(first) == {"W-1", "W-2"}
    assert (first.load_milli, second.load_milli) == (3_000, 0)
    reason = first.members.get(operation__work_order__number="W-2").reason
    assert say(reason) == f"merged from batch {second.number}"
    for member in first.members.select_related("operation__work_order"):
        assert states(member.operation.work_order)[0] == "IN_BATCH"


def test_planning_leaves_merged_batches_alone():
    first, second = batch_of(48), batch_of(24)
    merge(first, second)

    batching.plan_work_centre(work_centre_id=make_centre("OVEN-1").id, now=at(1))

    assert numbers_in(first) == {"W-1", "W-2"}
    assert state_of(second) == "MERGED"


def test_merging_is_done_once_for_each_report():
    first, second = batch_of(48), batch_of(24)

    for _ in range(2):
        merge(first, second, device="pad", nonce="1")

    assert ProductionEvent.objects.filter(kind="BATCH_MERGE").count() == 1


def test_a_proposal_that_is_merged_is_not_grouped_anew():
    for quantity in (432, 24):
        make_work_order(
            bake(), step("PACK"), quantity=quantity, due_at=NOW + timedelta(days=7)
        )
    batching.plan_work_centre(work_centre_id=make_centre("OVEN-1").id, now=NOW)
    proposal = Batch.objects.get(state="PROPOSED")
    other = batch_of(24)

    merge(proposal, other)

    assert state_of(proposal) == "OPEN"
    assert proposal.members.filter(state="ACTIVE").count() == 2


@pytest.mark.parametrize(
    ("quantity", "key", "message"),
    [
        (409, "programme=COOKIE", "more than a load"),
        (24, "programme=MUFFIN", "another kind"),
    ],
)
def test_only_what_fits_and_is_of_the_kind_is_merged(quantity, key, message):
    first, second = batch_of(24), batch_of(quantity, key)

    with pytest.raises(BatchMoveError, match=message):
        merge(first, second)

    assert list_mergeable(batch=first) == []
    assert state_of(second) == "OPEN"


def test_what_is_frozen_is_not_merged():
    first, second = batch_of(24), batch_of(24)
    assert list_mergeable(batch=first) == [second]
    batches.perform(number=second.number, action="freeze", report=report())

    for one, other in ((first, second), (second, first)):
        with pytest.raises(ConflictError, match="still fills up"):
            merge(one, other)


def test_a_batch_is_not_merged_with_itself_or_with_a_stranger():
    first = batch_of(24)

    for number in (first.number, "B-99999"):
        with pytest.raises(BatchMoveError, match="no other batch"):
            merging.merge(number=first.number, other=number, report=report())
