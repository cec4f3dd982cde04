"""A batch: how full, who is in and why, who nearly is, and its changeover."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from configurator.models import Configuration
from configurator.services.errors import DomainError, NotFoundError
from production.documents.load_sheet import load_sheet_pdf
from production.models import Batch, BatchMember, Changeover, Skill
from production.selectors import batch_answers
from production.selectors.changeovers import map_learned
from production.selectors.faces import attribute_words, names_in_kind
from production.selectors.reasons import say
from production.selectors.wording import skill_words, waste_words
from production.services import batches, membership, merging
from production.services.inspections import MEASURED
from production.services.reports import Report
from production.states import BatchState, ChangeoverState, MemberState
from production.views.access import check_here, roles_at, skills_at
from production.views.actions import (
    attempt,
    check_may,
    find_way_back,
    go_back,
    read_count,
    read_report,
    way_back,
)
from production.views.cards import batch_card, new_nonce, unit_card
from production.views.frame import frame, show_live
from production.views.reports import FIELD_OF_ERROR, as_sent
from production.views.requests import PageRequest
from production.views.words import (
    centre_words,
    configuration_in,
    due_facts,
    duration,
    local,
    pieces,
    plain,
)

_CODE = re.compile(r"\b[A-Z][A-Z0-9]*_?[A-Z0-9_]*[A-Z0-9]\b(?!-)")
OPEN_FOR_CHANGES = frozenset({"PROPOSED", "OPEN", "FROZEN", "RELEASED"})


@require_GET
def batch(request: PageRequest, number: str) -> HttpResponse:
    """Show a batch; alone it is the fragment."""
    found = batch_answers.get_batch(number=number)
    members = _present(found)
    shown = frame(request, section="boards")
    context = shown | {
        "title": found.number,
        "stream": found.work_centre.code,
        "batch": _card(request, found),
        "centre": {
            "name": centre_words(found.work_centre),
            "url": reverse("production:board", args=[found.work_centre.code]),
        },
        "members": [_member(member, request.now) for member in members],
        "near_misses": _misses(found, members),
        "fed_by": [fed.number for fed in found.fed_by.all()],
        "total": sum(member.quantity for member in members),
        "times": _times(found),
        "started_by": batch_answers.get_starter(batch=found),
        "below_minimum": _below_minimum(found),
        "at_device": request.device is not None,
        "changeover": _changeover(found),
        "ticks": _ticks(request, found),
        "may_take_out": shown["may_plan"] and found.state in OPEN_FOR_CHANGES,
        "mergeable": [
            {"number": each.number, "load": f"{each.load_milli / 1000:.10g}"}
            for each in batch_answers.list_mergeable(batch=found)
        ]
        if shown["may_plan"]
        else [],
        "nonce": new_nonce(),
    }
    return show_live(request, "_batch.html", context)


def _present(found: Batch) -> list[BatchMember]:
    members: list[BatchMember] = found.present  # type: ignore[attr-defined]
    return members


def _card(request: PageRequest, found: Batch) -> dict[str, Any]:
    return batch_card(
        found,
        now=request.now,
        roles=roles_at(request),
        members=_present(found),
        skills=skills_at(request),
    )


@require_http_methods(["GET", "POST"])
def batch_action(request: PageRequest, number: str) -> HttpResponse:
    """Freeze, start, finish and so on; a refused form that is opened anew is over."""
    action = request.POST.get("action", "")
    back = reverse("production:batch", args=[number])
    if request.method == "GET":
        return redirect(back)
    if request.device is not None:
        found = batch_answers.get_batch(number=number)
        check_here(request, found.work_centre_id)
    if action in _BY_PLANNERS:
        check_may(request, action)
        effect = partial(_BY_PLANNERS[action], request, number)
        return attempt(request, effect, back=back)
    if action not in batches.ACTIONS:
        raise DomainError(_("There is no such action."), field="action")
    check_may(request, action)
    try:
        given = _read_load_report(request)
        batches.perform(number=number, action=action, report=given)
    except NotFoundError:
        raise
    except DomainError as error:
        is_own_form = find_way_back(request, back) == back
        if is_own_form or error.field in FIELD_OF_ERROR:
            return _show_refused(request, number, error)
        messages.error(request, error.message)
    return go_back(request, back)


def _show_refused(
    request: PageRequest, number: str, error: DomainError
) -> HttpResponse:
    """Show the form as it was sent, alone: nothing that becomes current replaces it."""
    found = batch_answers.get_batch(number=number)
    card = _card(request, found)
    asked = _asked(card, _present(found))
    if request.device is None:
        is_signed = found.state == BatchState.CHANGEOVER
        asked["badge"] = (
            _("Signature: your badge") if is_signed else _("Who does it: badge")
        )
    context = frame(request, section="boards") | {
        "title": found.number,
        "name": card["kind"],
        "address": reverse("production:batch-action", args=[number]),
        **way_back(request, reverse("production:batch", args=[number])),
        **as_sent(request, asked, error=error, hints={MEASURED: card["limits"]}),
        "ticks": _ticks(request, found),
        "actions": [
            each | {"is_primary": each == card["actions"][0]}
            for each in card["actions"]
        ],
    }
    return render(request, "production/report.html", context, status=error.status)


def _ticks(request: PageRequest, found: Batch) -> list[dict[str, Any]]:
    """Give what is ticked before a changeover is signed, as it was ticked."""
    if found.state != BatchState.CHANGEOVER:
        return []
    labels = {"cleaned": _("Cleaned"), "set": _("Reconfigured and checked")}
    return [
        {"name": name, "label": label, "is_set": name in request.POST}
        for name, label in labels.items()
    ]


def _asked(card: dict[str, Any], members: Sequence[BatchMember]) -> dict[str, str]:
    """Give what a load's form asks for with its labels, as its page does."""
    asked = {}
    is_running = card["state"] == BatchState.RUNNING
    if is_running:
        if card["limits"]:
            asked[MEASURED] = _("Measured")
        total = {"total": sum(member.quantity for member in members)}
        asked["scrap"] = _("Scrap, of %(total)s pieces") % total
        if len(members) > 1:
            asked |= {
                f"scrap_of.{member.operation_id}": f"{_('Scrap (pieces)')} · "
                f"{member.operation.work_order.number} · {pieces(member.quantity)}"
                for member in members
            }
    if card["asks_reason"]:
        asked["reason"] = _("It is below its minimum: why it cannot wait")
    elif is_running:
        asked["reason"] = _("Reason of the scrap")
    return asked


def _read_load_report(request: PageRequest) -> Report:
    """Make a report of a load's form; scrap may name the members that it is of."""
    given = read_report(request)
    named = {
        name.partition(".")[2]: read_count(text, "scrap")
        for name, text in request.POST.items()
        if name.startswith("scrap_of.") and isinstance(text, str) and text
    }
    if not any(named.values()):
        return given
    details = {**given.details, "scrap_by_operation": named}
    return replace(given, scrap=sum(named.values()), details=details)


def _merge(request: PageRequest, number: str) -> Any:
    other = request.POST.get("other", "")
    return merging.merge(number=number, other=other, report=read_report(request))


def _take_out(request: PageRequest, number: str) -> Any:
    return membership.withdraw_member(
        number=number,
        operation_id=read_count(request.POST.get("operation", ""), "operation"),
        report=read_report(request),
    )


_BY_PLANNERS = {"remove": _take_out, "merge": _merge}


@require_GET
def load_sheet(request: PageRequest, number: str) -> HttpResponse:
    """Give the paper that lies by the load."""
    found = batch_answers.get_batch(number=number)
    return HttpResponse(load_sheet_pdf(found), content_type="application/pdf")


def _member(member: BatchMember, now: Any) -> dict[str, Any]:
    operation = member.operation
    return unit_card(operation.work_order) | {
        "operation": operation.id,
        "quantity": pieces(member.quantity),
        "reason": say(member.reason, family=_("kind")),
        **due_facts(operation.due_at, now, done_at=operation.finished_at),
        "good": member.good,
        "scrap": member.scrap,
        "is_done": member.state == MemberState.DONE,
    }


def _below_minimum(found: Batch) -> str:
    """Say why it went below its minimum, and who said so."""
    why = str(found.reasons.get("below_minimum", ""))
    who = str(found.reasons.get("below_minimum_by", ""))
    return " · ".join(part for part in (why, who) if part)


def _misses(found: Batch, members: Sequence[BatchMember]) -> list[dict[str, Any]]:
    """Say who is not in it and why, in the words of people: codes are for machines."""
    names = names_in_kind(found.batch_key, configuration_in(members))
    return [
        {
            "work_order": number,
            "reason": _CODE.sub(lambda code: plain(code[0]), say(reason, names=names)),
        }
        for number, reason in batch_answers.list_near_misses(batch=found)
    ]


def _times(found: Batch) -> list[tuple[str, str]]:
    """Give what has happened to the batch so far, in order, and when it closes."""
    moments = (
        (_("grouped"), found.created_at),
        (_("freezes at the latest"), batch_answers.find_freeze(batch=found)),
        (_("frozen"), found.frozen_at),
        (_("started"), found.started_at),
        (_("finished"), found.completed_at),
    )
    return [(word, local(at)) for word, at in moments if at is not None]


def _changeover(found: Batch) -> dict[str, Any] | None:
    changeover: Changeover | None = getattr(found, "changeover", None)
    if changeover is None:
        return None
    learned = map_learned(batches=[found])[found.pk]
    signer = changeover.signed_by
    return {
        "is_needed": changeover.planned_s > 0,
        "is_running": changeover.state == ChangeoverState.RUNNING,
        "is_signed": changeover.state == ChangeoverState.SIGNED,
        "state": changeover.state,
        "state_label": changeover.get_state_display(),
        "rule": learned.name or plain(changeover.rule_code),
        "learned": duration(learned.actual_s) if learned.actual_s else "",
        "planned": duration(changeover.planned_s),
        "actual": duration(changeover.actual_s)
        if changeover.actual_s is not None
        else "",
        "skill": _signer_words(changeover.signature_skill),
        "signed_by": signer.name if signer else "",
        "signed_at": local(changeover.signed_at),
        "changes": _changes(changeover, configuration_in(_present(found))),
        "waste": waste_words(changeover.waste),
    }


def _signer_words(code: str) -> str:
    return skill_words(Skill.objects.filter(code=code).first(), code) if code else ""


def _changes(
    changeover: Changeover, configuration: Configuration | None
) -> list[dict[str, str]]:
    """Give what has to be set anew: each attribute with what it was."""
    was = attribute_words(changeover.from_state, configuration)
    becomes = attribute_words(changeover.to_state, configuration)
    return [
        {"name": name, "was": was.get(code, ("", ""))[1], "becomes": value}
        for code, (name, value) in becomes.items()
        if changeover.from_state.get(code) != changeover.to_state[code]
    ]
