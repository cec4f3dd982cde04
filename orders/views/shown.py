"""A line's product in a buyer's words, the same in cart, checkout and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from configurator.selectors.fields import write_query
from configurator.selectors.labels import list_labels


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
