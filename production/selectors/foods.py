"""What the label of something to eat must say besides what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from configurator.selectors.conditions import RuleSyntaxError, is_condition_true
from configurator.selectors.times import local
from configurator.selectors.words import in_language
from production.models import Site, StockItem, WorkOrder

# What is counted is packaging: whatever is eaten is weighed or measured.
_COUNTED = "piece"


@dataclass(frozen=True, slots=True)
class Food:
    """The lot, how long it keeps, what one may not bear, and what is in it.

    ``best_before`` is missing until the work has begun; ingredients are sorted from
    the most of them to the least.
    """

    lot: str
    best_before: date | None
    allergens: tuple[str, ...]
    ingredients: tuple[str, ...]


def find_food(*, work_order: WorkOrder) -> Food | None:
    """Give what a label adds where the works say how long a product keeps."""
    site = Site.objects.order_by("id").first()
    rows = site.figures.get("shelf_life", ()) if site else ()
    slug = work_order.product.slug
    found = next((row for row in rows if row["product"] == slug), None)
    if found is None:
        return None
    return Food(
        lot=work_order.number,
        best_before=_best_before(work_order, int(found["days"])),
        allergens=tuple(
            in_language(each["name"])
            for each in found.get("allergens", ())
            if _is_in(each, work_order.configuration.choices)
        ),
        ingredients=_ingredients(work_order),
    )


def _best_before(work_order: WorkOrder, days: int) -> date | None:
    """Count from the beginning: nothing is told to keep longer than it does."""
    if work_order.started_at is None:
        return None
    return local(work_order.started_at).date() + timedelta(days=days)


def _is_in(allergen: Mapping[str, Any], choices: Mapping[str, Any]) -> bool:
    """Warn in vain rather than not at all, where nobody can read the condition."""
    when = allergen.get("when")
    try:
        return when is None or is_condition_true(when, choices)
    except RuleSyntaxError:
        return True


def _ingredients(work_order: WorkOrder) -> tuple[str, ...]:
    amounts: Counter[str] = Counter()
    for row in work_order.materials:
        if row.get("unit") != _COUNTED:
            amounts[row["material"]] += int(row.get("quantity", 0))
    names = dict(StockItem.objects.filter(code__in=amounts).values_list("code", "name"))
    ranked = sorted(amounts, key=lambda code: (-amounts[code], code))
    return tuple(in_language(names.get(code, {})) or code for code in ranked)
