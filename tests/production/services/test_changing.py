"""A line that the floor has already is changed: nothing of the old one stays there."""

from datetime import timedelta

import pytest

from orders.services.changing import Change, TooLateError, change_line
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from production.models import BatchMember, LineSlot, Operation, Skill, WorkOrder
from production.services.batching import plan_all
from production.services.driving import ask_for_approvals
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.sequencing import sequence_all
from tests.factories.orders import make_request, publish
from tests.factories.production import NOW, SHIRT, make_places

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
AGREE = {"code": "AGREE", "kind": "APPROVAL", "basis": "DELAY", "run_ms": 0}


def put_on_the_floor(method: str, *first_steps):
    """Order two shirts, of which the floor has work orders and places by now."""
    make_places()
    Skill.objects.create(code="SCREEN")
    routing = next(each for each in SHIRT["routings"] if each["method"] == method)
    steps = [*first_steps, *routing["steps"]]
    publish({**SHIRT, "routings": [{**routing, "when": None, "steps": steps}]})
    asked = LineRequest("shirt", {"colour": "WHITE", "text": "Ada"}, 2)
    order = place_order(request=make_request(asked), user=None, language="en", now=NOW)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    release_confirmed_orders(now=NOW)
    release_to_floor(now=LATER)
    plan_all(now=LATER)
    sequence_all(now=LATER)
    assert set(WorkOrder.objects.values_list("state", flat=True)) == {"RELEASED"}
    return order


def change(order):
    wanted = Change({"colour": "WHITE", "text": "Eve"}, 2)
    line = order.lines.get(position=0)
    return change_line(
        order_id=order.pk, line_id=line.pk, change=wanted, now=LATER, actor="ada"
    ).line


@pytest.mark.parametrize("method", ["MASS_CUSTOMISATION", "BATCH"])
def test_released_work_orders_leave_batches_and_lines_and_others_take_over(method):
    order = put_on_the_floor(method)
    before = order.lines.get()
    places = BatchMember.objects.filter(state="ACTIVE").count()
    places += LineSlot.objects.filter(state="SEQUENCED").count()

    line = change(order)
    left = BatchMember.objects.filter(state="ACTIVE").count()
    left += LineSlot.objects.filter(state="SEQUENCED").count()
    release_confirmed_orders(now=LATER)

    steps = Operation.objects.filter(work_order__order_line=before)
    assert places > 0
    assert left == 0
    assert set(before.work_orders.values_list("state", flat=True)) == {"CANCELLED"}
    assert set(steps.values_list("state", flat=True)) == {"CANCELLED"}
    texts = line.work_orders.values_list("configuration__choices__text", "state")
    assert {*texts} == {("Eve", "RELEASED")}
    assert before.promises.get().state == "WITHDRAWN"
    assert line.promises.get().state == "ACCEPTED"


def test_a_line_of_which_one_piece_has_begun_keeps_all_of_them():
    order = put_on_the_floor("MASS_CUSTOMISATION")
    begun = WorkOrder.objects.earliest("pk")
    WorkOrder.objects.filter(pk=begun.pk).update(state="IN_PROGRESS")

    with pytest.raises(TooLateError, match="begun to be made"):
        change(order)

    states = WorkOrder.objects.order_by("pk").values_list("state", flat=True)
    assert [*states] == ["IN_PROGRESS", "RELEASED"]


def test_a_proof_that_is_out_ends_with_its_line_and_the_floor_asks_for_another():
    order = put_on_the_floor("BATCH", AGREE)
    before = order.lines.get()
    ask_for_approvals(now=LATER)

    line = change(order)
    release_confirmed_orders(now=LATER)
    asked = [ask_for_approvals(now=LATER) for _twice in range(2)]

    assert asked == [1, 0]
    assert before.proofs.get().state == "SUPERSEDED"
    assert line.proofs.get().state == "SENT"
