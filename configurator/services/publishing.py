"""Examining and publishing by a worker: asked for, carried out, continued.

What is to be done stands in the release's row; a message only wakes a worker. The row
is claimed by a conditional update, so two workers never do the same, and one that has
not been seen for two minutes is taken for dead and another one begins anew. What is on
sale stays as it is until the very end, and for good if anything fails.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from configurator.models import CatalogueRelease
from configurator.selectors.times import local
from configurator.services.catalogue import (
    UNDER_EXAMINATION,
    publish_release,
    validate_release,
)
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import illegal
from configurator.states import (
    PUBLISHED_RELEASE_STATES,
    RELEASE_MOVES,
    ExaminationGoal,
    ExaminationState,
    ReleaseState,
)

LEASE = timedelta(minutes=2)
PATIENCE = timedelta(seconds=5)
TELL_EVERY = timedelta(milliseconds=500)
MOST_ATTEMPTS = 3
MOST_PROBLEMS = 100
Clock = Callable[[], datetime]
# Where each phase begins and ends, in percent; all others are ways of compiling.
PHASES = {"read": (0, 5), "lint": (60, 90), "compare": (90, 99)}
COMPILING = (5, 60)


class BusyError(ConflictError):
    """The release is being examined already."""

    code = "BUSY"


def ask_for_examination(
    *, release_id: int, goal: str, real_now: datetime
) -> CatalogueRelease:
    """Let a worker examine a release, or publish it; the caller wakes one.

    ``real_now`` is the time of the world outside: workers are watched by it.
    """
    release = CatalogueRelease.objects.filter(pk=release_id).first()
    if release is None:
        raise NotFoundError(_("There is no release %(id)s.") % {"id": release_id})
    _check_goal(release, goal)
    n_asked = (
        CatalogueRelease.objects.filter(pk=release_id, state=release.state)
        .exclude(examination__in=UNDER_EXAMINATION)
        .update(
            examination=ExaminationState.WAITING,
            examination_goal=goal,
            examination_phase="",
            examination_percent=0,
            examination_attempt=0,
            examination_asked_at=real_now,
            examination_seen_at=None,
            problems=[],
        )
    )
    if n_asked == 0:
        text = _("%(release)s is being examined already.")
        raise BusyError(text % {"release": release})
    release.refresh_from_db()
    return release


def _check_goal(release: CatalogueRelease, goal: str) -> None:
    """Refuse what is out already; one that is scheduled is put on sale at once."""
    if release.state in (ReleaseState.DRAFT, ReleaseState.VALIDATED):
        return
    is_for_sale = goal == ExaminationGoal.PUBLISH
    to = ReleaseState.ACTIVE if is_for_sale else ReleaseState.VALIDATED
    raise illegal(what=str(release), from_=release.state, to=to, moves=RELEASE_MOVES)


def carry_out(*, release_id: int, now: datetime, clock: Clock) -> bool:
    """Do what was asked for; False where there is nothing to do, or another does it.

    Parameters
    ----------
    now
        The factory's time, at which the release goes on sale.
    clock
        Tells the time of the world outside, by which workers are watched.
    """
    claim = _claim(release_id, clock)
    if claim is None:
        return False
    try:
        _do(claim, now=now)
    except _OvertakenError:
        return False
    except DomainError as error:
        claim.finish_with(error)
    except Exception:
        text = _("It failed for a reason that only the log tells.")
        claim.finish(ExaminationState.FAILED, [_problem("failed", text)])
        raise
    else:
        claim.finish(ExaminationState.DONE)
    return True


def list_left_behind(*, real_now: datetime) -> list[int]:
    """List releases that wait for a worker, or whose worker has died.

    One that was asked for this very moment is left to the worker that was woken.
    """
    waiting = Q(
        examination=ExaminationState.WAITING,
        examination_asked_at__lte=real_now - PATIENCE,
    )
    return list(
        CatalogueRelease.objects.filter(waiting | _is_dead(real_now))
        .order_by("examination_asked_at", "pk")
        .values_list("pk", flat=True)
    )


def _is_dead(real_now: datetime) -> Q:
    return Q(
        examination=ExaminationState.RUNNING,
        examination_seen_at__lt=real_now - LEASE,
    )


def _do(claim: "_Claim", *, now: datetime) -> None:
    release = claim.release
    if release.state in PUBLISHED_RELEASE_STATES:
        return  # the worker before died after its work was done
    if release.examination_attempt > MOST_ATTEMPTS:
        text = _("It was begun %(n)s times, and each time the worker died.")
        raise DomainError(text % {"n": MOST_ATTEMPTS}, code="interrupted")
    if release.examination_goal == ExaminationGoal.VALIDATE:
        validate_release(
            release_id=release.pk, today=local(now).date(), on_progress=claim.tell
        )
    else:
        publish_release(release_id=release.pk, now=now, on_progress=claim.tell)


class _OvertakenError(Exception):
    """Another worker took this one for dead and goes on in its place."""


@dataclass(slots=True)
class _Claim:
    """One worker's hold on a release; every write asks whether it still is its own."""

    release: CatalogueRelease
    clock: Clock
    told_at: datetime
    phase: str = field(default="")
    percent: int = 0

    def tell(self, phase: str, share: float) -> None:
        """Write how far the work is, twice a second at the most."""
        at = self.clock()
        if phase == self.phase and at - self.told_at < TELL_EVERY:
            return
        self.phase, self.told_at = phase, at
        start, end = PHASES.get(phase, COMPILING)
        reached = start + int((end - start) * min(max(share, 0.0), 1.0))
        self.percent = max(self.percent, reached)  # a second try begins anew
        self._write(
            examination_phase=phase if phase in PHASES else "compile",
            examination_percent=self.percent,
            examination_seen_at=at,
        )

    def finish(self, state: str, problems: list[dict[str, Any]] | None = None) -> None:
        """Say how it ended."""
        self._write(
            examination=state,
            examination_percent=100,
            examination_seen_at=self.clock(),
            problems=problems or [],
        )

    def finish_with(self, error: DomainError) -> None:
        """Say why it failed, unless another worker had already published it."""
        self.release.refresh_from_db()
        is_out = self.release.state in PUBLISHED_RELEASE_STATES
        if is_out and self.release.examination_goal == ExaminationGoal.PUBLISH:
            self.finish(ExaminationState.DONE)
            return
        problems = [
            _problem(each.code, each.message, each.field or "")
            for each in error.problems[:MOST_PROBLEMS]
        ]
        self.finish(ExaminationState.FAILED, problems)

    def _write(self, **columns: Any) -> None:
        mine = CatalogueRelease.objects.filter(
            pk=self.release.pk,
            examination=ExaminationState.RUNNING,
            examination_attempt=self.release.examination_attempt,
            examination_asked_at=self.release.examination_asked_at,
        )
        if mine.update(**columns) == 0:
            raise _OvertakenError


def _problem(code: str, message: str, field_: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "field": field_}


def _claim(release_id: int, clock: Clock) -> _Claim | None:
    at = clock()
    waiting = Q(examination=ExaminationState.WAITING)
    with transaction.atomic():
        n_claimed = (
            CatalogueRelease.objects.filter(pk=release_id)
            .filter(waiting | _is_dead(at))
            .update(
                examination=ExaminationState.RUNNING,
                examination_attempt=F("examination_attempt") + 1,
                examination_phase="",
                examination_percent=0,
                examination_seen_at=at,
            )
        )
        if n_claimed == 0:
            return None
        release = CatalogueRelease.objects.select_related("product").get(pk=release_id)
    return _Claim(release, clock, at)
