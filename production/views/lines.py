"""Lines: the queue of a flexible one, the pace and stock of a flow line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language
from production.models import Line, LineKind, LinePlan, LineSlot, SequenceRule
from production.selectors import (
    board_details,
    floor,
    line_queue,
    nonconformances,
)
from production.selectors.reasons import say
from production.views.cards import new_nonce
from production.views.flow import flow_card
from production.views.frame import ALL, frame, show_live
from production.views.line_cards import (
    line_card,
    line_cards,
    planned_card,
    slot_card,
)
from production.views.methods import method_of, template_of
from production.views.outages import outage_card
from production.views.ratios import find_over_ratio
from production.views.requests import PageRequest
from production.views.words import local, plain

QUEUE_SHOWN = 60
NEXT_SHOWN = 6


@require_GET
def lines(request: PageRequest) -> HttpResponse:
    """Show all flexible lines: what stands on each, and what comes next."""
    flexible = [each for each in floor.list_lines() if each.kind == LineKind.FLEXIBLE]
    context = frame(request, section="lines") | {
        "title": _("Flexible lines"),
        "lines": [
            card | _strip(each, is_moving=card["is_moving"])
            for each, card in zip(
                flexible, line_cards(flexible, now=request.now), strict=True
            )
        ],
        "stream": ALL,
    }
    return show_live(request, "_lines.html", context)


def _strip(line: Line, *, is_moving: bool) -> dict[str, Any]:
    queue = line_queue.get_queue(line=line, limit=NEXT_SHOWN)
    _prepare([*queue.on_line, *queue.waiting])
    return {
        "is_empty": not queue.on_line,
        "stations": _stations(line, queue.on_line, is_moving=is_moving),
        "next": [slot_card(slot) for slot in queue.waiting],
    }


def _prepare(slots: Sequence[LineSlot]) -> None:
    """Load what cards of units show, with what keeps the blocked ones there."""
    prefetch_related_objects(list(slots), "work_order__configuration")
    blocked = [slot for slot in slots if slot.blocked_reason]
    undecided = nonconformances.map_undecided(
        work_order_ids=[slot.work_order_id for slot in blocked]
    )
    for slot in blocked:
        slot.undecided = undecided.get(slot.work_order_id, "")  # type: ignore[attr-defined]


@require_GET
def line(request: PageRequest, code: str) -> HttpResponse:
    """Show a line: a flexible one with its queue, a flow line with its counters."""
    found = floor.get_line(code=code)
    if found.kind == LineKind.FLOW:
        shown = frame(request, section="flow")
        context = shown | {
            "title": f"{code} · {in_language(found.name)}",
            "stream": found.work_centre.code,
            "is_alone": "column" not in request.GET,
            "outage": outage_card(request, found.work_centre),
            "flow": line_card(found, now=request.now)
            | flow_card(found, now=request.now),
            "method_template": template_of(method_of(found)),
        }
        return show_live(request, "_flow.html", context)
    context = frame(request, section="lines") | _line_context(found, request.now)
    context["outage"] = outage_card(request, found.work_centre)
    return show_live(request, "_line.html", context)


def _line_context(found: Line, now: datetime) -> dict[str, Any]:
    queue = line_queue.get_queue(line=found)
    card = line_card(found, now=now)
    is_moving = card["is_moving"]
    removed = board_details.list_removed(line=found)
    waiting = [*queue.returning, *queue.waiting]
    shown = waiting[:QUEUE_SHOWN]
    _prepare([*queue.on_line, *shown])
    rules = board_details.list_rules(line=found)
    return {
        "title": f"{found.code} · {in_language(found.name)}",
        "stream": found.work_centre.code,
        "method_template": template_of(method_of(found)),
        "stopped": _stop_words(found) if card["is_stopped"] else "",
        "line": card | _takt(found, now, is_moving=is_moving),
        "stations": _stations(found, queue.on_line, is_moving=is_moving),
        "launched": [slot_card(slot) for slot in queue.on_line if not slot.station],
        "rules": [_rule(rule, queue.waiting) for rule in rules],
        "runs": _runs(found, rules, shown),
        "n_waiting": len(waiting),
        "n_hidden": len(waiting) - len(shown),
        "removed": [slot_card(slot) for slot in removed],
        "planned": [
            planned_card(order)
            for order in line_queue.list_planned(line=found, limit=QUEUE_SHOWN)
        ],
        "objective": _objective(found),
        "nonce": new_nonce(),
    }


def _stop_words(found: Line) -> str:
    """Say why a line stands still, and what starts it."""
    told = board_details.find_stop(line=found)
    why = _("The takt of this line stands.")
    if found.advanced_at is None:
        why = _("Nobody has started the takt of this line yet.")
    if told is not None:
        why = _("The takt was stopped by %(who)s, %(at)s.")
        why %= {"who": told.actor, "at": local(told.at)}
    way = _("What is released waits in the queue until somebody starts the takt.")
    return f"{why} {way}"


def _takt(found: Line, now: datetime, *, is_moving: bool) -> dict[str, Any]:
    """Say how long this takt still lasts; a stopped, closed or empty line has none."""
    is_ticking = is_moving and getattr(found, "n_on_line", 0) > 0
    if not is_ticking or found.advanced_at is None:
        return {"left_s": None}
    ends_at = found.advanced_at + timedelta(milliseconds=found.takt_ms)
    return {"left_s": max(0, round((ends_at - now).total_seconds()))}


def _stations(
    found: Line, on_line: Sequence[LineSlot], *, is_moving: bool
) -> list[dict[str, Any]]:
    at = {slot.station: slot for slot in on_line if slot.station}
    stations = []
    for station in found.stations.all():
        slot = at.get(station.position)
        stations.append(
            {
                "code": station.code,
                "name": in_language(station.name) or station.code,
                "slot": slot_card(slot) if slot else None,
                **_station_lamp(slot, is_moving=is_moving),
            }
        )
    return stations


def _station_lamp(slot: LineSlot | None, *, is_moving: bool) -> dict[str, str]:
    if slot is not None and slot.blocked_reason:
        return {"tone": "blocked", "lamp": _("blocked")}
    if slot is not None:
        tone, lamp = ("running", _("working")) if is_moving else ("held", _("stands"))
        return {"tone": tone, "lamp": lamp}
    if is_moving:
        return {"tone": "held", "lamp": _("starved")}
    return {"tone": "open", "lamp": _("empty")}


def _rule(rule: SequenceRule, waiting: Sequence[LineSlot]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": _rule_name(rule),
        "p": rule.p,
        "q": rule.q,
        "n": sum(_counts(slot, rule.code) for slot in waiting),
    }


def _rule_name(rule: SequenceRule) -> str:
    """Give a rule's name without its figures, which stand beside it."""
    name = in_language(rule.name) or plain(rule.code)
    return name.partition(":")[0]


def _counts(slot: LineSlot, code: str) -> bool:
    return slot.work_order.line_attributes.get(code) in (1, True)


def _runs(
    found: Line, rules: Sequence[SequenceRule], shown: Sequence[LineSlot]
) -> list[dict[str, Any]]:
    """Give the queue as runs of one colour, each unit with its ratio marks."""
    before = line_queue.history(line=found)
    # What comes in again was counted when it was launched.
    fresh = [slot for slot in shown if slot.station is None]
    over = find_over_ratio(
        rules=[(rule.code, rule.p, rule.q) for rule in rules],
        units=[slot.work_order.line_attributes for slot in [*before, *fresh]],
    )[len(before) :]
    over_by_slot = dict(zip((slot.id for slot in fresh), over, strict=True))
    names = {rule.code: _rule_name(rule) for rule in rules}
    cards = []
    for place, slot in enumerate(shown, start=1):
        card = slot_card(slot, position=place)
        colour = {_paint(slot): _colour(found, slot)["colour"]}
        card["why"] = say(slot.why, names=names | colour)
        card["marks"] = [names[c] for c in names if _counts(slot, c)]
        card["over"] = [
            _("%(rule)s: %(n)d in %(q)d") % {"rule": names[code], "n": n, "q": q}
            for code, n, q in over_by_slot.get(slot.id, ())
        ]
        cards.append((slot, card))
    return [
        {**colour, "why": _say_once(run), "slots": run}
        for colour, run in (
            (_colour(found, slots[0][0]), [card for _slot, card in slots])
            for slots in (
                list(group)
                for _key, group in groupby(cards, key=lambda pair: _paint(pair[0]))
            )
        )
    ]


def _say_once(cards: Sequence[dict[str, Any]]) -> str:
    """Lift a reason that all units of a run share into the run's head."""
    reasons = {card["why"] for card in cards}
    if len(cards) < 2 or len(reasons) > 1:
        return ""
    for card in cards:
        card["why"] = ""
    return str(reasons.pop())


def _paint(slot: LineSlot) -> str:
    return str(slot.work_order.line_attributes.get("colour", ""))


def _colour(found: Line, slot: LineSlot) -> Mapping[str, str]:
    """Give a run's colour in words, and its tint where the product knows it."""
    value = _paint(slot)
    definition = release_by_id(slot.work_order.configuration.release_id).definition
    for each in definition.characteristics:
        if each.code != found.colour_attribute:
            continue
        for option in each.options:
            if option.code == value:
                return {
                    "colour": in_language(option.name) or plain(value),
                    "tint": option.tint or "",
                }
    return {"colour": plain(value), "tint": ""}


def _objective(found: Line) -> dict[str, Any]:
    plan = LinePlan.objects.filter(line=found, version=found.plan_version).first()
    if plan is None:
        return {}
    plain = plan.objective.get("first_come")
    return {
        # A queue that only closed up is counted with the next plan.
        "costs": None if plan.objective.get("rough") else _costs(plan.objective),
        "first_come": _costs(plain) if plain else None,
        "cause": plan.cause and _(plan.cause),
        "version": plan.version,
    }


def _costs(figures: Mapping[str, Any]) -> dict[str, int]:
    return {
        "violations": sum(figures.get("violations", {}).values()),
        "changes": figures.get("colour_changes", 0),
        "late": figures.get("late", 0),
    }
