"""What a pinned configuration costs in the release that it is pinned to."""

from collections.abc import Mapping
from typing import Any

from configurator.engine.pricing import Price, price
from configurator.selectors.releases import release_by_id

__all__ = ["Price", "price_configuration"]


def price_configuration(
    *, release_id: int, choices: Mapping[str, Any], quantity: int
) -> Price:
    """Price complete choices; of a bespoke product it is an estimate."""
    return price(release_by_id(release_id).definition, choices, quantity=quantity)
