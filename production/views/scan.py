"""The scanner's page: scan the work, then what you do; big OK or NOT OK."""

from __future__ import annotations

from typing import Any

import zxingcpp
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from PIL import Image, UnidentifiedImageError

from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from production.documents.labels import command_codes_pdf
from production.models import Operator
from production.selectors import batch_answers
from production.services import scanning
from production.services.scanning import Target
from production.states import SCAN_COMMANDS
from production.views.access import check_here
from production.views.actions import read_report
from production.views.cards import new_nonce, unit_card
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import kind_words, pieces

LARGEST_PICTURE = 200_000
LARGEST_SIDE = 1600


@require_http_methods(["GET", "POST"])
def scan(request: PageRequest) -> HttpResponse:
    """Take a scan; of work and command the one that comes second does it."""
    result = _take(request) if request.method == "POST" else None
    context = {"result": result, "nonce": new_nonce()}
    if request.headers.get("HX-Request"):
        return render(request, "production/_scan-result.html", context)
    shown = frame(request, section="scan") | {
        "title": _("Scan"),
        "commands": " ".join(SCAN_COMMANDS),
        "asks_badge": request.device is None and not _has_badge(request),
        "badge": request.POST.get("badge", ""),
    }
    return render(request, "production/scan.html", shown | context)


def _has_badge(request: PageRequest) -> bool:
    return Operator.objects.filter(user_id=request.user.pk or 0).exists()


def _take(request: PageRequest) -> dict[str, Any]:
    code = request.POST.get("code", "").strip()[:200]
    before = request.POST.get("pending", "").strip()[:200]
    subject, command = _pair(code, before)
    try:
        if not subject:
            if not command:
                raise DomainError(_("Nothing was scanned."), field="code")
            return _asked(command, title=command, words=_("Now scan the work."))
        report = read_report(request)
        here = request.device.work_centre_id if request.device else None
        target = scanning.locate(
            code=subject, command=command, report=report, work_centre_id=here
        )
        check_here(request, target.work_centre_id)
        if not command:
            return _asked(subject, words=_("Now scan what you do.")) | _told(target)
        scanning.carry_out(target=target, command=command, report=report)
        again = scanning.locate(
            code=subject, command="", report=report, work_centre_id=here
        )
        return {"is_ok": True, "title": subject, "command": command} | _told(again)
    except DomainError as error:
        return {"is_ok": False, "title": subject or code, "words": error.message}


def _pair(code: str, before: str) -> tuple[str, str]:
    """Tell the work from the command, whichever came first."""
    if code.upper() in SCAN_COMMANDS:
        subject = "" if before.upper() in SCAN_COMMANDS else before
        return subject, code.upper()
    return code, before.upper() if before.upper() in SCAN_COMMANDS else ""


def _asked(pending: str, **more: str) -> dict[str, Any]:
    return {"is_ok": None, "pending": pending, "title": pending, **more}


def _told(target: Target) -> dict[str, Any]:
    """Say what was scanned, as its card would."""
    if target.batch is not None:
        found = batch_answers.get_batch(number=target.number)
        return {
            "url": f"/floor/batches/{found.number}/",
            "step": kind_words(found, found.present),  # type: ignore[attr-defined]
            "state": found.state,
            "state_label": found.get_state_display(),
        }
    operation = target.operation
    if operation is None:
        return {}
    return unit_card(operation.work_order) | {
        "step": in_language(operation.name) or operation.code,
        "quantity": pieces(operation.planned_quantity),
        "state": operation.state,
        "state_label": operation.get_state_display(),
    }


@require_POST
def read_picture(request: PageRequest) -> HttpResponse:
    """Read the code on a camera's picture, for browsers that cannot."""
    picture = request.FILES.get("file")
    if picture is None or (picture.size or 0) > LARGEST_PICTURE:
        raise DomainError(_("A picture of at most 200 kB is needed."), field="file")
    try:
        with Image.open(picture, formats=("JPEG", "PNG")) as image:
            if max(image.size) > LARGEST_SIDE:
                raise DomainError(_("The picture is too large."), field="file")
            grey = image.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DomainError(_("This is no picture."), field="file") from error
    codes = [found.text for found in zxingcpp.read_barcodes(grey) if found.text]
    return JsonResponse({"code": codes[0] if codes else ""})


@require_GET
def command_codes(request: PageRequest) -> HttpResponse:
    """Give the sheet of codes that hangs beside a scanner."""
    return HttpResponse(command_codes_pdf(), content_type="application/pdf")
