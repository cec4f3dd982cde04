"""What went wrong with pieces: what waits for a decision, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from production.models import Nonconformance
from production.selectors import nonconformances as found
from production.services import dispositions
from production.services.lots import QUALITY
from production.states import Disposition, NonconformanceState
from production.views.access import skills_at
from production.views.actions import attempt, read_report
from production.views.cards import new_nonce, unit_card
from production.views.frame import ALL, frame, show_live
from production.views.requests import PageRequest
from production.views.words import centre_words, duration, local, pieces

SHOWN = 100
CLOSED_SHOWN = 20


@require_GET
def quality(request: PageRequest) -> HttpResponse:
    """Show what is open, what is decided and still to be closed, and the latest."""
    counts = found.count_by_state()
    shown = frame(request, section="quality")
    skills = skills_at(request)
    context = shown | {
        "title": _("Quality"),
        "figures": _figures(counts),
        "opened": _cards(
            found.list_nonconformances(state=NonconformanceState.OPEN)[:SHOWN],
            request.now,
        ),
        "decided": _cards(
            found.list_latest(state=NonconformanceState.DISPOSITIONED, limit=SHOWN),
            request.now,
        ),
        "closed": _cards(
            found.list_latest(state=NonconformanceState.CLOSED, limit=CLOSED_SHOWN),
            request.now,
        ),
        "decisions": [
            {"code": code, "label": label} for code, label in _decisions().items()
        ],
        "may_decide": shown["may_plan"]
        or (shown["may_report"] and (skills is None or QUALITY in skills)),
        "asks_badge": skills is None and not shown["may_plan"],
        "stream": ALL,
    }
    return show_live(request, "_quality.html", context)


def _figures(counts: Any) -> list[dict[str, Any]]:
    n_open = counts[NonconformanceState.OPEN]
    return [
        {
            "label": _("wait for a decision"),
            "value": n_open,
            "tone": "held" if n_open else "",
        },
        {
            "label": _("decided, to be closed"),
            "value": counts[NonconformanceState.DISPOSITIONED],
        },
        {"label": _("closed"), "value": counts[NonconformanceState.CLOSED]},
    ]


def _decisions() -> dict[str, str]:
    return {
        Disposition.USE_AS_IS: _("Use as it is"),
        Disposition.REWORK: _("Do again"),
        Disposition.SCRAP: _("Scrap"),
        Disposition.RETURN: _("Send back"),
    }


def _cards(rows: Sequence[Nonconformance] | Any, now: datetime) -> list[dict[str, Any]]:
    return [_card(row, now) for row in rows]


def _card(row: Nonconformance, now: datetime) -> dict[str, Any]:
    operation = row.operation
    centre = operation.work_centre if operation else None
    since = row.closed_at or row.decided_at or row.created_at
    return unit_card(row.work_order) | {
        "id": row.pk,
        "quantity": pieces(row.quantity),
        "reason": row.reason,
        "step": in_language(operation.name) or operation.code if operation else "",
        "centre": centre_words(centre) if centre else "",
        "disposition": _decisions().get(row.disposition, ""),
        "decision": row.decision,
        "reported_by": row.reported_by,
        "decided_by": row.decided_by,
        "since": local(since),
        "age": duration(max(0, int((now - row.created_at).total_seconds()))),
        "nonce": new_nonce(),
    }


@require_POST
def quality_action(request: PageRequest, nonconformance_id: int) -> HttpResponse:
    """Decide what becomes of the pieces, or close what has been done."""
    action = request.POST.get("action", "")

    def effect() -> Any:
        given = read_report(request)
        if action == "close":
            return dispositions.close(nonconformance_id=nonconformance_id, report=given)
        if action not in Disposition.values:
            raise DomainError(_("There is no such action."), field="action")
        return dispositions.dispose(
            nonconformance_id=nonconformance_id, disposition=action, report=given
        )

    return attempt(request, effect, back=reverse("production:quality"))
