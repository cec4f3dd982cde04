"""The frame of the floor's pages: the way between boards, and what stays current."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from production.permissions import CUSTOMER_READERS, PLANNERS, REPORTERS
from production.views.access import roles_at
from production.views.requests import PageRequest

# What differs from call to call though nothing has changed.
_PASSING = re.compile(
    r'name="(?:nonce|csrfmiddlewaretoken)" value="[^"]*"|<takt-clock.*?</takt-clock>'
)


# The stream of the pages that show the whole floor.
ALL = "all"


def frame(request: PageRequest, *, section: str) -> dict[str, Any]:
    """Give what every page of the floor knows: its neighbours, and who looks."""
    roles = roles_at(request)
    ways = (
        *([("desk", _("Order desk"), "orders:desk")] * bool(roles & CUSTOMER_READERS)),
        ("boards", _("Boards"), "production:boards"),
        ("lines", _("Lines"), "production:lines"),
        ("flow", _("Flow"), "production:flow"),
        ("people", _("People"), "production:people"),
        *([("scan", _("Scan"), "production:scan")] * bool(roles & REPORTERS)),
        ("quality", _("Quality"), "production:quality"),
        ("stock", _("Stock"), "production:stock"),
        ("promises", _("Promises"), "production:promises"),
        *(
            [
                ("planner", _("Planner"), "production:planner"),
                ("advice", _("Advice"), "production:advice"),
                ("devices", _("Devices"), "production:devices"),
            ]
            * bool(roles & PLANNERS)
        ),
    )
    return {
        "section": section,
        "boards": [
            {"name": name, "url": reverse(to), "current": code == section}
            for code, name, to in ways
        ],
        "is_tv": "tv" in request.GET,
        "here": request.get_full_path(),
        "may_report": bool(roles & REPORTERS),
        "may_plan": bool(roles & PLANNERS),
        "kiosk": request.device,
        "worker": request.worker,
    }


def show_live(
    request: HttpRequest, fragment: str, context: dict[str, Any]
) -> HttpResponse:
    """Give the page, or only what changes in it with an ETag of its content."""
    template = f"production/{fragment}"
    if not request.headers.get("HX-Request"):
        page = {**context, "fragment": template, "src": request.get_full_path()}
        return render(request, context.get("page", "production/live.html"), page)
    html = render_to_string(template, context, request)
    content = _PASSING.sub("", html).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    response = HttpResponse(html)
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    return response
