"""The latest orders of a product, with how their things are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from configurator.selectors.manufacture import Manufacture, ManufactureError, resolve
from configurator.selectors.releases import release_by_id
from configurator.states import CharacteristicKind, ProductKind
from orders.models import OrderLine
from orders.states import OrderState

WANTED = (OrderState.CONFIRMED, OrderState.CLOSED)
PERSONAL = (CharacteristicKind.TEXT.value, CharacteristicKind.FILE.value)


@dataclass(frozen=True, slots=True)
class MadeLine:
    """One order line: what was chosen, how it is made, when it came and is due.

    ``personal`` is the words and pictures that are in it for one person.
    """

    key: int
    product: str
    kind: str
    choices: Mapping[str, Any]
    quantity: int
    manufacture: Manufacture
    arrived_at: datetime
    due_at: datetime | None = None
    personal: str = ""
    release_id: int = 0

    @property
    def pieces(self) -> int:
        return max(1, self.quantity * self.manufacture.pieces_per_unit)

    @property
    def is_bespoke(self) -> bool:
        return self.kind == ProductKind.BESPOKE


def list_latest(*, product: str, n_lines: int) -> list[MadeLine]:
    """Give the latest confirmed lines of a product, the oldest of them first."""
    rows = (
        OrderLine.objects.filter(
            product__slug=product, order__state__in=WANTED, cancelled_at=None
        )
        .select_related("order", "product", "configuration")
        .order_by("-id")[:n_lines]
    )
    found = [_read(row) for row in rows]
    return [each for each in reversed(found) if each is not None]


def name_latest_product() -> str:
    """Name the product that was ordered last; empty before the first order."""
    wanted = OrderLine.objects.filter(order__state__in=WANTED, cancelled_at=None)
    slugs = wanted.order_by("-id").values_list("product__slug", flat=True)
    return slugs.first() or ""


def list_since(*, since: datetime, besides: str, n_lines: int) -> list[MadeLine]:
    """Give the lines of all other products confirmed since, the latest of them."""
    rows = (
        OrderLine.objects.filter(
            order__confirmed_at__gte=since, order__state__in=WANTED, cancelled_at=None
        )
        .exclude(product__slug=besides)
        .select_related("order", "product", "configuration")
        .order_by("-id")[:n_lines]
    )
    found = [_read(row) for row in rows]
    return [each for each in reversed(found) if each is not None]


def _read(row: OrderLine) -> MadeLine | None:
    return make_line(
        key=row.pk,
        product=row.product.slug,
        kind=str(row.product.kind),
        choices=row.configuration.choices,
        quantity=row.quantity,
        release_id=row.configuration.release_id,
        arrived_at=row.order.confirmed_at or row.created_at,
        due_at=row.due_at,
    )


def make_line(
    *,
    key: int,
    product: str,
    kind: str,
    choices: Mapping[str, Any],
    quantity: int,
    release_id: int,
    arrived_at: datetime,
    due_at: datetime | None,
) -> MadeLine | None:
    """Give a line with how its things are made; nothing where they cannot be."""
    try:
        manufacture = resolve(release_id=release_id, choices=choices, quantity=quantity)
    except ManufactureError:
        return None
    release = release_by_id(release_id)
    return MadeLine(
        key=key,
        product=product,
        kind=kind,
        choices=choices,
        quantity=quantity,
        manufacture=manufacture,
        arrived_at=arrived_at,
        due_at=due_at,
        personal=personal_words(choices, release.definition.characteristics),
        release_id=release_id,
    )


def personal_words(choices: Mapping[str, Any], characteristics: Sequence[Any]) -> str:
    """Join what somebody wrote or uploaded; empty where nothing is personal."""
    return "|".join(
        str(choices[each.code])
        for each in characteristics
        if each.kind.value in PERSONAL and choices.get(each.code)
    )
