"""The works as a promise sees them: places, people and stock behind what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from production.engine.ahead import Ahead, free_at, list_taken
from production.engine.calendar import Calendar
from production.engine.changeover import SetupMatrix
from production.engine.demand import Attributes, Basis
from production.engine.promise import Crew, OpenLoad, Place, Works
from production.models import (
    Batch,
    BatchMember,
    Line,
    LineSlot,
    WorkCentre,
    WorkOrder,
)
from production.selectors.calendars import map_calendars
from production.selectors.claims import Reserved, get_claims
from production.selectors.crews import map_people
from production.selectors.loads import ORIGIN, map_matrices
from production.selectors.outages import up_from
from production.selectors.supplies import Supplies, get_supplies
from production.selectors.waiting import but, find_work_s, list_waiting
from production.selectors.ways import Terms, get_terms
from production.states import (
    BatchState,
    MemberState,
    OperationKind,
    SlotState,
    WorkOrderState,
)

MASS_CUSTOMISATION = "MASS_CUSTOMISATION"
FILLING = (BatchState.PROPOSED, BatchState.OPEN)
CLOSED = (BatchState.FROZEN, BatchState.RELEASED, BatchState.CHANGEOVER)
_ACTIVE = Q(members__state=MemberState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Shop:
    """The works at one moment; ``answers`` remembers what was asked of it.

    ``states`` are the set-ups in which machines will be after what waits.
    """

    works: Works
    terms: Terms
    supplies: Supplies
    takt_ms: Mapping[str, int]
    matrices: Mapping[str, SetupMatrix]
    states: Mapping[str, Attributes]
    answers: dict[Any, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Centre:
    """A work centre while what stands before is being added up.

    What only waits (drying, fermenting) passes on the clock, all else in working time.
    """

    calendar: Calendar | None
    n_places: int
    state: Attributes
    up_from: datetime
    ahead: list[Ahead] = field(default_factory=list)
    coming: list[Ahead] = field(default_factory=list)
    on_clock_s: int = 0
    loads: list[OpenLoad] = field(default_factory=list)

    def change_to(self, setup: Attributes, matrix: SetupMatrix | None) -> int:
        """Give the seconds of set-up before this, and be in its state after it."""
        if not setup or matrix is None:
            return 0
        found = matrix.setup_between(self.state, setup)
        self.state = setup
        return found.internal_s

    def add(self, work_s: int, from_at: datetime, *, on_clock: bool) -> None:
        if on_clock:
            self.on_clock_s += work_s
        else:
            self.ahead.append(Ahead(work_s, from_at))

    def free_at(self, now: datetime) -> datetime:
        worked = free_at(
            self.ahead,
            now=max(now, self.up_from),
            calendar=self.calendar,
            n_places=self.n_places,
        )
        return max(worked, now + timedelta(seconds=self.on_clock_s // self.n_places))

    def place(self, now: datetime) -> Place:
        free = self.free_at(now)
        taken = list_taken(
            self.coming, now=free, calendar=self.calendar, n_places=self.n_places
        )
        return Place(free, self.calendar, tuple(self.loads), taken)


Centres = dict[str, Centre]
Matrices = Mapping[str, SetupMatrix]


def look(*, now: datetime, but_line: int | None = None) -> Shop | None:
    """Look at the works, in some fifteen queries; none where there are no works.

    What stands there for ``but_line`` is left out, as if it had not been ordered.
    """
    terms = get_terms(year=now.year)
    if terms is None:
        return None
    matrices = map_matrices()
    centres = _list_centres(now)
    claims = get_claims(now=now, but_line=but_line)
    _add_loads(centres, matrices, claims, now, but_line)
    waiting = _add_waiting(centres, matrices, now, but_line)
    takt_ms = _add_lines(centres, now, but_line)
    for code, each in claims.ahead:
        if code in centres:
            centres[code].ahead.append(each)
    return Shop(
        works=Works(
            places={code: each.place(now) for code, each in centres.items()},
            crews=_map_crews(waiting, now),
        ),
        terms=terms,
        supplies=get_supplies(now=now, taken=claims.goods, but_line=but_line),
        takt_ms=takt_ms,
        matrices=matrices,
        states={code: each.state for code, each in centres.items()},
    )


def _list_centres(now: datetime) -> Centres:
    rows = list(WorkCentre.objects.select_related("calendar"))
    calendars = map_calendars(codes={row.calendar.code for row in rows})
    return {
        row.code: Centre(
            calendars.get(row.calendar.code),
            row.n_places,
            row.setup_state or {},
            up_from(is_up=row.is_up, back_at=row.back_at, now=now),
        )
        for row in rows
    }


def _add_loads(
    centres: Centres,
    matrices: Matrices,
    claims: Reserved,
    now: datetime,
    but_line: int | None,
) -> None:
    """Stand behind the loads that are closed, then behind those that still fill.

    A load of nothing but what is left out will not be made.
    """
    left_out = _map_left_out(but_line)
    rows = (
        Batch.objects.filter(state__in=(*FILLING, *CLOSED, BatchState.RUNNING))
        .annotate(kind=Min("members__operation__kind", filter=_ACTIVE))
        .select_related("work_centre")
        .order_by("position", "id")
    )
    filling = []
    for batch in rows:
        if batch.pk in left_out:
            batch.load_milli -= left_out[batch.pk]
            if batch.load_milli <= 0:
                continue
        if batch.state in FILLING:
            filling.append(batch)
            continue
        centre = centres[batch.work_centre.code]
        setup_s = 0
        if batch.state != BatchState.RUNNING:
            matrix = matrices.get(batch.setup_matrix)
            setup_s = centre.change_to(batch.attributes, matrix)
        left_s = max(0, batch.run_s - _gone_s(batch.started_at, now))
        on_clock = batch.kind == OperationKind.DELAY
        centre.add(setup_s + left_s, now, on_clock=on_clock)
    for batch in sorted(filling, key=lambda each: (_closes_at(each, now), each.pk)):
        taken_milli = claims.load_milli.get(batch.number, 0)
        centre = centres[batch.work_centre.code]
        _stand_behind(centre, batch, matrices, taken_milli, now)


def _map_left_out(but_line: int | None) -> dict[int, int]:
    """Give by load what of it is left out."""
    if but_line is None:
        return {}
    members = BatchMember.objects.filter(
        state=MemberState.ACTIVE, operation__work_order__order_line=but_line
    )
    return dict(members.values_list("batch").annotate(Sum("load_milli")).order_by())


def _gone_s(started_at: datetime | None, now: datetime) -> int:
    return int((now - started_at).total_seconds()) if started_at else 0


def _closes_at(batch: Batch, now: datetime) -> datetime:
    """Say when time alone closes a load; without a time it is closed by hand, now."""
    at_s = batch.reasons.get("freeze_at_s")
    try:
        closes_at = ORIGIN + timedelta(seconds=int(at_s)) if at_s else now
    except OverflowError:
        closes_at = now
    return max(now, closes_at)


def _stand_behind(
    centre: Centre, batch: Batch, matrices: Matrices, taken_milli: int, now: datetime
) -> None:
    closes_at = _closes_at(batch, now)
    centre.loads.append(
        OpenLoad(
            number=batch.number,
            family=batch.batch_key,
            room_milli=max(0, batch.capacity_milli - batch.load_milli - taken_milli),
            closes_at=closes_at,
            begins_at=max(closes_at, centre.free_at(now)),
        )
    )
    setup_s = centre.change_to(batch.attributes, matrices.get(batch.setup_matrix))
    on_clock = batch.kind == OperationKind.DELAY  # type: ignore[attr-defined]
    centre.add(setup_s + batch.run_s, closes_at, on_clock=on_clock)


def _add_waiting(
    centres: Centres, matrices: Matrices, now: datetime, but_line: int | None
) -> dict[str, list[Ahead]]:
    """Stand behind what is in no load yet; gives the work by skill."""
    by_skill: dict[str, list[Ahead]] = defaultdict(list)
    for row in list_waiting(but_line=but_line):
        centre = centres[row["centre"]]
        setup = read_setup(row["setup_family"])
        work_s = find_work_s(row) + centre.change_to(
            setup, matrices.get(row["setup_matrix"])
        )
        is_delay = row["basis"] == Basis.DELAY
        from_at = max(now, row["latest_release_at"]) if row["is_planned"] else now
        if row["away_s"]:
            there_at = from_at + timedelta(seconds=row["away_s"])
            centre.coming.append(Ahead(work_s, there_at, on_clock=is_delay))
        else:
            centre.add(work_s, from_at, on_clock=is_delay)
        if row["skill"] and not is_delay:
            by_skill[row["skill"]].append(Ahead(work_s, from_at))
    return by_skill


def read_setup(family: str) -> dict[str, str | int]:
    """Read a set-up family, "k=v|k=v", into the attributes it was made of."""
    pairs = (part.partition("=") for part in family.split("|") if "=" in part)
    return {
        name: int(value) if value.isdecimal() else value for name, _is, value in pairs
    }


def _add_lines(centres: Centres, now: datetime, but_line: int | None) -> dict[str, int]:
    """Stand in the queues of the flexible lines, a takt for each unit."""
    lines = {
        line.code: line for line in Line.objects.select_related("work_centre__calendar")
    }
    for code, line in lines.items():
        if code not in centres:
            centre = centres[line.work_centre.code]
            centres[code] = Centre(centre.calendar, 1, {}, centre.up_from)
    for code, is_planned, n_units, release_at in _line_queues(but_line):
        work_s = -(-n_units * lines[code].takt_ms // 1000)
        from_at = max(now, release_at) if is_planned else now
        centres[code].add(work_s, from_at, on_clock=False)
    return {code: line.takt_ms for code, line in lines.items()}


def _line_queues(but_line: int | None) -> list[tuple[str, bool, int, datetime]]:
    """Count units by line; those blocked for a material let newcomers pass."""
    aside = LineSlot.objects.filter(state=SlotState.SEQUENCED).exclude(
        blocked_reason=""
    )
    return list(
        WorkOrder.objects.filter(
            but("order_line", but_line),
            line__isnull=False,
            method=MASS_CUSTOMISATION,
            state__in=(WorkOrderState.PLANNED, WorkOrderState.RELEASED),
        )
        .exclude(slot__in=aside)
        .order_by("line__code")
        .annotate(is_planned=Q(state=WorkOrderState.PLANNED))
        .values_list("line__code", "is_planned")
        .annotate(Count("id"), Max("release_at"))
    )


def _map_crews(
    waiting: Mapping[str, Sequence[Ahead]], now: datetime
) -> dict[str, Crew]:
    """Share what waits for a skill among those who have it."""
    found = {}
    for skill, calendars in map_people(now=now).items():
        ahead, n_people = waiting.get(skill, ()), len(calendars)
        free = min(
            free_at(ahead, now=now, calendar=each, n_places=n_people)
            for each in calendars
        )
        found[skill] = Crew(free, tuple(calendars))
    return found
