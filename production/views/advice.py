"""Which method fits: the same orders under all four, with sliders and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configurator.models import Product
from configurator.selectors.words import in_language
from production.documents.advice import write_answer
from production.selectors.advice import USUAL_WEIGHTS, Question
from production.selectors.advising import MOST_ORDERS, AdviceError
from production.selectors.latest import name_latest_product
from production.selectors.loads import map_matrices
from production.services import advising
from production.tasks import advise as work_out
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import duration, local, plain

USUAL_ORDERS = 60
MOST_WEIGHT = 5
PERCENT = 100
# Sliders in percent of the figures in force: least, most, step, usual.
SLIDERS = {
    "setup": (0, 400, 10, 100),
    "auto": (0, 100, 5, 0),
    "shifts": (50, 200, 25, 100),
    "demand": (10, 400, 10, 100),
}

USUAL = (
    ("orders", str(USUAL_ORDERS)),
    ("matrix", ""),
    *((name, str(usual)) for name, (*_range, usual) in SLIDERS.items()),
    *((goal, str(usual)) for goal, usual in USUAL_WEIGHTS.items()),
)


@require_http_methods(["GET", "HEAD", "POST"])
def advice(request: PageRequest) -> HttpResponse:
    """Ask, wait, or show the comparison; the address holds the whole question.

    Posted to, the answer kept for that question is thrown away and worked out anew.
    """
    products = list(Product.objects.order_by("slug"))
    asked = request.GET.get("product") or name_latest_product()
    asked = asked or (products[0].slug if products else "")
    context = frame(request, section="advice") | {
        "title": _("Advice"),
        "form": _form(request.GET, products, asked),
    }
    try:
        question = read_question(request.GET, asked)
    except AdviceError as error:
        return _show(request, context | {"error": error.message}, status=400)
    if request.method == "POST":
        advising.forget_advice(question=question)
        return redirect(request.get_full_path())
    found = advising.find_advice(question=question)
    if found is None:
        if advising.claim_advice(question=question):
            work_out.delay(question=asdict(question))
        done, total = advising.find_progress(question=question) or (0, 0)
        context |= {"is_waiting": True, "done": done, "total": total}
    elif "error" in found:
        context |= {"error": found["error"]}
    else:
        at = datetime.fromisoformat(found["worked_out_at"])
        age_s = max(0, int((request.now - at).total_seconds()))
        context |= write_answer(found) | {"at": local(at), "age": duration(age_s)}
    return _show(request, context)


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
    factors = {
        name: _number(fields, name, usual, least=least, most=most) * PERCENT
        for name, (least, most, _step, usual) in SLIDERS.items()
    }
    return Question(
        product=product[:128],
        n_orders=_number(fields, "orders", USUAL_ORDERS, least=1, most=MOST_ORDERS),
        comparison=fields.get("comparison", "same"),
        setup_bp=factors["setup"],
        demand_bp=factors["demand"],
        shifts_bp=factors["shifts"],
        automation_bp=factors["auto"],
        matrix=fields.get("matrix", "")[:32],
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
    matrix = fields.get("matrix", "")
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
        "matrices": [
            {"code": code, "name": plain(code), "is_chosen": code == matrix}
            for code in sorted(map_matrices())
        ],
        "sliders": _sliders(fields),
        "is_changed": any(fields.get(name, usual) != usual for name, usual in USUAL),
        "most_weight": MOST_WEIGHT,
        "goals": _goals(fields),
    }


def _sliders(fields: QueryDict) -> list[dict[str, Any]]:
    words = {
        "setup": (_("Set-up time"), _("of today's")),
        "auto": (_("Automation"), _("of the way to an automatic plant")),
        "shifts": (_("Shifts"), _("of today's working time")),
        "demand": (_("Demand"), _("of each order's pieces")),
    }
    return [
        {
            "name": name,
            "label": words[name][0],
            "unit": words[name][1],
            "least": least,
            "most": most,
            "step": step,
            "value": fields.get(name) or usual,
        }
        for name, (least, most, step, usual) in SLIDERS.items()
    ]


def _goals(fields: QueryDict) -> list[dict[str, Any]]:
    labels = {
        "lead": _("Lead time"),
        "cost": _("Cost"),
        "tardiness": _("Being on time"),
        "waste": _("Waste"),
        "energy": _("Energy"),
    }
    return [
        {"name": goal, "label": labels[goal], "value": fields.get(goal) or usual}
        for goal, usual in USUAL_WEIGHTS.items()
    ]
