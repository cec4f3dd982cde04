"""A product's size guide, in the units of whoever reads it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from configurator.selectors.callers import PageRequest
from configurator.selectors.releases import live_release
from configurator.selectors.size_guides import (
    IMPERIAL,
    METRIC,
    guide_question,
    size_guide,
    usual_units,
)
from configurator.selectors.words import in_language

UNITS = "units"


@require_safe
def sizes(page: PageRequest, slug: str) -> HttpResponse:
    """Show the guide; the address may ask for other units, and keeps the design."""
    release = live_release(slug)
    units = page.GET.get(UNITS, "")
    if units not in (METRIC, IMPERIAL):
        units = usual_units(page.headers.get("Accept-Language", ""))
    fields = page.GET.copy()
    fields.pop(UNITS, None)
    design = fields.urlencode()
    path = reverse("catalogue:product", args=[slug])
    question = guide_question(release)
    context = {
        "section": "shop",
        "name": in_language(release.definition.name),
        "guide": size_guide(release=release, units=units),
        "ways": [
            {
                "query": f"{UNITS}={way}" + (f"&{design}" if design else ""),
                "is_imperial": way == IMPERIAL,
                "is_current": way == units,
            }
            for way in (METRIC, IMPERIAL)
        ],
        "back": f"{path}?{design}" if design else path,
        "anchor": f"#q-{question}" if question else "",
    }
    response = render(page, "configurator/size-guide.html", context)
    patch_vary_headers(response, ["Accept-Language"])
    return response
