"""Searches that a planner asks for: begun, watched, stopped, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from production.engine.budget import Budget, Progress
from production.models import Line, LineKind, WorkCentre
from production.services import boards, changeovers, sequencing, staffing

LONGEST_S = 60
# So often the search asks whether somebody wants it to end.
LOOK_EVERY_S = 0.1
# A search whose worker has died is forgotten after its longest time and this.
GRACE_S = 60
KEPT_S = 3600
PEOPLE = "PEOPLE"
WAITING, SEARCHING = "WAITING", "SEARCHING"
UNDER_WAY = frozenset({WAITING, SEARCHING})


@dataclass(frozen=True, slots=True)
class _Place:
    """What is searched: a flexible line, a machine's loads, or who does what."""

    code: str
    work_centre_id: int | None = None
    line_id: int | None = None

    def touch(self) -> None:
        ids = [] if self.work_centre_id is None else [self.work_centre_id]
        boards.touch(work_centre_ids=ids)


def claim_search(*, code: str, seconds: int) -> None:
    """Note that a queue is to be searched; one search at a time for a place."""
    place = _place(code)
    asked = {"state": WAITING, "seconds": _within(seconds), "moves": 0, "objective": []}
    if (cache.get(_key(code)) or {}).get("state") in UNDER_WAY:
        raise ConflictError(
            _("The queue of %(place)s is being searched already.") % {"place": code},
            extra={"legal_moves": ["stop"]},
        )
    cache.delete(_stop_key(code))
    cache.set(_key(code), asked, _within(seconds) + GRACE_S)
    place.touch()


def stop_search(*, code: str) -> None:
    """Ask a search to end with the best that it has found."""
    place = _place(code)
    cache.set(_stop_key(code), True, LONGEST_S + GRACE_S)
    place.touch()


def find_search(*, code: str) -> dict[str, Any]:
    """Give how far a place's search is, or what came of the latest; else nothing."""
    found: dict[str, Any] = cache.get(_key(code)) or {}
    return found


def search_queue(
    *, code: str, seconds: int, now: datetime, clock_s: Callable[[], float]
) -> str:
    """Search for a better order of a place's queue, telling how far it is.

    A line's queue is its units; that of ``PEOPLE`` the bespoke steps that nobody has
    begun; elsewhere it is the loads that wait for the machine, ordered by what is
    late and by the changeovers between them.
    """
    place = _place(code)
    watch = _Watch(place, _within(seconds), clock_s, looked_s=clock_s())
    watch.tell(SEARCHING, Progress(0, 0, ()))
    outcome = "FAILED"
    how: dict[str, Any] = {
        "now": now,
        "budget": Budget(cpu_ms=watch.seconds * 1000),
        "on_progress": lambda progress: watch.tell(SEARCHING, progress),
        "should_stop": watch.should_stop,
    }
    try:
        if place.line_id is not None:
            outcome = sequencing.search(line_id=place.line_id, **how)
        elif place.work_centre_id is None:
            outcome = staffing.search(**how)
        else:
            outcome = changeovers.search(work_centre_id=place.work_centre_id, **how)
    finally:
        watch.tell(outcome, watch.latest, KEPT_S)
        cache.delete(_stop_key(code))
    return outcome


@dataclass(slots=True)
class _Watch:
    place: _Place
    seconds: int
    clock_s: Callable[[], float]
    looked_s: float
    latest: Progress = field(default_factory=lambda: Progress(0, 0, ()))
    is_stopped: bool = False

    def tell(
        self, state: str, progress: Progress, kept_s: int = LONGEST_S + GRACE_S
    ) -> None:
        self.latest = progress
        told = {
            "state": state,
            "seconds": self.seconds,
            "searched_s": progress.cpu_ms // 1000,
            "moves": progress.moves,
            "objective": list(progress.objective),
        }
        cache.set(_key(self.place.code), told, kept_s)
        self.place.touch()

    def should_stop(self) -> bool:
        at_s = self.clock_s()
        if not self.is_stopped and at_s - self.looked_s >= LOOK_EVERY_S:
            self.looked_s = at_s
            self.is_stopped = bool(cache.get(_stop_key(self.place.code)))
        return self.is_stopped


def _within(seconds: int) -> int:
    return min(LONGEST_S, max(1, seconds))


def _place(code: str) -> _Place:
    """Find the flexible line of this code, or the work centre with loads."""
    if code == PEOPLE:
        return _Place(PEOPLE)
    lines = Line.objects.filter(code=code, kind=LineKind.FLEXIBLE)
    found = lines.values_list("id", "work_centre_id").first()
    if found is not None:
        return _Place(code, found[1], found[0])
    centre = WorkCentre.objects.filter(code=code, line=None).first()
    if centre is None:
        raise NotFoundError(
            _("There is no flexible line or work centre %(code)s.") % {"code": code}
        )
    return _Place(code, centre.id)


def _key(code: str) -> str:
    return f"planning:{code}"


def _stop_key(code: str) -> str:
    return f"planning:{code}:stop"
