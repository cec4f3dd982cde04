"""Which method fits: the same orders under all four, with sliders and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from configurator.models import Product
from configurator.selectors.words import in_language
from production.selectors.advice import METHODS, USUAL_WEIGHTS, Question
from production.selectors.advising import MOST_ORDERS, AdviceError
from production.services import advising
from production.tasks import advise as work_out
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import duration, plain

FACTORS = (("2500", "¼"), ("5000", "½"), ("10000", "1"), ("20000", "2"), ("40000", "4"))
USUAL_ORDERS = 60
MOST_WEIGHT = 5
WIDTH, HEIGHT = 640, 240


@require_GET
def advice(request: PageRequest) -> HttpResponse:
    """Ask, wait, or show the comparison; the address holds the whole question."""
    products = list(Product.objects.order_by("slug"))
    asked = request.GET.get("product") or (products[0].slug if products else "")
    context = frame(request, section="advice") | {
        "title": _("Advice"),
        "form": _form(request.GET, products, asked),
    }
    try:
        question = read_question(request.GET, asked)
    except AdviceError as error:
        return _show(request, context | {"error": error.message}, status=400)
    found = advising.find_advice(question=question)
    if found is None and advising.claim_advice(question=question):
        work_out.delay(question=asdict(question))
    if found is not None:
        context |= {"error": found["error"]} if "error" in found else _answer(found)
    return _show(request, context | {"is_waiting": found is None})


def _show(
    request: PageRequest, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    is_part = bool(request.headers.get("HX-Request"))
    template = "_advice.html" if is_part else "advice.html"
    return render(request, f"production/{template}", context, status=status)


def read_question(fields: QueryDict, product: str) -> Question:
    """Read what is asked from the address; an odd value is refused by name."""
    weights = {
        goal: _number(fields, goal, usual, most=MOST_WEIGHT)
        for goal, usual in USUAL_WEIGHTS.items()
    }
    return Question(
        product=product[:128],
        n_orders=_number(fields, "orders", USUAL_ORDERS, least=1, most=MOST_ORDERS),
        comparison=fields.get("comparison", "same"),
        setup_bp=_number(fields, "setup", 10_000, most=1_000_000),
        demand_bp=_number(fields, "demand", 10_000, least=1, most=1_000_000),
        weights=weights,
    )


def _number(
    fields: QueryDict, name: str, usual: int, *, least: int = 0, most: int
) -> int:
    text = fields.get(name, "").strip()
    if not text:
        return usual
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    if not is_number or not least <= int(text) <= most:
        raise AdviceError(
            _("%(field)s must be a whole number from %(least)d to %(most)d.")
            % {"field": name, "least": least, "most": most},
            field=name,
        )
    return int(text)


def _form(fields: QueryDict, products: Sequence[Product], asked: str) -> dict[str, Any]:
    def factor(name: str) -> list[dict[str, Any]]:
        chosen = fields.get(name, "10000")
        return [
            {"value": value, "label": label, "is_chosen": value == chosen}
            for value, label in FACTORS
        ]

    labels = {
        "lead": _("Lead time"),
        "cost": _("Cost"),
        "tardiness": _("Being late"),
        "waste": _("Waste"),
        "energy": _("Energy"),
    }
    return {
        "products": [
            {
                "slug": each.slug,
                "name": in_language(each.name),
                "is_chosen": each.slug == asked,
            }
            for each in products
        ],
        "orders": fields.get("orders", str(USUAL_ORDERS)),
        "most_orders": MOST_ORDERS,
        "is_four": fields.get("comparison") == "four",
        "setup": factor("setup"),
        "demand": factor("demand"),
        "most_weight": MOST_WEIGHT,
        "goals": [
            {"name": goal, "label": labels[goal], "value": fields.get(goal, usual)}
            for goal, usual in USUAL_WEIGHTS.items()
        ],
    }


def _answer(found: Mapping[str, Any]) -> dict[str, Any]:
    names = {code: plain(code) for code in METHODS}
    return {
        "found": found,
        "best": names.get(found["method"], ""),
        "rows": [
            {
                **row,
                "name": names[row["method"]],
                "is_best": row["method"] == found["method"],
                "lead": duration(row["lead_s"]),
                "change": duration(row["change_s"]),
                "late_percent": row["tardy_bp"] // 100,
                "cost": row["cost_minor"] / 100,
                "waste": row["waste_minor"] / 100,
                "energy_kwh": row["energy_wh"] // 1000,
            }
            for row in found["methods"]
        ],
        "ruled_out": [
            {**row, "name": names[row["method"]]} for row in found["ruled_out"]
        ],
        "turns": [
            {
                "from": f"{turn['from_value'] / 10_000:g}",
                "to": f"{turn['to_value'] / 10_000:g}",
                "before": names[turn["from_method"]],
                "after": names[turn["to_method"]],
            }
            for turn in found["turns"]
        ],
        "chart": _chart(found["by_setup"], names),
    }


def _chart(
    points: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, Any]:
    """Draw the score of each method over the length of set-ups, less is better."""
    n_steps = max(1, len(points) - 1)
    highest = max((max(p["scores"].values(), default=1) for p in points), default=1)
    lines = []
    for place, method in enumerate(names):
        dots = [
            (
                WIDTH * at // n_steps,
                HEIGHT - HEIGHT * point["scores"][method] // max(1, highest),
            )
            for at, point in enumerate(points)
            if method in point["scores"]
        ]
        if dots:
            path = " ".join(f"{x},{y}" for x, y in dots)
            lines.append(
                {"name": names[method], "points": path, "kind": f"line-{place}"}
            )
    ticks = [
        {"x": WIDTH * at // n_steps, "label": f"{point['setup_bp'] / 10_000:g}"}
        for at, point in enumerate(points)
    ]
    return {"width": WIDTH, "height": HEIGHT, "lines": lines, "ticks": ticks}
