"""Devices: a planner's list of them, and what a device shows of itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from configurator.services.errors import DomainError
from production.models import Device, LineKind
from production.selectors import devices as found_devices
from production.selectors import floor
from production.services import devices
from production.services.reports import Report
from production.views.access import IDLE_S, WORKER
from production.views.actions import attempt, go_back, read_report
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import centre_words, local

KEPT_S = 400 * 24 * 3600


@never_cache
@require_http_methods(["GET", "POST"])
def list_devices(request: PageRequest) -> HttpResponse:
    """List devices; a new one's address is shown this once."""
    address = name = ""
    if request.method == "POST":
        try:
            device, token = devices.register(
                name=request.POST.get("name", ""), report=read_report(request)
            )
        except DomainError as error:
            messages.error(request, error.message)
        else:
            name = device.name
            address = request.build_absolute_uri(
                reverse("production:kiosk", args=[token])
            )
    context = frame(request, section="devices") | {
        "title": _("Devices"),
        "address": address,
        "name": name,
        "devices": [_row(device) for device in found_devices.list_devices()],
    }
    return render(request, "production/devices.html", context)


def _row(device: Device) -> dict[str, Any]:
    return {
        "id": device.pk,
        "name": device.name,
        "state": device.state,
        "state_label": device.get_state_display(),
        "centre": centre_words(device.work_centre) if device.work_centre else "",
        "since": local(device.revoked_at or device.activated_at or device.created_at),
        "registered_by": device.registered_by,
        "is_live": device.revoked_at is None,
    }


@require_POST
def revoke(request: PageRequest, device_id: int) -> HttpResponse:
    """Let a device in no more."""
    return attempt(
        request,
        lambda: devices.revoke(device_id=device_id, report=read_report(request)),
        back=reverse("production:devices"),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def kiosk(request: PageRequest, token: str) -> HttpResponse:
    """Let a new device be put at its work centre; whoever has its address may."""
    device = found_devices.find_registered(token=token)
    if device is None:
        raise Http404
    if request.method == "POST":
        try:
            return _put_up(request, token)
        except DomainError as error:
            messages.error(request, error.message)
    context = {
        "title": device.name,
        "centres": [
            {"code": centre.code, "name": centre_words(centre)}
            for centre in floor.list_work_centres()
        ],
    }
    return render(request, "production/kiosk.html", context)


def _put_up(request: PageRequest, token: str) -> HttpResponse:
    _device, kept = devices.activate(
        token=token,
        work_centre=request.POST.get("work_centre", ""),
        report=Report(now=request.now, actor="device"),
    )
    response = redirect("production:station")
    response.set_cookie(
        found_devices.COOKIE,
        kept,
        max_age=KEPT_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_GET
def station(request: PageRequest) -> HttpResponse:
    """Go to the board of the place where the device stands."""
    centre = request.device.work_centre if request.device else None
    if centre is None:
        return redirect("production:boards")
    line = getattr(centre, "line", None)
    if line is not None and line.kind == LineKind.FLEXIBLE:
        return redirect("production:line", line.code)
    return redirect("production:board", centre.code)


@require_POST
def sign_on(request: PageRequest) -> HttpResponse:
    """Note who stands at the device, or that they go."""
    back = reverse("production:station")
    if request.device is None:
        return redirect(back)
    if "off" in request.POST:
        request.session.flush()
        return go_back(request, back)
    try:
        worker = devices.identify(
            badge=request.POST.get("badge", "").strip(),
            pin=request.POST.get("pin", ""),
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        request.session.cycle_key()
        request.session[WORKER] = worker.pk
        request.session.set_expiry(IDLE_S)
    return go_back(request, back)
