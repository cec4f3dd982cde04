"""A configuration's answers in words, as carts, orders and repairs name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.selectors.fields import QUANTITY
from configurator.selectors.print_areas import name_of, name_placement
from configurator.selectors.releases import release_by_id
from configurator.selectors.uploads import map_uploads
from configurator.selectors.words import in_language


@dataclass(frozen=True, slots=True)
class Label:
    """One answer in words; a text is shown exactly, each blank kept."""

    code: str
    name: str
    value: str
    is_text: bool = False
    tint: str = ""


def list_labels(*, release_id: int, choices: Mapping[str, Any]) -> list[Label]:
    """Name what was chosen of a published release, in the order of its questions."""
    definition = release_by_id(release_id).definition
    answered = [
        each
        for each in definition.characteristics
        if choices.get(each.code) not in (None, "", [])
    ]
    pictures = [choices[each.code] for each in answered if each.kind is Kind.FILE]
    names = _name_files(pictures)
    return [_label(each, choices[each.code], names) for each in answered]


def _name_files(answers: Sequence[str]) -> dict[str, str]:
    """Give the names of files as they were sent, by the answers that hold them."""
    uploads = map_uploads(tokens={name_of(answer) for answer in answers})
    return {
        answer: uploads[name_of(answer)].file_name
        for answer in answers
        if name_of(answer) in uploads
    }


def _label(each: Characteristic, value: Any, files: Mapping[str, str]) -> Label:
    options = {option.code: option for option in each.options}
    tint = options[value].tint if isinstance(value, str) and value in options else None
    return Label(
        code=each.code,
        name=in_language(each.name) or each.code,
        value=name_value(each, value, file_name=files.get(str(value), "")),
        is_text=each.kind is Kind.TEXT,
        tint=tint or "",
    )


def name_value(each: Characteristic, value: Any, *, file_name: str = "") -> str:
    """Write one answer in words; a picture by its file's name, where it has one."""
    if each.kind is Kind.NUMBER:
        return f"{value} {each.unit}".strip()
    if each.kind is Kind.FILE:
        if not value:
            return _("no picture")
        place = name_placement(value)
        return ", ".join(filter(None, (file_name or _("your picture"), place)))
    if each.kind is Kind.TEXT:
        return str(value)
    names = {option.code: in_language(option.name) for option in each.options}
    values = value if isinstance(value, list) else [value]
    return ", ".join(names.get(str(one)) or str(one) for one in values) or _("none")


def name_answer(definition: Definition, code: str, value: Any) -> str:
    """Write one question with its answer: "Colour: Navy"."""
    each = definition.by_code.get(code)
    if code == QUANTITY:
        return _("Quantity: %(value)s") % {"value": value}
    if each is None:
        return f"{code}: {value}"
    name = in_language(each.name) or code
    if value in (None, ""):
        return _("%(name)s: nothing") % {"name": name}
    shown = name_value(each, value)
    if each.kind is Kind.TEXT:
        shown = _("“%(text)s”") % {"text": shown}
    return f"{name}: {shown}"


def name_answers(definition: Definition, answers: Mapping[str, Any]) -> str:
    """Write several answers in one line: "Colour: Navy, Size: M"."""
    return "; ".join(
        name_answer(definition, code, value) for code, value in answers.items()
    )


def name_field(definition: Definition, field: str | None) -> str:
    """Name the question that a problem is about; nothing where it is about none."""
    code = (field or "").rpartition("choices.")[2]
    each = definition.by_code.get(code)
    if each is not None:
        return in_language(each.name) or code
    return _("Quantity") if code == QUANTITY else ""
