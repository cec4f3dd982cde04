"""Proofs of artwork: staff send them, customers approve or ask for changes."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import NotFoundError
from configurator.services.moves import check_move, illegal, move_one
from orders.models import Order, OrderLine, Proof
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.promising import go_on
from orders.signals import proof_answered
from orders.states import (
    ORDER_MOVES,
    PROOF_MOVES,
    OrderState,
    ProofState,
)

ENDED = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.CLOSED)


def send_proof(
    *,
    order_line_id: int,
    note: str = "",
    picture: bytes | None = None,
    now: datetime,
    actor: str = "prepress",
) -> Proof:
    """Show the customer a proof; an earlier one that is open is superseded.

    Without a picture of its own it shows the drawing of the configuration.
    """
    line = OrderLine.objects.filter(pk=order_line_id).first()
    if line is None:
        raise NotFoundError(_("There is no such order line."), field="order_line")
    with transaction.atomic():
        order = lock_order(order_id=line.order_id)
        if order.state in ENDED:
            raise illegal(
                what=order.number, from_=order.state, to="PROOFED", moves=ORDER_MOVES
            )
        revision = _supersede(order, line, now=now, actor=actor)
        proof = Proof.objects.create(
            order_line=line,
            revision=revision,
            state=ProofState.SENT,
            note=note,
            picture=picture,
            created_at=now,
            sent_at=now,
        )
        _note(order, proof, kind="PROOF_SENT", now=now, actor=actor)
        outbox.make_message(
            kind=outbox.MAIL,
            key=f"proof:{proof.pk}",
            order_id=order.pk,
            payload={"template": "proof"},
            now=now,
        ).save()
    return proof


def _supersede(order: Order, line: OrderLine, *, now: datetime, actor: str) -> int:
    """Take back the proof that stands, if there is one; gives the next revision."""
    proofs = Proof.objects.filter(order_line=line).order_by("revision")
    latest = proofs.select_related("order_line__product").last()
    if latest is None:
        return 0
    if latest.state != ProofState.SUPERSEDED:
        if latest.state == ProofState.SENT:
            _start_clock(order, latest, now=now, actor=actor)
        move_one(latest, to=ProofState.SUPERSEDED, moves=PROOF_MOVES)
    return latest.revision + 1


def approve_proof(*, proof_id: int, now: datetime, actor: str = "customer") -> Proof:
    """Agree to make it as shown; the promise moves by the working time lost."""
    return _answer(
        proof_id, ProofState.APPROVED, customer_note="", now=now, actor=actor
    )


def request_changes(
    *, proof_id: int, note: str = "", now: datetime, actor: str = "customer"
) -> Proof:
    """Ask for another proof, saying what is to be different."""
    return _answer(
        proof_id,
        ProofState.CHANGES_REQUESTED,
        customer_note=note,
        now=now,
        actor=actor,
    )


def _answer(
    proof_id: int, to: ProofState, *, customer_note: str, now: datetime, actor: str
) -> Proof:
    rows = Proof.objects.select_related("order_line__product").filter(pk=proof_id)
    found = rows.first()
    if found is None:
        raise NotFoundError(_("There is no such proof."))
    with transaction.atomic():
        order = lock_order(order_id=found.order_line.order_id)
        proof = rows.get()
        check_move(what=str(proof), from_=proof.state, to=to, moves=PROOF_MOVES)
        move_one(
            proof,
            to=to,
            moves=PROOF_MOVES,
            extra_updates={"answered_at": now, "customer_note": customer_note},
        )
        _start_clock(order, proof, now=now, actor=actor)
        _note(order, proof, kind=f"PROOF_{to}", now=now, actor=actor)
        transaction.on_commit(partial(_tell_answered, proof))
    return proof


def _start_clock(order: Order, proof: Proof, *, now: datetime, actor: str) -> None:
    """Let the clock of the promise go on, which stood still while this one was out."""
    if proof.sent_at is not None and proof.sent_at < now:
        line = proof.order_line
        go_on(order=order, line=line, stood_from=proof.sent_at, now=now, actor=actor)


def _note(order: Order, proof: Proof, *, kind: str, now: datetime, actor: str) -> None:
    make_event(
        order_id=order.pk,
        line_id=proof.order_line_id,
        kind=kind,
        details={"proof": proof.pk},
        actor=actor,
        now=now,
    ).save()


def _tell_answered(proof: Proof) -> None:
    proof_answered.send_robust(
        sender=Proof,
        proof_id=proof.pk,
        order_line_id=proof.order_line_id,
        state=str(proof.state),
    )
