"""What is reported on one operation: from its card, or on a form that asks more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from configurator.selectors.words import in_language
from configurator.services.errors import DomainError, NotFoundError
from production.models import Operation
from production.selectors.wording import inspection_words
from production.services import handing_on, operations
from production.services.inspections import MEASURED
from production.services.steps import in_hand
from production.states import OPERATION_MOVES
from production.views.access import check_here
from production.views.actions import go_back, read_report, way_back
from production.views.cards import new_nonce
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import pieces

# What the form offers, the most likely first.
REPORTED = {
    "finish": gettext_lazy("Done"),
    "count": gettext_lazy("Count as good, go on"),
    "rework": gettext_lazy("Rework"),
    "inspect": gettext_lazy("Inspect"),
    "reject": gettext_lazy("Set aside for quality"),
    "scrap": gettext_lazy("Scrap"),
    "block": gettext_lazy("Block"),
}
DANGEROUS = frozenset({"scrap", "block"})
FIELDS = {
    "good": gettext_lazy("Pieces (good, to rework, or set aside)"),
    "scrap": gettext_lazy("Scrap (pieces)"),
    MEASURED: gettext_lazy("Measured"),
    "reason": gettext_lazy("Reason"),
    "badge": gettext_lazy("Badge"),
}
# A person is named by a badge; of the domain's errors they are the operator.
FIELD_OF_ERROR = {name: name for name in FIELDS} | {"operator": "badge"}
# Where none of these is offered, nobody asks how many.
COUNTED = frozenset({"finish", "count", "rework", "reject", "scrap"})
LIMITS = {"reason": 200, MEASURED: 20}
KEYBOARDS = {
    **dict.fromkeys(("good", "scrap", "scrap_of"), "numeric"),
    MEASURED: "decimal",
}


@require_http_methods(["GET", "POST"])
def operation_action(request: PageRequest, operation_id: int) -> HttpResponse:
    """Start, pause, resume, finish, unblock or undo from a board.

    What was refused there is opened anew as a form of its own.
    """
    if request.method == "GET":
        return redirect("production:report", operation_id)
    action = request.POST.get("action", "")
    operation = _get_operation(operation_id)
    check_here(request, operation.work_centre_id)
    if action not in operations.ACTIONS:
        raise DomainError(_("There is no such action."), field="action")
    error = _perform(request, operation, action)
    if error is None:
        return go_back(request, _board_of(operation))
    if action in REPORTED and error.field in FIELD_OF_ERROR:
        return _show_form(request, operation, error)
    messages.error(request, error.message)
    return go_back(request, _board_of(operation))


@require_http_methods(["GET", "POST"])
def report(request: PageRequest, operation_id: int) -> HttpResponse:
    """Ask for numbers and a reason: scrap, rework, a look, a block, or a finish."""
    operation = _get_operation(operation_id)
    check_here(request, operation.work_centre_id)
    action = request.POST.get("action", "")
    if action not in REPORTED:
        return _show_form(request, operation)
    error = _perform(request, operation, action)
    if error is not None:
        return _show_form(request, operation, error)
    return go_back(request, _board_of(operation))


def _perform(
    request: PageRequest, operation: Operation, action: str
) -> DomainError | None:
    """Do it; what the domain refuses is given back."""
    try:
        given = read_report(request)
        operations.perform(operation_id=operation.id, action=action, report=given)
    except NotFoundError:
        raise
    except DomainError as error:
        return error
    return None


def _show_form(
    request: PageRequest, operation: Operation, error: DomainError | None = None
) -> HttpResponse:
    """Show the form; a refused one as it was sent, with the reason at its field."""
    hints = {MEASURED: inspection_words(operation.inspection)}
    offered, refusals = _offers(operation)
    unasked = {"badge"} if request.device else set()
    is_counted = bool(COUNTED & {action["code"] for action in offered})
    if not is_counted:
        unasked |= {"good", "scrap", MEASURED}
    elif "finish" in {action["code"] for action in offered}:
        hints["good"] = _say_what_done_takes(operation)
    asked = {
        name: str(label)
        for name, label in FIELDS.items()
        if name not in unasked and (name != MEASURED or hints[MEASURED])
    }
    context = frame(request, section="") | {
        "title": operation.work_order.number,
        "name": in_language(operation.name),
        "open": _open_words(operation) if is_counted else "",
        "address": reverse("production:report", args=[operation.id]),
        **way_back(request, _board_of(operation)),
        **as_sent(request, asked, error=error, hints=hints),
        "actions": offered,
        "refusals": refusals,
    }
    status = error.status if error else 200
    return render(request, "production/report.html", context, status=status)


def _open_words(operation: Operation) -> str:
    """Say how many pieces are open here, and what became of the others."""
    left, here = handing_on.count_left(operation=operation), in_hand(operation)
    others = {
        _("%(n)d counted as good"): operation.good,
        _("%(n)d scrapped"): operation.scrap,
        _("%(n)d set aside or not here yet"): here
        - left
        - operation.good
        - operation.scrap,
    }
    told = _("%(left)d of %(pieces)s open") % {"left": left, "pieces": pieces(here)}
    return " · ".join([told, *(text % {"n": n} for text, n in others.items() if n > 0)])


def _say_what_done_takes(operation: Operation) -> str:
    """Say how Done reads the number of pieces: as that of the whole step."""
    text = _("Left empty, Done counts all that is open as good.")
    if not operation.good:
        return text
    more = _("A number for Done is that of the whole step, with the %(n)d counted.")
    return f"{text} {more % {'n': operation.good}}"


def as_sent(
    request: PageRequest,
    asked: Mapping[str, str],
    *,
    error: DomainError | None,
    hints: Mapping[str, str],
) -> dict[str, Any]:
    """Give a form's fields as they were sent, with what is wrong at its own field."""
    wrong = FIELD_OF_ERROR.get(error.field or "", "") if error else ""
    return {
        "nonce": request.POST.get("nonce") or new_nonce(),
        "error": error.message if error and wrong not in asked else "",
        "fields": [
            form_field(
                name=name,
                label=label,
                value=request.POST.get(name, ""),
                error=error.message if error and name == wrong else "",
                hint=hints.get(name, ""),
            )
            for name, label in asked.items()
        ],
    }


def form_field(
    *, name: str, label: str, value: str, error: str = "", hint: str = ""
) -> dict[str, Any]:
    """Give a field as it was typed, with what is wrong with it."""
    return {
        "name": name,
        "label": label,
        "value": value,
        "type": "datetime-local" if name.endswith("_at") else "text",
        "keyboard": KEYBOARDS.get(name.partition(".")[0], ""),
        "limit": LIMITS.get(name, 64),
        "error": error,
        "hint": hint,
    }


def _offers(operation: Operation) -> tuple[list[dict[str, Any]], list[str]]:
    """Give what may be reported in this state, and why the rest of it may not."""
    offered, refusals = [], []
    legal = OPERATION_MOVES.legal(operation.state)
    for action, label in REPORTED.items():
        if action not in legal:
            continue
        why_not = operations.find_refusal(operation=operation, action=action)
        if not why_not:
            offered.append(
                {
                    "code": action,
                    "label": label,
                    "is_primary": action == "finish",
                    "is_danger": action in DANGEROUS,
                }
            )
        elif action != "count":  # what keeps it from being done says why
            refusals.append(why_not)
    return offered, list(dict.fromkeys(refusals))


def _get_operation(operation_id: int) -> Operation:
    found = (
        Operation.objects.select_related("work_order", "work_centre")
        .filter(id=operation_id)
        .first()
    )
    if found is None:
        raise NotFoundError(_("There is no such operation."))
    return found


def _board_of(operation: Operation) -> str:
    if operation.work_centre is None:
        return reverse("production:work-order", args=[operation.work_order.number])
    return reverse("production:board", args=[operation.work_centre.code])
