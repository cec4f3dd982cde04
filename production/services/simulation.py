"""A simulated shift: the real services under a clock that runs fast."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from production.models import WorkCentre, WorkCentreMode, WorkOrder
from production.selectors import calendars, moments
from production.services import (
    crew as crews,
)
from production.services import (
    disturbances,
    driving,
    floor_release,
    flow,
    lots,
    office,
    outlooks,
    people,
    release,
    shortages,
    supplying,
    trade,
)
from production.services.people import Crew

STEP = timedelta(minutes=5)
FLOW_EVERY = timedelta(minutes=15)  # lines count by the minute whenever they are asked
OFFICE_EVERY = timedelta(hours=1)
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


def find_opening(*, at: datetime) -> datetime:
    """Give the first instant at which people work anywhere in the works."""
    attended = WorkCentre.objects.filter(is_up=True, calendar__always_open=False)
    known = calendars.map_by_id()
    ids = attended.exclude(mode=WorkCentreMode.OUTSIDE).values_list("calendar_id")
    return min((known[key].next_open(at) for (key,) in ids.distinct()), default=at)


def simulate(
    *,
    begin: datetime,
    hours: int,
    seed: int,
    step: timedelta = STEP,
    is_calm: bool = False,
    on_step: OnStep | None = None,
) -> ShiftReport:
    """Let people, machines, customers and the office work for some hours.

    Parameters
    ----------
    begin
        Factory time at which the shift begins; it ends ``hours`` later.
    seed
        Fixes the people's and the disturbances' luck.
    step
        How often people look up from their work; what ends in between ends on time.
        Steps in which nothing can happen are passed over.
    is_calm
        Whether no disturbance strikes.
    on_step
        Called with each time at which somebody looked up; the caller may set the
        factory clock by it.

    Returns
    -------
    ShiftReport
        Counts of what was done, and when each disturbance struck.
    """
    rng = random.Random(seed)  # noqa: S311 -- a simulation, nothing secret
    crew = people.gather(rng=rng)
    crew.tablet = f"tablet {seed} {begin.isoformat()}"
    crew.luck = seed
    report = ShiftReport(begin=begin, end=begin + timedelta(hours=hours))
    waiting = {} if is_calm else _draw(rng, begin, hours)
    late_proof = rng.random()
    now = flow_at = office_at = floor_at = begin
    while now < report.end:
        before, now = now, now + step
        strikes = any(before < at <= now for at in waiting.values())
        if now < min(flow_at, office_at, floor_at, report.end) and not strikes:
            continue
        n_done = _count(crew, report)
        if now >= flow_at:
            _supply(crew, now)
            flow_at = now + FLOW_EVERY
        is_looked_at = now >= floor_at or strikes or _count(crew, report) != n_done
        is_idle = is_looked_at and _floor(crew, now)
        _strike(crew, waiting, report, now)
        n_mended = disturbances.lift_blocks(now=now)
        if now >= office_at:
            _office(crew, report, now, late_proof)
            office_at = now + OFFICE_EVERY
        if n_mended or _count(crew, report) != n_done:
            floor_at = now
        elif is_looked_at:
            floor_at = _look_again(crew, now) if is_idle else now
        if on_step is not None:
            on_step(now)
    report.done = crew.done
    report.n_open = disturbances.n_open()
    report.n_completed = WorkOrder.objects.filter(
        completed_at__gte=begin, completed_at__lte=report.end
    ).count()
    return report


def _draw(rng: random.Random, begin: datetime, hours: int) -> dict[str, datetime]:
    """Draw when each disturbance strikes, or begins to look out for an occasion."""
    hour_s = {True: 360, False: 2700}
    return {
        code: begin
        + timedelta(
            seconds=rng.randrange(hours * hour_s[code in disturbances.OCCASIONAL])
        )
        for code in disturbances.DISTURBANCES
    }


def _count(crew: Crew, report: ShiftReport) -> int:
    """Count what was done, but for what flow lines do whatever the floor does."""
    flowed = crew.done["units flowed"]
    return crew.done.total() - flowed + len(report.disturbances)


def _look_again(crew: Crew, now: datetime) -> datetime:
    """Say when an idle floor is worth another look; others may change it meanwhile."""
    latest = now + OFFICE_EVERY
    return moments.find_next(calendars=crew.calendars, now=now, latest=latest)


def _supply(crew: Crew, now: datetime) -> None:
    crew.done["lots released"] += lots.sweep(now=now)
    crew.done["supplies moved"] += supplying.supply(now=now)
    flow.replenish(now=now)
    crew.done["units flowed"] += flow.run_lines(now=now, known=crew.calendars)


def _floor(crew: Crew, now: datetime) -> bool:
    """Let people and machines work; say whether those that need nobody were idle."""
    n_orders = release.release_confirmed_orders(now=now).n_orders
    n_released = floor_release.release_to_floor(now=now)
    is_idle = driving.drive(now=now).is_idle
    crews.work(crew=crew, now=now)
    return is_idle and not n_orders and not n_released


def _strike(
    crew: Crew, waiting: dict[str, datetime], report: ShiftReport, now: datetime
) -> None:
    for code in [code for code, at in waiting.items() if at <= now]:
        if disturbances.DISTURBANCES[code](crew, now):
            report.disturbances[code] = now.isoformat()
            del waiting[code]


def _office(crew: Crew, report: ShiftReport, now: datetime, late_proof: float) -> None:
    """Let shops order, the office quote and ship, customers answer and pay."""
    crew.done["trade orders"] += trade.order_goods(rng=crew.rng, now=now)
    shortages.restock(now=now)
    crew.done["work orders resumed"] += shortages.receive_due(now=now)
    crew.done.update(office.work(now=now))
    crew.done["promises moved"] += outlooks.watch_promises(now=now)
    answered, is_late = office.answer_proofs(now=now, late_proof=late_proof)
    crew.done.update(answered)
    if is_late:
        report.disturbances.setdefault(LATE_APPROVAL, now.isoformat())
