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
from production.models import Line, LineKind
from production.services import boards, sequencing

LONGEST_S = 60
# So often the search asks whether somebody wants it to end.
LOOK_EVERY_S = 0.1
# A search whose worker has died is forgotten after its longest time and this.
GRACE_S = 60
KEPT_S = 3600
WAITING, SEARCHING = "WAITING", "SEARCHING"
UNDER_WAY = frozenset({WAITING, SEARCHING})


def claim_search(*, code: str, seconds: int) -> None:
    """Note that a line's queue is to be searched; one search at a time for a line."""
    line = _flexible(code)
    asked = {"state": WAITING, "seconds": _within(seconds), "moves": 0, "objective": []}
    if (cache.get(_key(code)) or {}).get("state") in UNDER_WAY:
        raise ConflictError(
            _("The queue of %(line)s is being searched already.") % {"line": code},
            extra={"legal_moves": ["stop"]},
        )
    cache.delete(_stop_key(code))
    cache.set(_key(code), asked, _within(seconds) + GRACE_S)
    boards.touch(work_centre_ids=[line.work_centre_id])


def stop_search(*, code: str) -> None:
    """Ask a search to end with the best that it has found."""
    line = _flexible(code)
    cache.set(_stop_key(code), True, LONGEST_S + GRACE_S)
    boards.touch(work_centre_ids=[line.work_centre_id])


def find_search(*, code: str) -> dict[str, Any]:
    """Give how far a line's search is, or what came of the latest; else nothing."""
    found: dict[str, Any] = cache.get(_key(code)) or {}
    return found


def search_line(
    *, code: str, seconds: int, now: datetime, clock_s: Callable[[], float]
) -> str:
    """Search for a better order of a line's queue, telling how far it is."""
    line = _flexible(code)
    watch = _Watch(line, _within(seconds), clock_s, looked_s=clock_s())
    watch.tell(SEARCHING, Progress(0, 0, ()))
    outcome = "FAILED"
    try:
        outcome = sequencing.search(
            line_id=line.id,
            now=now,
            budget=Budget(cpu_ms=watch.seconds * 1000),
            on_progress=lambda progress: watch.tell(SEARCHING, progress),
            should_stop=watch.should_stop,
        )
    finally:
        watch.tell(outcome, watch.latest, KEPT_S)
        cache.delete(_stop_key(code))
    return outcome


@dataclass(slots=True)
class _Watch:
    line: Line
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
        cache.set(_key(self.line.code), told, kept_s)
        boards.touch(work_centre_ids=[self.line.work_centre_id])

    def should_stop(self) -> bool:
        at_s = self.clock_s()
        if not self.is_stopped and at_s - self.looked_s >= LOOK_EVERY_S:
            self.looked_s = at_s
            self.is_stopped = bool(cache.get(_stop_key(self.line.code)))
        return self.is_stopped


def _within(seconds: int) -> int:
    return min(LONGEST_S, max(1, seconds))


def _flexible(code: str) -> Line:
    line = Line.objects.filter(code=code, kind=LineKind.FLEXIBLE).first()
    if line is None:
        raise NotFoundError(_("There is no flexible line %(code)s.") % {"code": code})
    return line


def _key(code: str) -> str:
    return f"planning:{code}"


def _stop_key(code: str) -> str:
    return f"planning:{code}:stop"
