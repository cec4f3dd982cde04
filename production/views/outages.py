"""A machine is down, or runs again: told where its work is waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configurator.selectors.times import local, written_time
from configurator.services.errors import DomainError
from production.models import WorkCentre
from production.permissions import PLANNERS, REPORTERS
from production.selectors import floor
from production.selectors.outages import FARTHEST, find_since, find_told, known_back
from production.services import outages
from production.views.access import check_here, roles_at, skills_at
from production.views.actions import go_back, read_report, way_back
from production.views.cards import is_able, new_nonce
from production.views.frame import frame
from production.views.reports import form_field
from production.views.requests import PageRequest
from production.views.words import centre_words
from production.views.words import local as local_words


def outage_card(request: PageRequest, centre: WorkCentre) -> dict[str, Any]:
    """Give how a work centre stands, and what whoever looks may say of it."""
    return {
        "is_down": not centre.is_up,
        "words": "" if centre.is_up else _down_words(centre, request.now),
        "url": reverse("production:outage", args=[centre.code])
        if _may_tell(request, centre)
        else "",
        "nonce": new_nonce(),
    }


def _may_tell(request: PageRequest, centre: WorkCentre) -> bool:
    """Let planners say it, and whoever may work there."""
    roles = roles_at(request)
    skill = centre.skill.code if centre.skill else ""
    is_at_work = bool(roles & REPORTERS) and is_able(skill, skills_at(request))
    return bool(roles & PLANNERS) or is_at_work


def _down_words(centre: WorkCentre, now: datetime) -> str:
    """Say that a work centre stands, why, and until when if anybody knows."""
    back_at = known_back(back_at=centre.back_at, now=now)
    text = _("This work centre is down. Its work waits or goes elsewhere.")
    if back_at is not None:
        text = _("This work centre is down; expected back %(back)s. Its work waits.")
        text = text % {"back": written_time(back_at, now=now)}
    since = find_since(work_centre=centre)
    if since is not None:
        text += " " + _("It went down %(at)s.") % {"at": local_words(since)}
    told = find_told(work_centre=centre)
    if told is None:
        return text
    why = _("Told by %(who)s, %(at)s: %(reason)s")
    values = {"who": told.actor, "at": local_words(told.at), "reason": told.reason}
    return f"{text} {why % values}"


@require_http_methods(["GET", "POST"])
def outage(request: PageRequest, code: str) -> HttpResponse:
    """Ask why a work centre is down and until when, or let it run again."""
    centre = floor.get_work_centre(code=code)
    check_here(request, centre.id)
    if not _may_tell(request, centre):
        raise PermissionDenied
    if request.method != "POST":
        return _show_form(request, centre)
    try:
        _tell(request, centre)
    except DomainError as error:
        return _show_form(request, centre, error)
    return go_back(request, reverse("production:board", args=[code]))


def _tell(request: PageRequest, centre: WorkCentre) -> None:
    report = read_report(request)
    match request.POST.get("action", ""):
        case "up":
            report = replace(report, reason="")  # which was why it stood
            outages.tell(work_centre_id=centre.id, is_up=True, report=report)
        case "down":
            back_at = _read_back(request.POST.get("back_at", ""), request.now)
            if not report.reason.strip():
                raise DomainError(_("Say what is wrong with it."), field="reason")
            outages.tell(
                work_centre_id=centre.id, is_up=False, back_at=back_at, report=report
            )
        case _:
            raise DomainError(_("There is no such action."), field="action")


def _read_back(text: str, now: datetime) -> datetime | None:
    """Read a time to come, by the clocks of the works; nothing where nobody knows."""
    if not text.strip():
        return None
    try:
        told = datetime.fromisoformat(text.strip())
        if told.tzinfo is None:
            told = told.replace(tzinfo=ZoneInfo(settings.SHOP_TIME_ZONE))
        is_to_come = now < told < now + FARTHEST
    except (ValueError, OverflowError):
        is_to_come = False
    if not is_to_come:
        raise DomainError(
            _("Give a time to come, or none if nobody knows it."), field="back_at"
        )
    return told


def _show_form(
    request: PageRequest, centre: WorkCentre, error: DomainError | None = None
) -> HttpResponse:
    labels = {"reason": _("What is wrong"), "back_at": _("Expected back")}
    told = None if centre.is_up else find_told(work_centre=centre)
    back_at = known_back(back_at=centre.back_at, now=request.now)
    known = {
        "reason": told.reason if told else "",
        "back_at": f"{local(back_at):%Y-%m-%dT%H:%M}" if back_at else "",
    }
    wrong = error.field if error and error.field in labels else ""
    context = frame(request, section="boards") | {
        "title": _("Tell that it is down") if centre.is_up else _("It is down"),
        "refusals": [] if centre.is_up else [_down_words(centre, request.now)],
        "name": centre_words(centre),
        "address": reverse("production:outage", args=[centre.code]),
        **way_back(request, reverse("production:board", args=[centre.code])),
        "nonce": request.POST.get("nonce") or new_nonce(),
        "error": error.message if error and not wrong else "",
        "fields": [
            form_field(
                name=name,
                label=label,
                value=request.POST.get(name, known[name]),
                error=error.message if error and name == wrong else "",
                hint=_("Empty if nobody knows.") if name == "back_at" else "",
            )
            for name, label in labels.items()
        ],
        "actions": _offers(is_up=centre.is_up),
    }
    status = error.status if error else 200
    return render(request, "production/report.html", context, status=status)


def _offers(*, is_up: bool) -> list[dict[str, Any]]:
    """Offer to say that it is down; of what is down, to tell more, or that it runs.

    The return key takes the first, and is not to start what still stands.
    """
    if is_up:
        return [{"code": "down", "label": _("Machine is down"), "is_danger": True}]
    return [
        {"code": "down", "label": _("Save reason and time")},
        {"code": "up", "label": _("Runs again"), "is_primary": True},
    ]
