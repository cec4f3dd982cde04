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
FLOWED = "units flowed"
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
    found = (known[key].find_opening(at) for (key,) in ids.distinct())
    return min((each for each in found if each is not None), default=at)


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
    shift = _Shift(crew, report, waiting, rng.random(), begin, begin, begin)
    now = begin
    while now < report.end:
        now += step
        if shift.has_struck(now, since=now - step) or now >= shift.due_at:
            shift.look(now)
            if on_step is not None:
                on_step(now)
    report.done = crew.done
    report.n_open = disturbances.n_open()
    report.n_completed = WorkOrder.objects.filter(
        completed_at__gte=begin, completed_at__lte=report.end
    ).count()
    return report


def pass_closed(*, begin: datetime, end: datetime, on_step: OnStep) -> None:
    """Let what needs nobody go on while all is closed, with nobody there."""
    known = calendars.map_by_id()
    now = begin
    while now < end:
        release.release_confirmed_orders(now=now)
        floor_release.release_to_floor(now=now)
        is_idle = driving.drive(now=now).is_idle
        on_step(now)
        latest = min(end, now + OFFICE_EVERY)
        at = moments.find_next(calendars=known, now=now, latest=latest)
        now = max(now + STEP, at) if is_idle else now + STEP


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


@dataclass(slots=True)
class _Shift:
    """A shift under way, and when each part of the works is looked at again."""

    crew: Crew
    report: ShiftReport
    waiting: dict[str, datetime]
    late_proof: float
    flow_at: datetime
    office_at: datetime
    floor_at: datetime

    @property
    def due_at(self) -> datetime:
        return min(self.flow_at, self.office_at, self.floor_at, self.report.end)

    @property
    def n_done(self) -> int:
        """Count what was done, but for what flow lines do whatever the floor does."""
        done = self.crew.done
        return done.total() - done[FLOWED] + len(self.report.disturbances)

    def has_struck(self, now: datetime, *, since: datetime) -> bool:
        """Say whether a disturbance began to wait for its occasion."""
        return any(since < at <= now for at in self.waiting.values())

    def look(self, now: datetime) -> None:
        """Do what is due; an idle floor is looked at when time may have changed it."""
        n_done = self.n_done
        if now >= self.flow_at:
            self.supply(now)
            self.flow_at = now + FLOW_EVERY
        is_due = now >= self.floor_at or self.n_done != n_done
        is_idle = is_due and self.work(now)
        n_mended = self.strike(now)
        if now >= self.office_at:
            self.run_office(now)
            self.office_at = now + OFFICE_EVERY
        if n_mended or self.n_done != n_done:
            self.floor_at = now
        elif is_due:
            self.floor_at = self.find_next(now) if is_idle else now

    def find_next(self, now: datetime) -> datetime:
        """Say when an idle floor is worth another look; others may change it too."""
        known, latest = self.crew.calendars, now + OFFICE_EVERY
        return moments.find_next(calendars=known, now=now, latest=latest)

    def supply(self, now: datetime) -> None:
        """Take in lots and deliveries, and let the flow lines run."""
        done = self.crew.done
        done["lots released"] += lots.sweep(now=now)
        done["supplies moved"] += supplying.supply(now=now)
        flow.replenish(now=now)
        done[FLOWED] += flow.run_lines(now=now, known=self.crew.calendars)

    def work(self, now: datetime) -> bool:
        """Let people and machines work; say if all that needs nobody was idle."""
        n_orders = release.release_confirmed_orders(now=now).n_orders
        n_released = floor_release.release_to_floor(now=now)
        is_idle = driving.drive(now=now).is_idle
        crews.work(crew=self.crew, now=now)
        return is_idle and not n_orders and not n_released

    def strike(self, now: datetime) -> int:
        """Let what can go wrong do so, and mend what is blocked; give how much."""
        for code in [code for code, at in self.waiting.items() if at <= now]:
            if disturbances.DISTURBANCES[code](self.crew, now):
                self.report.disturbances[code] = now.isoformat()
                del self.waiting[code]
        return disturbances.lift_blocks(now=now)

    def run_office(self, now: datetime) -> None:
        """Let shops order, the office quote and ship, customers answer and pay."""
        done = self.crew.done
        done["trade orders"] += trade.order_goods(rng=self.crew.rng, now=now)
        shortages.restock(now=now)
        done["work orders resumed"] += shortages.receive_due(now=now)
        done.update(office.work(now=now))
        done["promises moved"] += outlooks.watch_promises(now=now)
        answered, is_late = office.answer_proofs(now=now, late_proof=self.late_proof)
        done.update(answered)
        if is_late:
            self.report.disturbances.setdefault(LATE_APPROVAL, now.isoformat())
