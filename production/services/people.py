"""Simulated people: who is on shift, who can do what, who has their hands full."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from configurator.selectors.times import local
from production.engine.calendar import Calendar
from production.models import Operation, Operator
from production.selectors import calendars
from production.services import repairs
from production.services.reports import Report
from production.states import OperationState


@dataclass(frozen=True, slots=True)
class Person:
    """One operator as the simulation sees them."""

    id: int
    code: str
    skills: frozenset[str]
    calendar_id: int | None
    absences: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Crew:
    """The people of the works with their luck.

    ``extra_scrap`` waits for its batch; ``reprinted`` are the work orders that a
    clogged print head has spoilt so far.
    """

    rng: random.Random
    people: Mapping[int, Person] = field(default_factory=dict)
    calendars: Mapping[int, Calendar] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    extra_scrap: int = 0
    reprinted: set[int] = field(default_factory=set)
    repair_loops: Mapping[str, repairs.Loop] = field(default_factory=dict)
    # The device that their scans come from, each with a number of its own.
    tablet: str = "shift"
    n_scans: int = 0
    luck: int = 0
    free: set[int] = field(default_factory=set)

    def next_nonce(self) -> str:
        self.n_scans += 1
        return f"{self.n_scans}"

    def is_open(self, calendar_id: int, now: datetime) -> bool:
        return self.calendars[calendar_id].is_open(now)

    def come_to_work(self, now: datetime) -> None:
        """Note who is on shift and has nothing in hand."""
        day = local(now).date().isoformat()
        busy = set(
            Operation.objects.filter(
                state=OperationState.RUNNING,
                station="",
                is_attended=True,
                operator__isnull=False,
            ).values_list("operator_id", flat=True)
        )
        self.free = {
            person.id
            for person in self.people.values()
            if person.id not in busy
            and not any(first <= day <= last for first, last in person.absences)
            and (person.calendar_id is None or self.is_open(person.calendar_id, now))
        }

    def find(self, skill: str) -> int | None:
        """Give somebody free with a skill, the one who can do the least else."""
        able = [p for p in map(self.people.__getitem__, self.free) if skill in p.skills]
        best = min(able, key=lambda p: (len(p.skills), p.code), default=None)
        return best.id if best else None

    def has_anybody(self, skill: str) -> bool:
        return any(skill in person.skills for person in self.people.values())


def gather(*, rng: random.Random) -> Crew:
    """Bring the people and the calendars together."""
    return Crew(
        rng=rng,
        people=list_people(),
        calendars=calendars.map_by_id(),
        repair_loops=repairs.map_loops(),
    )


def list_people() -> Mapping[int, Person]:
    """Learn who can do what and when; after an absence is noted, learn it anew."""
    return {
        row.id: Person(
            id=row.id,
            code=row.code,
            skills=frozenset(skill.code for skill in row.skills.all()),
            calendar_id=row.calendar_id,
            absences=tuple((first, last) for first, last in row.absences),
        )
        for row in Operator.objects.filter(is_active=True).prefetch_related("skills")
    }


def report(
    now: datetime,
    *,
    operator_id: int | None = None,
    scrap: int = 0,
    reason: str = "",
    device: str = "",
    nonce: str | None = None,
) -> Report:
    return Report(
        now=now,
        actor="shift",
        device=device,
        nonce=nonce,
        operator_id=operator_id,
        scrap=scrap,
        reason=reason,
        is_automatic=True,
    )
