"""While a customer looks at a proof, the clock of the promise stands still."""

from datetime import timedelta

import pytest

from configurator.services.errors import IllegalMoveError
from orders.models import OrderLine, Promise
from orders.ports import DeliveryDates, ports
from orders.services.proofing import approve_proof, request_changes, send_proof
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=4)


@pytest.fixture
def line() -> OrderLine:
    line = make_order().lines.get()
    line.due_at = NOW + timedelta(days=6)
    line.save()
    Promise.objects.create(
        line=line,
        ready_at=NOW + timedelta(days=7),
        shipped_at=NOW + timedelta(days=8),
        delivered_at=NOW + timedelta(days=9),
        created_at=NOW,
    )
    return line


def test_an_approval_moves_the_promise_by_the_days_that_were_waited(line):
    proof = send_proof(order_line_id=line.pk, now=NOW)

    approved = approve_proof(proof_id=proof.pk, now=LATER)

    old, new = Promise.objects.order_by("revision")
    line.refresh_from_db()
    assert approved.state == "APPROVED"
    assert (old.state, new.state) == ("RE_PROMISED", "ACCEPTED")
    assert new.delivered_at == NOW + timedelta(days=13)
    assert line.due_at == NOW + timedelta(days=10)


def test_a_promise_that_moves_leaves_and_arrives_when_its_way_goes(line, monkeypatch):
    asked = {}

    def find(*, ready_at, **question):
        asked.update(question)
        shipped_at = ready_at + timedelta(days=2)
        return DeliveryDates(shipped_at, shipped_at + timedelta(days=3), shipped_at)

    monkeypatch.setattr(ports, "delivery_calendar", find)
    proof = send_proof(order_line_id=line.pk, now=NOW)
    before = Promise.objects.get()

    approve_proof(proof_id=proof.pk, now=LATER)

    moved = Promise.objects.get(revision=1)
    line.refresh_from_db()
    assert (asked["delivery"], asked["country"]) == ("COLLECTION", "DE")
    assert moved.ready_at == before.ready_at + (LATER - NOW)
    assert moved.shipped_at == moved.ready_at + timedelta(days=2) == line.due_at
    assert moved.delivered_at == moved.shipped_at + timedelta(days=3)


def test_an_answer_at_once_leaves_the_promise_alone(line):
    proof = send_proof(order_line_id=line.pk, now=NOW)

    approve_proof(proof_id=proof.pk, now=NOW)

    assert Promise.objects.get().state == "ACCEPTED"


def test_the_history_tells_a_day_that_an_answer_has_moved(line):
    proof = send_proof(order_line_id=line.pk, now=NOW)

    approve_proof(proof_id=proof.pk, now=LATER)

    event = line.order.events.get(kind="PROMISED_ANEW")
    new_day = NOW + timedelta(days=13)
    assert (event.line_id, event.actor) == (line.pk, "customer")
    assert event.details == {"delivered_at": new_day.isoformat()}


def test_an_answer_that_comes_twice_moves_the_promise_once(line):
    proof = send_proof(order_line_id=line.pk, now=NOW)
    approve_proof(proof_id=proof.pk, now=LATER)

    with pytest.raises(IllegalMoveError):
        approve_proof(proof_id=proof.pk, now=LATER + timedelta(days=1))

    assert Promise.objects.get(revision=1).delivered_at == NOW + timedelta(days=13)
    assert Promise.objects.count() == 2


def test_only_the_time_in_which_a_proof_was_out_is_added(line):
    """Two days until changes are asked for, one of ours, one until the approval."""
    first = send_proof(order_line_id=line.pk, now=NOW)
    request_changes(proof_id=first.pk, now=NOW + timedelta(days=2))
    second = send_proof(order_line_id=line.pk, now=NOW + timedelta(days=3))

    approve_proof(proof_id=second.pk, now=LATER)

    assert Promise.objects.get(revision=2).delivered_at == NOW + timedelta(days=12)


def test_a_proof_that_another_replaces_was_out_as_well(line):
    send_proof(order_line_id=line.pk, now=NOW)
    second = send_proof(order_line_id=line.pk, now=NOW + timedelta(days=1))

    approve_proof(proof_id=second.pk, now=LATER)

    assert Promise.objects.get(revision=2).delivered_at == NOW + timedelta(days=13)


def test_a_line_without_a_proof_keeps_its_promise(line):
    other = make_order().lines.get()
    other.order, other.position = line.order, 1
    other.save()
    kept = Promise.objects.create(
        line=other, ready_at=NOW, shipped_at=NOW, delivered_at=LATER, created_at=NOW
    )
    proof = send_proof(order_line_id=line.pk, now=NOW)

    approve_proof(proof_id=proof.pk, now=LATER)

    assert Promise.objects.get(line=other) == kept
    kept.refresh_from_db()
    assert kept.state == "ACCEPTED"


def test_changes_lead_to_a_further_proof(line):
    first = send_proof(order_line_id=line.pk, now=NOW)
    asked = request_changes(proof_id=first.pk, note="Bigger  ", now=NOW)
    assert asked.customer_note == "Bigger  "

    second = send_proof(order_line_id=line.pk, now=NOW)
    approve_proof(proof_id=second.pk, now=NOW)

    states = list(line.proofs.order_by("revision").values_list("state", flat=True))
    assert states == ["SUPERSEDED", "APPROVED"]


def test_an_approved_proof_stands(line):
    proof = send_proof(order_line_id=line.pk, now=NOW)
    approve_proof(proof_id=proof.pk, now=NOW)

    with pytest.raises(IllegalMoveError):
        request_changes(proof_id=proof.pk, now=NOW)
    with pytest.raises(IllegalMoveError):
        send_proof(order_line_id=line.pk, now=NOW)


def test_an_order_that_has_ended_gets_no_proof():
    order = make_order(state="CANCELLED")

    with pytest.raises(IllegalMoveError):
        send_proof(order_line_id=order.lines.get().pk, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_floor_hears_of_an_answer_after_the_commit(heard):
    line = make_order().lines.get()
    proof = send_proof(order_line_id=line.pk, now=NOW)

    approve_proof(proof_id=proof.pk, now=NOW)

    assert heard == [
        {"proof_id": proof.pk, "order_line_id": line.pk, "state": "APPROVED"}
    ]
