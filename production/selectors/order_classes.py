"""What the advisor says of a class of orders: one product by one routing.

It is worked out in the background; placing an order only looks it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from configurator.models import Product
from configurator.selectors.kept import shape_of
from configurator.selectors.releases import live_release
from configurator.selectors.words import in_language
from orders.models import OrderLine
from production.engine.advice import advise
from production.engine.case import SAME_EQUIPMENT
from production.engine.leading import find_leading_rule
from production.engine.reasons import Reason
from production.models import MethodPolicy
from production.models.places import AUTOMATIC
from production.selectors.advice import write_reason
from production.selectors.advising import demand_of
from production.selectors.latest import MadeLine, list_latest
from production.selectors.plant import Plant, read_plant

LOOKED_AT = 120
FEWEST = 3  # orders below which figures say nothing
KEPT_S = 7 * 86_400
ONE_BY_ONE = "MASS_CUSTOMISATION"


@dataclass(frozen=True, slots=True)
class ClassAdvice:
    """The method that fits a class of orders today, and the figures behind it."""

    method: str
    reasons: tuple[tuple[str, Mapping[str, str | int]], ...]
    n_orders: int
    newest_line: int

    @property
    def texts(self) -> list[str]:
        """The reasons in the language of whoever reads them."""
        return [write_reason(Reason(code, values)) for code, values in self.reasons]


def find_class_advice(*, product: str, routing: str) -> ClassAdvice | None:
    """Look up what was last worked out; one read of the cache, no simulation."""
    found: ClassAdvice | None = cache.get(_key(product, routing))
    return found


def list_class_advice(*, product: str) -> list[tuple[str, ClassAdvice]]:
    """List what was worked out for a product, by the name of the routing."""
    routings = live_release(product).document.get("routings") or ()
    found = [
        (
            in_language(each.get("name") or {}) or each["code"],
            find_class_advice(product=product, routing=each["code"]),
        )
        for each in routings
    ]
    return [(name, advice) for name, advice in found if advice is not None]


def keep_class_advice(*, product: str, routing: str, advice: ClassAdvice) -> None:
    """Keep an advice until the next one; it names the order line it is based on."""
    cache.set(_key(product, routing), advice, KEPT_S)


def list_automatic_products() -> list[str]:
    """Name the products whose method an automatic policy leaves to the advisor."""
    rows = MethodPolicy.objects.filter(method=AUTOMATIC).values_list(
        "product__slug", flat=True
    )
    named = set(rows)
    if None in named:
        return sorted(Product.objects.values_list("slug", flat=True))
    return sorted(slug for slug in named if slug)


def newest_line_of(*, product: str) -> int:
    """Name the newest order line of a product; 0 where there is none."""
    found = (
        OrderLine.objects.filter(product__slug=product)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    return found or 0


def work_out_classes(*, product: str, now: datetime) -> dict[str, ClassAdvice]:
    """Simulate the latest orders of each routing of a product under all methods."""
    newest = newest_line_of(product=product)
    by_routing: dict[str, list[MadeLine]] = {}
    for line in list_latest(product=product, n_lines=LOOKED_AT):
        by_routing.setdefault(line.manufacture.routing_code, []).append(line)
    plant = read_plant()
    found = {}
    for routing, lines in by_routing.items():
        if len(lines) >= FEWEST:
            advice = _advise_class(lines, plant, newest, now)
            if advice is not None:
                found[routing] = advice
    return found


def _advise_class(
    lines: list[MadeLine], plant: Plant, newest: int, now: datetime
) -> ClassAdvice | None:
    case = demand_of(lines, plant=plant, now=now).case
    found = advise(case)
    if not found.method_today:
        return None
    reasons = [*found.reasons]
    if found.method_today == ONE_BY_ONE:
        leading = find_leading_rule(case, plant=SAME_EQUIPMENT[ONE_BY_ONE])
        reasons += [leading] if leading else []
    return ClassAdvice(
        method=found.method_today,
        reasons=tuple((each.code, dict(each.values)) for each in reasons),
        n_orders=len(lines),
        newest_line=newest,
    )


def _key(product: str, routing: str) -> str:
    return f"class-advice:{shape_of(ClassAdvice)}:{product}:{routing}"
