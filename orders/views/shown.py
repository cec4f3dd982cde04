"""A line's product in a buyer's words, the same in cart, checkout and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from configurator.selectors.fields import write_query
from configurator.selectors.labels import list_labels
from orders.states import Delivery, Stage

# Of a cart and of an order so many lines stand on one page.
LINES_PER_PAGE = 50


def page_of(place: int) -> int:
    """Tell on which page the line at a place, counted from 0, stands."""
    return place // LINES_PER_PAGE + 1


def stage_label(stage: str, delivery: str) -> str:
    """Name a stage for its buyer: what they fetch or download is not shipped."""
    words: dict[str, dict[str, str]] = {
        Delivery.COLLECTION: {
            Stage.SHIPPED: _("Ready for you"),
            Stage.DELIVERED: _("Fetched"),
        },
        Delivery.DOWNLOAD: {Stage.DELIVERED: _("Ready to download")},
    }
    if own := words.get(delivery, {}).get(stage):
        return own
    return str(capfirst(Stage(stage).label))


def show_product(
    *,
    release_id: int,
    product: str,
    configuration: Mapping[str, Any],
    quantity: int,
    line: int | None = None,
) -> dict[str, Any]:
    """Give the picture, the choices in words and the way back into the configurator."""
    choices = configuration["choices"]
    labels = list_labels(release_id=release_id, choices=choices)
    address = reverse("catalogue:product", args=[product])
    query = write_query(choices, quantity)
    tail = f"&line={line}" if line is not None else ""
    return {
        "thumbnail_url": reverse("catalogue:thumbnail", args=[configuration["sha256"]]),
        "sha256": configuration["sha256"],
        "choices": [label for label in labels if not label.is_text],
        "texts": [label for label in labels if label.is_text],
        "design_url": f"{address}?{query}{tail}",
    }
