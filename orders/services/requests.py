"""What a buyer asks for, before anything of it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from orders.states import Shipping

MAX_LINES = 1_000
MAX_UNITS = 20_000


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One product in some choices; ``quantity`` in sold units.

    Without a ``release`` it is the one on sale.
    """

    product: str
    choices: Mapping[str, Any]
    quantity: int
    release: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Who wants what, where to, and for how much."""

    customer_name: str
    customer_email: str
    shipping_address: Mapping[str, str]
    lines: tuple[LineRequest, ...]
    delivery: str | None = None
    shipping: str = Shipping.TOGETHER
    needed_by: date | None = None
    window_from: datetime | None = None
    expected_total_minor: int | None = None
