"""Who may open the floor's pages: people by their role, devices at their place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from configurator.selectors.roles import OPERATOR, roles_of
from production.models import Operator
from production.permissions import READERS
from production.selectors import devices
from production.views.requests import PageRequest

View = Callable[..., HttpResponseBase]
WORKER = "worker"
# Whoever has gone away is signed off: seconds since their latest report.
IDLE_S = 15 * 60


def floor_page(view: View, *, roles: frozenset[str] = READERS) -> View:
    """Let only people of the floor in; others sign in, or are refused.

    A device at its work centre may look without anybody signed in; to report,
    somebody has to say with badge and PIN who it is.
    """

    @wraps(view)
    def checked(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.device = request.worker = None
        if not request.user.is_authenticated:
            return _at_device(view, roles, request, *args, **kwargs)
        if not roles_of(request.user) & roles:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def _at_device(
    view: View, roles: frozenset[str], request: PageRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    token = request.COOKIES.get(devices.COOKIE, "")
    request.device = devices.find_active(token=token)
    if request.device is None:
        return redirect_to_login(request.get_full_path())
    request.worker = _worker(request)
    if OPERATOR not in roles:
        raise PermissionDenied
    if roles != READERS and request.worker is None:
        messages.error(request, _("Say with badge and PIN who you are."))
        return redirect("production:station")
    return view(request, *args, **kwargs)


def _worker(request: PageRequest) -> Operator | None:
    """Give who stands at the device; each report keeps them signed on for a while."""
    key = request.session.get(WORKER)
    if not isinstance(key, int):
        return None
    if request.method == "POST":
        request.session.set_expiry(IDLE_S)
    return devices.find_worker(operator_id=key)


def roles_at(request: PageRequest) -> frozenset[str]:
    """List the roles of whoever is at the page, at a desk or at a device."""
    if request.device is None:
        return roles_of(request.user)
    return frozenset({OPERATOR}) if request.worker else frozenset()


def skills_at(request: PageRequest) -> frozenset[str] | None:
    """List what whoever reports here can do; ``None`` where that is nobody's badge."""
    who = request.worker
    if request.device is None:
        who = Operator.objects.filter(user_id=request.user.pk or 0).first()
    if who is None:
        return None
    return frozenset(who.skills.values_list("code", flat=True))


def check_here(request: PageRequest, work_centre_id: int | None) -> None:
    """Let a device report only on what is done where it stands."""
    if request.device and request.device.work_centre_id != work_centre_id:
        raise PermissionDenied
