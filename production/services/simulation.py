"""A simulated shift: the real services under a clock that runs fast."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from configurator.services.errors import DomainError
from orders.models import Order, Proof, Quotation
from orders.services import paying, proofing, quoting, shipping
from orders.states import OrderState
from production.models import WorkOrder
from production.selectors.progress import map_progress
from production.services import crew as crews
from production.services import disturbances, driving, floor_release, flow, release
from production.services.crew import Crew

STEP = timedelta(minutes=5)
OFFICE_EVERY = timedelta(hours=1)
THINKS = timedelta(hours=3)
THINKS_LONG = timedelta(days=4)
QUOTE_VALID = timedelta(days=30)
FALLBACK_QUOTE_MINOR = 150_000
LATE_APPROVAL = "APPROVAL_LATE"
OnStep = Callable[[datetime], None]


@dataclass(slots=True)
class ShiftReport:
    """What a simulated shift has brought about."""

    begin: datetime
    end: datetime
    done: Counter[str] = field(default_factory=Counter)
    disturbances: dict[str, str] = field(default_factory=dict)
    n_open: int = 0
    n_completed: int = 0


def simulate(
    *, begin: datetime, hours: int, seed: int, on_step: OnStep | None = None
) -> ShiftReport:
    """Let people, machines, customers and the office work for some hours.

    Parameters
    ----------
    begin
        Factory time at which the shift begins; it ends ``hours`` later.
    seed
        Fixes the people's and the disturbances' luck.
    on_step
        Called with the time reached; the caller may set the factory clock by it.

    Returns
    -------
    ShiftReport
        Counts of what was done, and when each disturbance struck.
    """
    rng = random.Random(seed)  # noqa: S311 -- a simulation, nothing secret
    crew = crews.gather(rng=rng)
    report = ShiftReport(begin=begin, end=begin + timedelta(hours=hours))
    waiting = _draw(rng, begin, hours)
    late_proof = rng.random()
    now, office_at = begin, begin
    while now < report.end:
        now += STEP
        _floor(crew, now)
        _strike(crew, waiting, report, now)
        disturbances.lift_blocks(now=now)
        if now >= office_at:
            _office(crew, report, now, late_proof)
            office_at = now + OFFICE_EVERY
        if on_step is not None:
            on_step(now)
    report.done = crew.done
    report.n_open = disturbances.n_open()
    report.n_completed = WorkOrder.objects.filter(
        completed_at__gte=begin, completed_at__lte=report.end
    ).count()
    return report


def _draw(rng: random.Random, begin: datetime, hours: int) -> dict[str, datetime]:
    """Draw when each disturbance strikes, within the first three quarters."""
    span_s = max(1, hours * 2700)
    return {
        code: begin + timedelta(seconds=rng.randrange(span_s))
        for code in disturbances.DISTURBANCES
    }


def _floor(crew: Crew, now: datetime) -> None:
    release.release_confirmed_orders(now=now)
    floor_release.release_to_floor(now=now)
    flow.replenish(now=now)
    crew.done["units flowed"] += flow.run_lines(now=now)
    driving.drive(now=now)
    crews.work(crew=crew, now=now)


def _strike(
    crew: Crew, waiting: dict[str, datetime], report: ShiftReport, now: datetime
) -> None:
    for code in [code for code, at in waiting.items() if at <= now]:
        if disturbances.DISTURBANCES[code](crew, now):
            report.disturbances[code] = now.isoformat()
            del waiting[code]


def _office(crew: Crew, report: ShiftReport, now: datetime, late_proof: float) -> None:
    """Quote and ship; let customers answer quotations and proofs and pay."""
    _quote(crew, now)
    _answer_quotations(crew, now)
    _answer_proofs(crew, report, now, late_proof)
    _ship(crew, now)
    _deliver(crew, now)


def _quote(crew: Crew, now: datetime) -> None:
    asked = Quotation.objects.filter(state="REQUESTED").select_related("order_line")
    for quotation in asked.order_by("id"):
        line = quotation.order_line
        estimate = sum(int(row.get("amount_minor", 0)) for row in line.price_lines)
        _try(
            crew,
            "quotation sent",
            lambda line=line, estimate=estimate: quoting.send_quotation(
                order_line_id=line.id,
                total_minor=estimate or FALLBACK_QUOTE_MINOR,
                valid_until=now + QUOTE_VALID,
                now=now,
                actor="shift",
            ),
        )


def _answer_quotations(crew: Crew, now: datetime) -> None:
    sent = Quotation.objects.filter(
        state="SENT", created_at__lte=now - THINKS
    ).select_related("order_line")
    for quotation in sent.order_by("id"):
        _try(
            crew,
            "quotation accepted",
            lambda key=quotation.id: quoting.accept_quotation(
                quotation_id=key, now=now
            ),
        )
        _try(
            crew,
            "order paid",
            lambda key=quotation.order_line.order_id: paying.record_payment(
                order_id=key, provider="dummy", outcome="SUCCEEDED", now=now
            ),
        )


def _answer_proofs(
    crew: Crew, report: ShiftReport, now: datetime, late_proof: float
) -> None:
    """Customers approve after some hours; one of them takes four days."""
    proofs = list(Proof.objects.filter(state="SENT").order_by("id"))
    chosen = int(late_proof * len(proofs)) if proofs else -1
    for index, proof in enumerate(proofs):
        is_late = index == chosen and len(proofs) > 1
        if is_late:
            report.disturbances.setdefault(LATE_APPROVAL, now.isoformat())
        thinks = THINKS_LONG if is_late else THINKS
        if (proof.sent_at or now) + thinks <= now:
            _try(
                crew,
                "proof approved",
                lambda key=proof.id: proofing.approve_proof(proof_id=key, now=now),
            )


def _ship(crew: Crew, now: datetime) -> None:
    open_ids = list(
        Order.objects.filter(state=OrderState.CONFIRMED, shipments__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)[:2000]
    )
    made = map_progress(order_ids=open_ids)
    for order_id in open_ids:
        report = made.get(order_id)
        is_made = report is not None and report.production_state == "MADE"
        if is_made:
            _try(
                crew,
                "order shipped",
                lambda key=order_id: shipping.ship_order(
                    order_id=key, now=now, actor="shift"
                ),
            )


def _deliver(crew: Crew, now: datetime) -> None:
    under_way = (
        Order.objects.filter(
            shipments__state="HANDED_OVER",
            shipments__handed_over_at__lte=now - timedelta(days=1),
        )
        .distinct()
        .values_list("id", flat=True)
    )
    for order_id in list(under_way):
        _try(
            crew,
            "order delivered",
            lambda key=order_id: shipping.deliver_order(
                order_id=key, now=now, actor="shift"
            ),
        )


def _try(crew: Crew, what: str, effect: Callable[[], object]) -> None:
    try:
        effect()
    except DomainError:
        return
    crew.done[what] += 1
