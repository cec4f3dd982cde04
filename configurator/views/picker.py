"""The configurator page's plain values: questions, options, price, promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from configurator.engine.model import Definition, Kind
from configurator.selectors.money import written
from configurator.selectors.products import describe_release
from configurator.selectors.releases import LiveRelease
from configurator.services.previews import preview_svg
from configurator.states import ProductKind
from configurator.views.choices import PREFIX, write_query

Answer = dict[str, Any]
SMALL_OPTION = 8


def picker_context(
    release: LiveRelease, answer: Answer, *, undo: str = "", before_minor: int | None
) -> dict[str, Any]:
    """Put a configure answer into what the page shows."""
    currency = answer["price"]["currency"]
    described = describe_release(release)
    questions = [
        _question(each, answer, currency) for each in described["characteristics"]
    ]
    return {
        "product": described,
        "is_bespoke": release.kind == ProductKind.BESPOKE,
        "questions": questions,
        "quantity": answer["quantity"],
        "quantity_rule": described["quantity"],
        "preview": preview(release, answer),
        "problems": _problems(release, answer, currency),
        "price": _price(answer, currency, before_minor),
        "can_order": answer["complete"],
        "query": write_query(answer["choices"], answer["quantity"]),
        "undo": undo,
        "prefix": PREFIX,
    }


def preview(release: LiveRelease, answer: Answer) -> SafeString:
    """Draw the product as chosen; the renderer escapes every text."""
    svg = preview_svg(
        release_id=release.release_id,
        choices=answer["choices"],
        quantity=answer["quantity"],
        label=str(describe_release(release)["name"]),
    )
    return mark_safe(svg)  # noqa: S308 -- drawn by our own renderer


def _question(each: Answer, answer: Answer, currency: str) -> dict[str, Any]:
    code = each["code"]
    value = answer["choices"].get(code)
    states = answer["characteristics"].get(code, {}).get("options", {})
    question = {
        **each,
        "field": PREFIX + code,
        "value": "" if value is None else value,
        "is_missing": code in answer["missing"],
        "is_required": each["required"],
    }
    if "options" in each:
        question["options"] = [
            _option(code, option, states.get(option["code"], {}), currency)
            for option in each["options"]
        ]
        question["is_small"] = len(each["options"]) > SMALL_OPTION
        chosen = [o["name"] for o in question["options"] if o["selected"]]
        question["chosen"] = ", ".join(chosen)
    return question


def _option(code: str, option: Answer, state: Answer, currency: str) -> dict[str, Any]:
    delta = state.get("price_delta_minor")
    is_available = state.get("available", True)
    return {
        "code": option["code"],
        "name": option["name"],
        "tint": option.get("tint") or "",
        "note": "",
        "delta": written(delta, currency, signed=True) if delta else "",
        "selected": state.get("selected", False),
        "available": is_available,
        "reason": state.get("reason") or "",
        "fix_label": "" if is_available else _("Choose it and change the rest"),
        "fix_value": f"{code}={option['code']}",
    }


def _problems(
    release: LiveRelease, answer: Answer, currency: str
) -> list[dict[str, Any]]:
    """Say what excludes what, with the changes that would mend it."""
    found = []
    for conflict in answer["conflicts"]:
        repairs = [
            {
                "label": _("Change to %(changes)s")
                % {"changes": name_changes(release.definition, repair["changes"])},
                "delta": written(repair["price_delta_minor"], currency, signed=True),
                "value": urlencode(_flat(repair["changes"])),
            }
            for repair in conflict["repairs"]
        ]
        reasons = [rule["reason"] for rule in conflict["rules"]]
        found.append(
            {
                "choices": name_changes(release.definition, conflict["choices"]),
                "reasons": [reason for reason in reasons if reason],
                "repairs": repairs,
            }
        )
    return found


def _flat(changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (code, str(each))
        for code, value in changes.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def name_changes(definition: Definition, changes: Mapping[str, Any]) -> str:
    """Write answers in words: "Colour: Navy, Size: M"."""
    from configurator.selectors.words import in_language  # noqa: PLC0415 -- app ready

    parts = []
    for code, value in changes.items():
        each = definition.by_code.get(code)
        if each is None:
            parts.append(f"{code}: {value}")
            continue
        names = {option.code: in_language(option.name) for option in each.options}
        values = value if isinstance(value, list) else [value]
        words = ", ".join(names.get(str(one)) or str(one) for one in values)
        parts.append(f"{in_language(each.name) or code}: {words or _('none')}")
    return "; ".join(parts)


def _price(answer: Answer, currency: str, before_minor: int | None) -> dict[str, Any]:
    price = answer["price"]
    total = price["total_minor"]
    shown = price.get("estimate_minor", total)
    if shown is None:
        shown = answer["lowest_total_minor"]
    delta = None if before_minor is None or shown is None else shown - before_minor
    return {
        "total": written(shown, currency),
        "total_minor": shown,
        "delta": written(delta, currency, signed=True) if delta else "",
        "lines": [
            {"label": line["label"], "amount": written(line["amount_minor"], currency)}
            for line in price["lines"]
        ],
        "promise": promise_words(answer["promise"]),
    }


def promise_words(promise: Mapping[str, Any] | None) -> str:
    """Say in one sentence when it will be there."""
    if not promise:
        return ""
    at = promise["delivered_at"]
    if not isinstance(at, datetime):
        return ""
    day = formats.date_format(timezone.localtime(at), "l, j F")
    return _("With you on %(day)s") % {"day": day}


def has_pictures(definition: Definition) -> bool:
    return any(each.kind is Kind.FILE for each in definition.characteristics)
