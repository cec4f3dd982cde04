"""The shop's front: what is made here, and in which way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from configurator.models import Product
from configurator.ports import Glance, ports
from configurator.selectors.callers import PageRequest, buyer_of
from configurator.selectors.fields import write_query
from configurator.selectors.labels import name_value
from configurator.selectors.money import written
from configurator.selectors.prices import lowest_unit_price, pricing_account
from configurator.selectors.products import list_products
from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.selectors.roles import is_trade
from configurator.selectors.ways import name_of
from configurator.selectors.words import in_language
from configurator.services.previews import showcase_svg
from configurator.services.showcases import list_variants
from configurator.states import ProductKind
from configurator.views.seo import card_url, summary

Shown = tuple[Product, LiveRelease]

HERO_METHOD = "MASS_CUSTOMISATION"
# How the shop is laid out: by the way things are made, one kind of product after the
# other.
SHELVES = {
    HERO_METHOD: (
        gettext_lazy("One by one"),
        gettext_lazy("Every piece is its own order and follows the one before it."),
    ),
    "BATCH": (
        gettext_lazy("Together"),
        gettext_lazy("Baked, printed or brewed in one load with others’ orders."),  # noqa: RUF001
    ),
    "FLOW": (
        gettext_lazy("All day long"),
        gettext_lazy("Always the same, on three lines at once, and in stock."),
    ),
    "JOB": (
        gettext_lazy("Once, for you alone"),
        gettext_lazy(
            "You say what you need, and one is made: by hand after we have quoted, or"
            " by machines alone."
        ),
    ),
}


@require_safe
def product_list(request: PageRequest) -> HttpResponse:
    """Show everything that can be ordered, each with its picture."""
    shown = list_shown()
    buyer = buyer_of(request)
    account = pricing_account(
        user=buyer, definitions=[each.definition for _product, each in shown]
    )
    without_tax = ports.without_tax() if is_trade(buyer) else None
    cards = sort_cards(shown, account, without_tax=without_tax)
    context = {
        "section": "shop",
        "shelves": _shelves(cards, ports.works_glance(now=request.now)),
        "is_net": without_tax is not None,
        "hero": _hero(shown),
        "seo": _summary(request, shown),
    }
    return render(request, "configurator/product-list.html", context)


def _summary(request: PageRequest, shown: list[Shown]) -> dict[str, str]:
    names = ", ".join(in_language(product.name) for product, _release in shown)
    picture = card_url(_most_to_choose(shown)[1]) if shown else ""
    return summary(
        request,
        title=_("Made the way you want it."),
        description=_("Made for you: %(names)s.") % {"names": names},
        picture=picture,
    )


def list_shown() -> list[Shown]:
    """List the products on sale with their releases, in two queries."""
    products = list(list_products())
    releases = find_live_releases([product.slug for product in products])
    return [
        (product, releases[product.slug])
        for product in products
        if product.slug in releases
    ]


def _shelves(
    cards: Mapping[str, list[dict[str, Any]]], glances: Mapping[str, Glance]
) -> list[dict[str, Any]]:
    unnamed = {each: (name_of(each), "") for each in cards if each not in SHELVES}
    return [
        {
            "method": method,
            "name": name,
            "text": text,
            "cards": cards[method],
            "glance": glances.get(method),
        }
        for method, (name, text) in {**SHELVES, **unnamed}.items()
        if cards[method]
    ]


def sort_cards(
    shown: list[Shown],
    account: str = "",
    *,
    without_tax: Callable[[int], int] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Sort products by the way they are usually made, at prices with or without tax."""
    cards: dict[str, list[dict[str, Any]]] = {method: [] for method in SHELVES}
    for product, release in shown:
        card = _card(product, release, account, without_tax or int)
        cards.setdefault(release.usual_method, []).append(card)
    return cards


def _card(
    product: Product, release: LiveRelease, account: str, shown: Callable[[int], int]
) -> dict[str, Any]:
    own_minor = lowest_unit_price(release=release, account=account)
    from_minor = product.from_price_minor if own_minor is None else own_minor
    price_minor = None if from_minor is None else shown(from_minor)
    return {
        "slug": product.slug,
        "name": in_language(product.name),
        "url": reverse("catalogue:product", args=[product.slug]),
        "thumbnail_url": reverse(
            "catalogue:showcase",
            args=[release.release_id, release.definition_sha256[:12]],
        ),
        "price": written(price_minor, product.currency),
        "note": "" if own_minor is None else _own_terms(release, account),
        "is_estimate": product.kind == ProductKind.BESPOKE,
    }


def _own_terms(release: LiveRelease, account: str) -> str:
    """Say what an account has of its own, in the words of the price list."""
    entries = release.definition.prices.for_accounts
    return " · ".join(
        in_language(each.label) for each in entries if each.account == account
    )


def _hero(shown: list[Shown]) -> dict[str, Any] | None:
    """Choose what stands on top: the product with most to choose, made one by one."""
    if not shown:
        return None
    product, release = _most_to_choose(shown)
    found = {
        "name": in_language(product.name),
        "url": reverse("catalogue:product", args=[product.slug]),
    }
    if not release.has_picture:
        return found
    return found | {
        "preview": showcase_svg(release_id=release.release_id, prefix="hero"),
        "variants": _variants(release),
    }


def _most_to_choose(shown: list[Shown]) -> Shown:
    """Choose among those with a picture, as long as there is any."""
    pictured = [pair for pair in shown if pair[1].has_picture] or shown
    made_singly = [pair for pair in pictured if pair[1].usual_method == HERO_METHOD]
    return max(made_singly or pictured, key=lambda pair: len(pair[1].definition.rules))


def _variants(release: LiveRelease) -> list[dict[str, str]]:
    """List other designs of a product, each with its picture and its address."""
    page = reverse("catalogue:product", args=[release.product])
    least = release.definition.quantity.minimum
    return [
        {
            "url": f"{page}?{write_query(variant.choices, least)}",
            "label": ", ".join(
                name_value(each, variant.choices.get(each.code))
                for each in release.definition.characteristics
                if each.code in variant.codes
            ),
            "picture": reverse(
                "catalogue:variant",
                args=[release.release_id, release.definition_sha256[:12], number],
            ),
        }
        for number, variant in enumerate(list_variants(release=release))
    ]
