"""What the label of something to eat must say besides what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Q
from django.db.models.functions import Coalesce

from configurator.selectors.conditions import RuleSyntaxError, is_condition_true
from configurator.selectors.times import local
from configurator.selectors.words import in_language
from production.models import Site, StockItem, WorkOrder
from production.states import OperationKind

# What is counted is packaging: whatever is eaten is weighed or measured.
_COUNTED = "piece"
# The class of the work centres where nothing becomes fresher.
_PACKING = "PACKING"


@dataclass(frozen=True, slots=True)
class Ingredient:
    name: str
    is_allergen: bool


@dataclass(frozen=True, slots=True)
class Food:
    """How long it keeps, what is in it, and what of that one may not bear.

    ``best_before`` is missing where nobody can say when it is made. Ingredients are
    sorted from the most of them to the least; ``others`` are the allergens that none
    of them shows.
    """

    best_before: date | None
    is_planned: bool
    ingredients: tuple[Ingredient, ...]
    others: tuple[str, ...]


def find_food(
    *, work_order: WorkOrder, lots: Collection[str], now: datetime
) -> Food | None:
    """Give what a label adds where the works say how long a product keeps.

    ``lots`` are all that are in the pack: it keeps as long as the oldest of them.
    """
    site = Site.objects.order_by("id").first()
    rows = site.figures.get("shelf_life", ()) if site else ()
    slug = work_order.product.slug
    found = next((row for row in rows if row["product"] == slug), None)
    if found is None:
        return None
    made_at = _find_made(lots)
    is_planned = made_at is None
    if made_at is None and work_order.due_at is not None:
        made_at = max(work_order.due_at, now)
    keeps = timedelta(days=int(found["days"]))
    allergens = found.get("allergens", ())
    codes = _rank_materials(work_order)
    return Food(
        best_before=local(made_at).date() + keeps if made_at else None,
        is_planned=is_planned,
        ingredients=_list_ingredients(codes, allergens),
        others=tuple(
            in_language(each["name"])
            for each in allergens
            if not set(codes) & set(each.get("in", ()))
            and _is_in(each, work_order.configuration.choices)
        ),
    )


def _find_made(lots: Collection[str]) -> datetime | None:
    """Say when the oldest was made; of what is not finished never too late.

    Looking at it, working on it once more and packing it do not count: what lies
    before them does not become fresher.
    """
    of_it = Q(operations__kind=OperationKind.MAKE)
    in_packing = Q(operations__work_centre__klass__code=_PACKING)
    made_at = Max("operations__finished_at", filter=of_it & ~in_packing)
    begun = WorkOrder.objects.filter(number__in=lots, started_at__isnull=False)
    found: datetime | None = begun.annotate(
        made_at=Coalesce(made_at, "started_at")
    ).aggregate(oldest=Min("made_at"))["oldest"]
    return found


def _is_in(allergen: Mapping[str, Any], choices: Mapping[str, Any]) -> bool:
    """Warn in vain rather than not at all, where nobody can read the condition."""
    when = allergen.get("when")
    try:
        return when is None or is_condition_true(when, choices)
    except RuleSyntaxError:
        return True


def _rank_materials(work_order: WorkOrder) -> list[str]:
    amounts: Counter[str] = Counter()
    for row in work_order.materials:
        if row.get("unit") != _COUNTED:
            amounts[row["material"]] += int(row.get("quantity", 0))
    return sorted(amounts, key=lambda code: (-amounts[code], code))


def _list_ingredients(
    codes: Collection[str], allergens: Iterable[Mapping[str, Any]]
) -> tuple[Ingredient, ...]:
    """Name what is in it; an allergen that a name does not tell stands behind it."""
    names = dict(StockItem.objects.filter(code__in=codes).values_list("code", "name"))
    found = []
    for code in codes:
        name = in_language(names.get(code, {})) or code
        of_it = [
            in_language(row["name"]) for row in allergens if code in row.get("in", ())
        ]
        untold = [each for each in of_it if each.lower() not in name.lower()]
        text = f"{name} ({', '.join(untold)})" if untold else name
        found.append(Ingredient(text, bool(of_it)))
    return tuple(found)
