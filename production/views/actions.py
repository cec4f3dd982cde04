"""What people do on the boards: each a form, each safe to send twice."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from configurator.selectors.roles import PLANNER
from configurator.services.errors import DomainError, NotFoundError
from production.models import Operation, Operator
from production.permissions import writers_for
from production.selectors import floor
from production.services import holds, jobs, lines
from production.services.inspections import MEASURED
from production.services.reports import Report
from production.views.access import check_here, roles_at
from production.views.requests import PageRequest

# Where forms are opened from, as the way back names it.
_PLACES = {
    "production:board": gettext_lazy("Back to the board %(code)s"),
    "production:line": gettext_lazy("Back to the line %(code)s"),
    "production:batch": gettext_lazy("Back to the batch %(number)s"),
    "production:work-order": gettext_lazy("Back to the work order %(number)s"),
    "production:station": gettext_lazy("Back to the station"),
}


def read_report(request: PageRequest) -> Report:
    """Make a report of a form; the form's own number makes a second click harmless."""
    good = request.POST.get("good", "")
    scrap = request.POST.get("scrap", "")
    return Report(
        now=request.now,
        actor=_actor(request),
        device=f"device:{request.device.pk}"
        if request.device
        else f"page:{request.user.pk}",
        nonce=request.POST.get("nonce", "")[:80] or None,
        operator_id=_operator_id(request),
        good=read_count(good, "good") if good else None,
        scrap=read_count(scrap, "scrap") if scrap else 0,
        reason=request.POST.get("reason", "")[:200],
        details=_read_details(request),
        may_plan=PLANNER in roles_at(request),
    )


def _read_details(request: PageRequest) -> dict[str, str]:
    """Read what only some forms ask for; what is empty was not said."""
    said = {
        "instead": request.POST.get("instead", ""),
        MEASURED: request.POST.get(MEASURED, "").strip()[:20],
    }
    return {name: text for name, text in said.items() if text}


def read_count(text: str, field: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    raise DomainError(_("A whole number of pieces is needed."), field=field)


def _actor(request: PageRequest) -> str:
    if request.device is None:
        return request.user.get_username()
    who = request.worker.code if request.worker else ""
    return f"{who} at {request.device.name}"


def _operator_id(request: PageRequest) -> int | None:
    if request.device is not None:
        return request.worker.pk if request.worker else None
    badge = request.POST.get("badge", "").strip()
    if not badge:
        own = Operator.objects.filter(user_id=request.user.pk or 0)
        return own.values_list("id", flat=True).first()
    found = Operator.objects.filter(badge=badge, is_active=True).first()
    found = found or Operator.objects.filter(code=badge, is_active=True).first()
    if found is None:
        text = _("No badge %(badge)s is known: scan it again, or write its number.")
        raise DomainError(text % {"badge": badge}, field="badge")
    return found.id


@require_POST
def work_order_action(request: PageRequest, number: str) -> HttpResponse:
    """Move a work order; add, drop and reorder its steps, say who does one."""
    action = request.POST.get("action", "")

    def effect() -> Any:
        given = read_report(request)
        if action in holds.MOVES:
            return holds.MOVES[action](number=number, report=given)
        if action == "add":
            return _add_step(request, number, given)
        step = read_count(request.POST.get("operation", ""), "operation")
        if action == "reorder":
            changes = {"predecessors": _sequences(request.POST.get("after", ""))}
            return jobs.change_operation(
                number=number, operation_id=step, changes=changes, report=given
            )
        if action == "assign":
            return jobs.assign_by_hand(
                number=number,
                operation_id=step,
                operator_code=request.POST.get("operator", ""),
                report=given,
            )
        if action == "drop":
            return jobs.drop_operation(number=number, operation_id=step, report=given)
        raise DomainError(_("There is no such action."), field="action")

    back = reverse("production:work-order", args=[number])
    return attempt(request, effect, back=back)


def _add_step(request: PageRequest, number: str, given: Report) -> Operation:
    """Add a step as the form describes it; without a place in the order it is last."""
    minutes = read_count(request.POST.get("minutes", ""), "minutes")
    after = request.POST.get("after", "").strip()
    name = request.POST.get("name", "").strip()
    if not name:
        raise DomainError(_("Give the step a name."), field="name")
    step = jobs.NewOperation(
        name=name[:120],
        work_centre=request.POST.get("work_centre", ""),
        run_s=60 * minutes,
        skill=request.POST.get("skill", ""),
        after=_sequences(after) if after else None,
    )
    return jobs.add_operation(number=number, operation=step, report=given)


def _sequences(text: str) -> list[int]:
    """Read the numbers of steps: "10, 20"."""
    parts = text.replace(",", " ").split()
    if all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        return [int(part) for part in parts]
    raise DomainError(
        _("Name the steps before by their numbers: 10, 20."), field="after"
    )


NOTHING_LAUNCHED = gettext_lazy(
    "Nothing was launched: the line is full, or nothing waits that has its materials."
)


@require_POST
def line_action(request: PageRequest, code: str) -> HttpResponse:
    """Start or stop the takt, launch, advance, and moves of single units."""
    action = request.POST.get("action", "")
    check_may(request, action)
    if request.device is not None:
        check_here(request, floor.get_line(code=code).work_centre_id)
    slot = request.POST.get("slot", "0")
    slot_id = int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 18 else 0

    def effect() -> Any:
        given = read_report(request)
        match action:
            case "run" | "stop":
                lines.set_running(code=code, is_running=action == "run", report=given)
            case "launch":
                if not lines.launch(code=code, report=given):
                    messages.info(request, NOTHING_LAUNCHED)
            case "advance":
                lines.advance(code=code, report=given)
            case "remove":
                lines.remove(code=code, slot_id=slot_id, report=given)
            case "reinsert":
                lines.reinsert(code=code, slot_id=slot_id, report=given)
            case "block" | "unblock":
                reason = given.reason or _("blocked at the line")
                lines.set_blocked(
                    code=code,
                    slot_id=slot_id,
                    reason=reason if action == "block" else "",
                    report=given,
                )
            case _:
                raise DomainError(_("There is no such action."), field="action")

    return attempt(request, effect, back=reverse("production:line", args=[code]))


def check_may(request: PageRequest, action: str) -> None:
    if not writers_for(action) & roles_at(request):
        raise PermissionDenied


def attempt(request: PageRequest, effect: Any, *, back: str) -> HttpResponse:
    """Do it and go back; what the domain refuses is told where the person stands."""
    try:
        effect()
    except NotFoundError:
        raise
    except DomainError as error:
        messages.error(request, error.message)
    return go_back(request, back)


def go_back(request: PageRequest, back: str) -> HttpResponse:
    """Go where the form says, if that is a page of ours, else to ``back``."""
    return redirect(find_way_back(request, back))


def find_way_back(request: PageRequest, back: str) -> str:
    """Give the page from which a form was opened, if it is ours, else ``back``."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if wanted.startswith("/") and is_ours else back


def way_back(request: PageRequest, back: str) -> dict[str, str]:
    """Give the page from which a form was opened, with a link's words that name it."""
    path = find_way_back(request, back)
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return {"back": path, "back_words": _("Back")}
    words = _PLACES.get(found.view_name, gettext_lazy("Back"))
    return {"back": path, "back_words": words % found.kwargs}
