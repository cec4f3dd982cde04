"""The configurator page's plain values: questions, options, price, promise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from configurator.selectors.changing import ORDERED, show_changing, tell_day
from configurator.selectors.fields import PREFIX, QUANTITY, write_changes
from configurator.selectors.fixes import Fix, Ways, find_ways
from configurator.selectors.kept import Keyed, has_own_words, key_of_choices
from configurator.selectors.labels import name_answers
from configurator.selectors.print_areas import find_placings
from configurator.selectors.products import describe_release
from configurator.selectors.releases import LiveRelease
from configurator.selectors.size_guides import guide_question
from configurator.selectors.texts import text_limits
from configurator.selectors.together import Together
from configurator.services.previews import preview_svg
from configurator.states import CharacteristicKind, ProductKind
from configurator.views.design import AT, LINE, Answer, Design, list_changed
from configurator.views.picker_bar import (
    count_ways,
    find_open,
    list_steps,
    price_bar,
)
from configurator.views.picker_placing import describe_placing

# Options with names no longer than this stand closer together.
SHORT_NAME = 6


def picker_context(
    release: LiveRelease, design: Design, answer: Answer, *, now: datetime
) -> dict[str, Any]:
    """Put a configure answer into what the page shows."""
    described = describe_release(release)
    changed = list_changed(release, design) if design.before else {}
    ways = _ways(release, answer, now)
    conflict = _conflict(release, answer, changed)
    placings = _placings(release, design, answer)
    questions = [
        _question(each, design, answer, ways)
        | _writing(release, each["code"], design, answer)
        for each in described["characteristics"]
    ]
    notice = _notice(release, design, changed)
    for question in questions:
        question |= _beside(question["code"], conflict, notice, placings)
    return {
        "product": described,
        "choices": answer["choices"] | design.choices,
        "is_bespoke": release.kind == ProductKind.BESPOKE,
        "questions": questions,
        "quantity": _quantity(described, design, answer),
        "preview": _preview(release, described, answer, design, placings),
        "placings": list(placings.values()),
        "conflict": conflict,
        "notice": notice,
        "strangers": _strangers(described, design),
        "price": _price(release, design, answer, now),
        "can_order": answer["complete"] and not design.problems,
        "open_at": find_open(questions, design, conflict),
        "steps": list_steps(questions, conflict),
        "n_ways": count_ways(release),
        "query": design.query,
        "before": design.before if design.before != design.query else "",
        "line": design.line,
        "changing": show_changing(design.changing, answer["price"]),
        "tail": _tail(design),
        "prefix": PREFIX,
        "guide_at": guide_question(release),
    }


def _price(
    release: LiveRelease, design: Design, answer: Answer, now: datetime
) -> dict[str, Any]:
    price = price_bar(answer, design.shown_minor)
    day = tell_day(design.changing, release=release, answer=answer, now=now)
    # What is changed comes no earlier than it was promised, whatever is chosen.
    return {**price, "promise": day, "earlier": []} if day else price


def _tail(design: Design) -> str:
    """Say in an address which line is changed, of the cart or of an order."""
    found = {LINE: design.line, ORDERED: design.ordered}
    return "".join(f"&{name}={at}" for name, at in found.items() if at is not None)


def _beside(
    code: str,
    conflict: Mapping[str, Any],
    notice: Mapping[str, Any],
    placings: Mapping[str, Any],
) -> dict[str, Any]:
    """Give what is to be said at one question beside its answers."""
    return {
        "conflict": conflict if conflict.get("at") == code else {},
        "notice": notice if notice.get("at") == code else {},
        "placing": placings.get(code, {}),
    }


def _placings(
    release: LiveRelease, design: Design, answer: Answer
) -> dict[str, dict[str, Any]]:
    """Describe the pictures in their places; one too coarse to print can be moved."""
    choices = {**answer["choices"], **design.choices}
    found = find_placings(release.definition, choices, quantity=answer["quantity"])
    return {code: describe_placing(code, placed) for code, placed in found.items()}


def _preview(
    release: LiveRelease,
    described: Answer,
    answer: Answer,
    design: Design,
    placings: Collection[str],
) -> SafeString:
    """Draw the product; what holds nobody's own words is drawn once for all."""
    pictures = {code: design.choices.get(code) for code in placings}
    choices = {**answer["choices"], **pictures}
    look = _Look(release.release_id, choices, answer["quantity"], described["name"])
    if has_own_words(release.definition, choices):
        return _draw(look)
    plain = key_of_choices(release.definition, choices)
    key = (release.definition_sha256, plain, answer["quantity"], described["name"])
    return _draw_once(Keyed(key, look))


class _Look(NamedTuple):
    release_id: int
    choices: dict[str, Any]
    quantity: int
    label: str


def _draw(look: _Look) -> SafeString:
    return preview_svg(
        release_id=look.release_id,
        choices=look.choices,
        quantity=look.quantity,
        label=look.label,
        linked=lambda token: reverse("catalogue:upload", args=[token]),
    )


@lru_cache(maxsize=256)
def _draw_once(look: Keyed[_Look]) -> SafeString:
    return _draw(look.take())


def _ways(release: LiveRelease, answer: Answer, now: datetime) -> Ways:
    """Find the way to each option that is out; a conflict has repairs of its own."""
    out = [
        (name, option)
        for name, each in answer["characteristics"].items()
        for option, state in each["options"].items()
        if not state["available"]
    ]
    if not out:
        return Ways()
    return find_ways(
        release=release,
        choices=answer["choices"],
        quantity=answer.get("count") or answer["quantity"],
        wanted=out,
        now=now,
    )


def _question(
    each: Answer, design: Design, answer: Answer, ways: Ways
) -> dict[str, Any]:
    code = each["code"]
    state = answer["characteristics"].get(code, {})
    typed = design.choices.get(code)
    question = {
        **each,
        "field": PREFIX + code,
        "value": "" if typed is None else typed,
        "problem": design.problems.get(code, ""),
        "is_missing": code in answer["missing"],
        "is_ruled_out": state.get("possible") is False and not typed,
        "is_needed": state.get("needed", False) and not typed,
        "ranges": _ranges(each, state.get("ranges", ())),
    }
    if "options" in each:
        question["options"] = [
            _option(code, option, state["options"], answer, ways)
            for option in each["options"]
        ]
        question["is_small"] = all(
            len(one["name"]) <= SHORT_NAME and not one["tint"]
            for one in question["options"]
        )
        chosen = [one["name"] for one in question["options"] if one["selected"]]
        question["chosen"] = ", ".join(chosen)
        question["drawn"] = _draw_options(question)
    return question


def _draw_options(question: Mapping[str, Any]) -> SafeString:
    """Draw the options of a question; those that say the same are drawn once."""
    names = ("field", "kind", "is_small", "options")
    shown = {name: question[name] for name in names}
    return _drawn_options(Keyed((get_language(), repr(shown)), shown))


@lru_cache(maxsize=2048)
def _drawn_options(shown: Keyed[dict[str, Any]]) -> SafeString:
    return render_to_string("configurator/_options.html", {"question": shown.take()})


def _writing(
    release: LiveRelease, code: str, design: Design, answer: Answer
) -> dict[str, Any]:
    """Say what may be written with the other choices, before anybody writes."""
    each = release.definition.by_code[code]
    if each.kind.value != CharacteristicKind.TEXT:
        return {}
    limits = text_limits(
        release.definition,
        each,
        {**answer["choices"], **design.choices},
        quantity=answer["quantity"],
    )
    return {
        "min_length": limits.least,
        "max_length": limits.most,
        "letters": _letters(limits.letters),
        "process": limits.reason,
    }


def _letters(alphabet: str) -> str:
    """Say what may be written, in words rather than as a list of signs."""
    has_digits = "0" in alphabet
    has_blank = " " in alphabet
    if "A" in alphabet and "a" not in alphabet:
        return _("Capitals and figures.") if has_digits else _("Capitals only.")
    if has_digits and has_blank:
        return _("Letters, figures, blanks and the usual signs.")
    return _("Letters and figures.") if has_digits else _("Letters only.")


def _ranges(each: Answer, ranges: Any) -> str:
    """Say which numbers the other choices leave, where these are not all."""
    if each["kind"] != CharacteristicKind.NUMBER:
        return ""
    spans = [f"{one['min']}–{one['max']}" for one in ranges]  # noqa: RUF001 -- a span
    everything = f"{each['min']}–{each['max']}"  # noqa: RUF001 -- a span
    if not spans or spans == [everything]:
        return ""
    words = {"spans": ", ".join(spans), "unit": each["unit"]}
    return (_("With your other choices %(spans)s %(unit)s.") % words).replace(" .", ".")


def _option(
    code: str, option: Answer, states: Answer, answer: Answer, ways: Ways
) -> dict[str, Any]:
    state = states.get(option["code"], {})
    is_sold_out = (code, option["code"]) in ways.sold_out
    shown = {
        "code": option["code"],
        "name": option["name"],
        "tint": option.get("tint") or "",
        "delta": answer["amounts"].difference(state.get("price_delta_minor")),
        "selected": state.get("selected", False),
        "available": state.get("available", True),
        "reason": state.get("reason") or "",
        "unavailable_label": _("Sold out") if is_sold_out else "",
    }
    fix = ways.fixes.get((code, option["code"]))
    if fix is not None and not shown["selected"]:
        shown |= _fix_button(fix, answer, at=code)
    return shown


def _fix_button(fix: Fix, answer: Answer, *, at: str) -> dict[str, str]:
    """Offer a way to an option; with others of its design, what it is of the line."""
    changes: Mapping[str, Any] = {**fix.option, **fix.changes}
    costs, words = fix.price_delta_minor, fix.words
    together: Together | None = answer.get("together")
    if together is not None:
        changes, costs = together.mend(changes, costs)
        changed = {code: changes[code] for code in fix.changes}
        words = name_answers(together.lines[0].definition, changed)
    label = _("Choose it, with %(changes)s") % {"changes": words}
    if costs:
        label += f" ({answer['amounts'].difference(costs)})"
    return {
        "fix_label": label,
        "fix_value": f"{write_changes(changes)}&{AT}={at}",
    }


def _quantity(described: Answer, design: Design, answer: Answer) -> dict[str, Any]:
    allowed = described["quantity"]
    spans = answer["quantities"]
    least = allowed.get("min", 0)
    is_narrowed = "min" in allowed and spans and spans[0]["min"] > least
    together = _("With those in your cart there are %(n)s of this design.")
    hints = [
        _("From %(n)s with your other choices.") % {"n": spans[0]["min"]}
        if is_narrowed
        else "",
        together % {"n": answer["count"]} if "count" in answer else "",
    ]
    return {
        "choices": allowed.get("values", []),
        "least": allowed.get("min"),
        "most": allowed.get("max"),
        "step": allowed.get("step"),
        "value": design.quantity_text or design.quantity,
        "problem": design.problems.get(QUANTITY, ""),
        "hint": " ".join(filter(None, hints)),
    }


def _conflict(
    release: LiveRelease, answer: Answer, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what excludes what, at the question that was touched, with ways out."""
    if not answer["conflicts"]:
        return {}
    found = answer["conflicts"][0]
    codes = [code for code in changed if code in found["choices"]]
    repairs = [
        {
            "label": name_answers(release.definition, repair["changes"]),
            "delta": answer["amounts"].difference(repair["price_delta_minor"]),
            "value": write_changes(repair["changes"]),
        }
        for repair in found["repairs"]
    ]
    reasons = [rule["reason"] for rule in found["rules"] if rule["reason"]]
    return {
        "at": next(iter([*codes, *found["choices"]]), QUANTITY),
        "choices": name_answers(release.definition, found["choices"]),
        "is_alone": len(found["choices"]) == 1,
        "reasons": list(dict.fromkeys(reasons)),
        "repairs": repairs,
    }


def _notice(
    release: LiveRelease, design: Design, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what was changed for the customer, with the way back."""
    if not design.is_changed_for_them or not changed:
        return {}
    return {
        "at": design.touched if design.touched in changed else next(iter(changed)),
        "text": _("Changed: %(changes)s.")
        % {"changes": name_answers(release.definition, changed)},
        "href": f"?{design.before}",
    }


def _strangers(described: Answer, design: Design) -> list[str]:
    """List what is wrong with answers to questions that the product does not ask."""
    asked = {each["code"] for each in described["characteristics"]} | {QUANTITY}
    return [text for code, text in design.problems.items() if code not in asked]
