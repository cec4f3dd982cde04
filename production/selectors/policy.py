"""Which method makes an order line, why, and until when it may be changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from configurator.selectors.conditions import RuleSyntaxError, is_condition_true
from configurator.selectors.manufacture import Manufacture, resolve
from configurator.selectors.words import in_language
from orders.ports import MethodDecision
from production.engine.methods import METHODS
from production.models import (
    Line,
    MethodPolicy,
    Skill,
    StockItem,
    StockKind,
    WorkCentre,
    WorkOrder,
)
from production.models.places import AUTOMATIC
from production.selectors.cutoffs import edit_until
from production.selectors.order_classes import ClassAdvice, find_class_advice
from production.states import LIVE_WORK_ORDER_STATES

FLOW = "FLOW"


def choose_method(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
) -> MethodDecision:
    """Take the routing's method unless a policy says otherwise; the first counts.

    A policy may leave it to the advisor: to what was worked out for such orders.
    """
    manufacture = resolve(release_id=release_id, choices=choices, quantity=quantity)
    policy = find_policy(product=product, choices=choices, quantity=quantity)
    advice = None
    if policy and policy.method == AUTOMATIC:
        routing = manufacture.routing_code
        advice = find_class_advice(product=product, routing=routing)
    method = _method(manufacture, policy, advice)
    reasons = _reasons(manufacture, policy, advice, quantity)
    return MethodDecision(
        method=method,
        reasons=tuple(reasons),
        edit_until=edit_until(window=manufacture.edit_window, now=now),
    )


def find_policy(
    *, product: str, choices: Mapping[str, Any], quantity: int
) -> MethodPolicy | None:
    """Give the first policy that applies; one that cannot be read never does."""
    rows = MethodPolicy.objects.filter(
        Q(product__isnull=True) | Q(product__slug=product), min_quantity__lte=quantity
    ).order_by("position", "id")
    for row in rows:
        try:
            if not row.condition.strip() or is_condition_true(
                row.condition, choices, quantity=quantity
            ):
                return row
        except RuleSyntaxError:
            continue
    return None


def _method(
    manufacture: Manufacture, policy: MethodPolicy | None, advice: ClassAdvice | None
) -> str:
    if policy is None:
        return manufacture.method
    if policy.method != AUTOMATIC:
        return policy.method
    return advice.method if advice else manufacture.method


def _reasons(
    manufacture: Manufacture,
    policy: MethodPolicy | None,
    advice: ClassAdvice | None,
    quantity: int,
) -> Iterator[str]:
    """Say why, in the language of whoever places the order."""
    if policy is not None:
        yield in_language(policy.reason) or _("The works' policy says so.")
        if policy.method == AUTOMATIC:
            yield from _advised(advice)
    reason = in_language(manufacture.reason)
    if reason and _method(manufacture, policy, advice) == manufacture.method:
        yield reason
    name = in_language(manufacture.routing_name)
    if name:
        yield _("Routing: %(name)s") % {"name": name}
    if manufacture.largest_lot and manufacture.pieces > manufacture.largest_lot:
        yield _("%(pieces)d pieces are cut into lots of at most %(largest)d.") % {
            "pieces": quantity * manufacture.pieces_per_unit,
            "largest": manufacture.largest_lot,
        }


def _advised(advice: ClassAdvice | None) -> Iterator[str]:
    """Say which figures decided, or that there are none yet."""
    if advice is None:
        yield _("There are too few orders yet to advise on; the routing decides.")
        return
    yield _("Advised from the latest %(n)d orders of this kind.") % {
        "n": advice.n_orders
    }
    yield from advice.texts


def list_unknown(*, definition: Mapping[str, Any]) -> list[str]:
    """Say which methods, work centres, lines and skills of a release there are not."""
    return [*_unknown_methods(definition), *_unknown_places(definition)]


def _unknown_methods(definition: Mapping[str, Any]) -> list[str]:
    text = _("Routing %(routing)s names method %(code)s; there are %(known)s.")
    return [
        text
        % {
            "routing": each.get("code", ""),
            "code": each["method"],
            "known": ", ".join(METHODS),
        }
        for each in definition.get("routings", ())
        if each.get("method") and each["method"] not in METHODS
    ]


def _unknown_places(definition: Mapping[str, Any]) -> list[str]:
    centres = set(WorkCentre.objects.values_list("code", flat=True))
    lines = {
        line.code: {station.code for station in line.stations.all()}
        for line in Line.objects.prefetch_related("stations")
    }
    skills = set(Skill.objects.values_list("code", flat=True))
    found = []
    if any(each.get("method") == FLOW for each in definition.get("routings", ())):
        found += _without_goods(definition)
    for routing in definition.get("routings", ()):
        where = routing.get("code", "")
        if routing.get("line") and routing["line"] not in lines:
            found.append(
                _("Routing %(routing)s names line %(code)s, which does not exist.")
                % {"routing": where, "code": routing["line"]}
            )
        for step in routing.get("steps", ()):
            found += _unknown_in_step(step, where, centres, skills)
            found += _without_station(step, where, lines.get(routing.get("line") or ""))
    return found


def _without_goods(definition: Mapping[str, Any]) -> list[str]:
    """Say so where a standard product has no goods to be taken from."""
    slug = str(definition.get("product", ""))
    needed = {each.get("material") for each in definition.get("materials", ())}
    goods = StockItem.objects.filter(kind=StockKind.GOODS).filter(
        Q(product__slug=slug) | Q(code__in={slug.upper(), *needed} - {None})
    )
    if goods.exists():
        return []
    text = _(
        "%(product)s is made in flow and taken from stock, but there is no stock item "
        "for it, and none of the standard goods is among its materials."
    )
    return [text % {"product": slug}]


def list_unknown_operations(*, operations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which work centres and skills of a quotation's operations do not exist."""
    routing = {"code": _("Quotation"), "steps": operations}
    return list_unknown(definition={"routings": [routing]})


def _unknown_in_step(
    step: Mapping[str, Any], routing: str, centres: set[str], skills: set[str]
) -> Iterator[str]:
    place = f"{routing}/{step.get('code', '')}"
    if step.get("work_centre") and step["work_centre"] not in centres:
        yield _("Step %(step)s names work centre %(code)s, which does not exist.") % {
            "step": place,
            "code": step["work_centre"],
        }
    if step.get("skill") and step["skill"] not in skills:
        yield _("Step %(step)s asks for skill %(code)s, which nobody can have.") % {
            "step": place,
            "code": step["skill"],
        }


def _without_station(
    step: Mapping[str, Any], routing: str, stations: Collection[str] | None
) -> Iterator[str]:
    """Say so where a step names a station that its line has not."""
    station = step.get("station")
    if station and stations is not None and station not in stations:
        yield _("Step %(step)s names station %(code)s, which its line has not.") % {
            "step": f"{routing}/{step.get('code', '')}",
            "code": station,
        }


def list_users_of(*, product: str) -> list[str]:
    """Say what of the factory hangs on a product."""
    rows = {
        _("%(n)d open work orders"): WorkOrder.objects.filter(
            product__slug=product, state__in=LIVE_WORK_ORDER_STATES
        ).count(),
        _("%(n)d stock items"): StockItem.objects.filter(product__slug=product).count(),
        _("%(n)d lines"): Line.objects.filter(product__slug=product).count(),
    }
    return [text % {"n": n} for text, n in rows.items() if n]
