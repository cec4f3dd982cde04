"""What search engines and other sites read: summaries, a map, and what to leave out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from babel.numbers import get_currency_precision
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from configurator.selectors.callers import PageRequest
from configurator.selectors.fields import default_choices, has_choices
from configurator.selectors.labels import name_value
from configurator.selectors.products import list_products
from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.states import CharacteristicKind, ProductKind

# What is for one visitor alone, or makes pages without end.
PRIVATE = (
    *("/accounts/", "/admin/", "/api/", "/cart/", "/checkout/", "/desk/", "/floor/"),
    *("/orders/", "/payments/", "/privacy/", "/*pick=", "/*undo="),
)
LONGEST_SUMMARY = 160
HOUR_S = 3600
# What would end a script element, or be more than text to a parser of HTML.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def summary(
    request: HttpRequest, *, title: str, description: str, picture: str = ""
) -> dict[str, str]:
    """Give what a page says of itself; its address is the one without a query."""
    text = " ".join(description.split())
    if len(text) > LONGEST_SUMMARY:
        text = text[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0] + "…"
    return {
        "title": title,
        "description": text,
        "url": request.build_absolute_uri(request.path),
        "picture": request.build_absolute_uri(picture) if picture else "",
    }


def card_url(release: LiveRelease) -> str:
    """Give the address of the picture that other sites show of a product."""
    name = release.definition_sha256[:12]
    language = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return reverse("catalogue:card", args=[release.release_id, name, known])


def product_summary(
    request: PageRequest, release: LiveRelease, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Give a product page's summary, and the product as schema.org describes one."""
    product = context["product"]
    found: dict[str, Any] = summary(
        request,
        title=product["name"],
        description=product["description"] or product["name"],
        picture=card_url(release),
    )
    described = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": found["title"],
        "description": found["description"],
        "image": [found["picture"]],
        "sku": release.product,
        "url": found["url"],
        "brand": {"@type": "Brand", "name": settings.SITE_NAME},
    }
    if has_choices(request.GET) and not context["conflict"]:
        found |= _design_summary(found, release, context)
    total_minor = context["price"]["total_minor"]
    if total_minor is not None and release.kind != ProductKind.BESPOKE:
        described["offers"] = _offer(release, found["url"], total_minor)
    return found | {"described": as_json(described)}


def _design_summary(
    found: dict[str, Any], release: LiveRelease, context: Mapping[str, Any]
) -> dict[str, str]:
    """Say of a shared design what is its own, with its own picture and address."""
    usual = default_choices(release.definition)
    own = [
        name_value(each, context["choices"][each.code])
        for each in release.definition.characteristics
        if each.kind.value != CharacteristicKind.FILE
        and context["choices"].get(each.code)
        not in (usual.get(each.code), None, "", [])
    ]
    told = ", ".join(own)
    return {
        "title": f"{found['title']}: {told}"[:LONGEST_SUMMARY]
        if own
        else found["title"],
        "shared": f"{found['url']}?{context['query']}",
        "picture": f"{found['picture']}?{context['query']}",
    }


def _offer(release: LiveRelease, url: str, total_minor: int) -> dict[str, str]:
    currency = release.definition.currency
    digits = get_currency_precision(currency)
    is_stocked = release.kind == ProductKind.STANDARD
    return {
        "@type": "Offer",
        "url": url,
        "priceCurrency": currency,
        "price": f"{total_minor / 10**digits:.{digits}f}",
        "availability": "https://schema.org/"
        + ("InStock" if is_stocked else "MadeToOrder"),
    }


def as_json(described: dict[str, Any]) -> SafeString:
    """Write JSON that can stand inside a script element whatever it holds."""
    text = json.dumps(described, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(text)  # noqa: S308 -- nothing in it can end the element


@require_safe
@cache_control(max_age=HOUR_S, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    """Say what is not for search engines, and where the map is."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {request.build_absolute_uri(reverse('catalogue:sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
@cache_control(max_age=HOUR_S, public=True)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List the pages that anybody may find, each product with its picture."""
    slugs = [product.slug for product in list_products()]
    releases = find_live_releases(slugs)
    pages = [
        {"url": request.build_absolute_uri(reverse(name))}
        for name in ("catalogue:product-list", "catalogue:how-it-is-made")
    ]
    for slug in slugs:
        if slug in releases:
            address = reverse("catalogue:product", args=[slug])
            picture = card_url(releases[slug])
            pages.append(
                {
                    "url": request.build_absolute_uri(address),
                    "picture": request.build_absolute_uri(picture),
                }
            )
    return render(
        request,
        "configurator/sitemap.xml",
        {"pages": pages},
        content_type="application/xml",
    )
