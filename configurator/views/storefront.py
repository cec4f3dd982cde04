"""The shop's front: what is made here, and how."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from configurator.models import Product
from configurator.selectors.money import written
from configurator.selectors.products import list_products
from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.selectors.words import in_language
from configurator.services.previews import showcase_svg
from configurator.states import ProductKind

METHOD_WORDS = {
    "JOB": gettext_lazy("Made once, for you, by hand"),
    "BATCH": gettext_lazy("Made together with others’ orders"),  # noqa: RUF001
    "FLOW": gettext_lazy("Made all day, in stock"),
    "MASS_CUSTOMISATION": gettext_lazy("Made one by one, as you choose"),
}
HERO_METHOD = "MASS_CUSTOMISATION"


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """Show everything that can be ordered, each with its picture."""
    products = list(list_products())
    releases = find_live_releases([product.slug for product in products])
    shown = [
        (product, releases[product.slug])
        for product in products
        if product.slug in releases
    ]
    context = {
        "section": "shop",
        "cards": [_card(product, release) for product, release in shown],
        "hero": _hero(shown),
    }
    return render(request, "configurator/product-list.html", context)


def _card(product: Product, release: LiveRelease) -> dict[str, Any]:
    methods = _methods(release)
    return {
        "name": in_language(product.name),
        "url": reverse("catalogue:product", args=[product.slug]),
        "thumbnail_url": reverse(
            "catalogue:showcase",
            args=[release.release_id, release.definition_sha256[:12]],
        ),
        "price": written(product.from_price_minor, product.currency),
        "is_estimate": product.kind == ProductKind.BESPOKE,
        "note": METHOD_WORDS[methods[0]] if methods else "",
    }


def _methods(release: LiveRelease) -> list[str]:
    """List the ways a product may be made, the first routing's first."""
    methods = [str(routing.method.value) for routing in release.definition.routings]
    return [method for method in methods if method in METHOD_WORDS]


def _hero(shown: list[tuple[Product, LiveRelease]]) -> dict[str, Any] | None:
    """Choose what stands on top: the product with most to choose, made one by one."""
    made_singly = [pair for pair in shown if HERO_METHOD in _methods(pair[1])]
    if not shown:
        return None
    product, release = max(
        made_singly or shown, key=lambda pair: len(pair[1].definition.rules)
    )
    return {
        "name": in_language(product.name),
        "url": reverse("catalogue:product", args=[product.slug]),
        "preview": showcase_svg(release_id=release.release_id, prefix="hero"),
    }


@require_safe
def how_it_is_made(request: HttpRequest) -> HttpResponse:
    """Explain the four ways of making things in a customer's words."""
    return render(request, "configurator/how-it-is-made.html", {"section": "how"})
