"""Whether answers are possible for a product at all, in words for the customer."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.canonical import ChoiceError, canonical_choices
from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.placement import LARGEST_SIZE, MARK, MM_PER_INCH_TENTHS
from configurator.models import Upload
from configurator.selectors.availability import SoldOut
from configurator.selectors.errors import Problem
from configurator.selectors.labels import name_value
from configurator.selectors.print_areas import check_placement, find_placed, name_of
from configurator.selectors.texts import describe_text
from configurator.selectors.times import written_day

LARGEST_QUANTITY = 10_000
LONGEST_NAME = 128


def read_choices(
    definition: Definition, choices: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Bring choices into their one form; every answer that cannot be is a problem."""
    try:
        return canonical_choices(definition, choices), []
    except ChoiceError:
        pass
    problems = []
    for name in choices:
        try:
            canonical_choices(definition, {name: choices[name]})
        except ChoiceError as error:
            problems.append(_problem(definition, error))
    return {}, problems


def check_quantity(definition: Definition, quantity: int) -> list[Problem]:
    """Say what is wrong with a quantity in sold units."""
    allowed = definition.quantity
    if allowed.admits(quantity) and 1 <= quantity <= LARGEST_QUANTITY:
        return []
    if allowed.values:
        words = ", ".join(map(str, allowed.values))
        text = _("The quantity must be one of %(words)s.") % {"words": words}
    else:
        text = _(
            "The quantity must be from %(least)s to %(most)s in steps of %(step)s."
        )
        text = text % {
            "least": allowed.minimum,
            "most": min(allowed.maximum, LARGEST_QUANTITY),
            "step": allowed.step,
        }
    return [Problem("quantity", text, "quantity")]


def list_files(definition: Definition, choices: Mapping[str, Any]) -> list[str]:
    """List the uploads that the answers refer to."""
    return [
        name_of(choices[each.code])
        for each in definition.characteristics
        if each.kind is Kind.FILE and choices.get(each.code)
    ]


def check_files(
    definition: Definition,
    choices: Mapping[str, Any],
    uploads: Mapping[str, Upload],
    *,
    quantity: int,
) -> list[Problem]:
    """Say which uploads do not exist, lie where they cannot, or print too coarsely."""
    problems = []
    for each in definition.characteristics:
        answer = choices.get(each.code)
        if each.kind is not Kind.FILE or not answer:
            continue
        field = f"choices.{each.code}"
        upload = uploads.get(name_of(answer))
        if upload is None:
            problems.append(Problem("upload", _("There is no such upload."), field))
            continue
        placed = find_placed(definition, each, choices, upload, quantity=quantity)
        if placed is not None:
            problems += check_placement(placed, field)
        else:
            problems += _check_unplaced(each, answer, upload, field)
    return problems


def _check_unplaced(
    each: Characteristic, answer: str, upload: Upload, field: str
) -> list[Problem]:
    if answer != name_of(answer):
        text = _("With these choices the picture has no place that could be chosen.")
        return [Problem("placement", text, field)]
    needed_px = least_width_px(each)
    if upload.width_px >= needed_px:
        return []
    text = _("The picture is %(given)s pixels wide; %(needed)s are needed.")
    words = {"given": upload.width_px, "needed": needed_px}
    return [Problem("resolution", text % words, field)]


def least_width_px(characteristic: Characteristic) -> int:
    """Give the pixels that a picture needs across, 0 where nothing is said."""
    dpi, width_mm = characteristic.min_dpi, characteristic.print_width_mm
    if not dpi or not width_mm:
        return 0
    return -(-dpi * width_mm * 10 // MM_PER_INCH_TENTHS)


def tell_sold_out(
    definition: Definition, choices: Mapping[str, Any], sold_out: SoldOut
) -> list[Problem]:
    """Say by their names which chosen options are sold out, and until when."""
    problems = []
    for name, option in list_chosen(choices):
        if (name, option) not in sold_out:
            continue
        shown = {"option": name_value(definition.by_code[name], option)}
        text = _("“%(option)s” is sold out.") % shown
        if back_on := sold_out[name, option]:
            shown["date"] = written_day(back_on)
            text = _("“%(option)s” is sold out; back on %(date)s.") % shown
        problems.append(Problem("sold_out", text, f"choices.{name}"))
    return problems


def list_chosen(choices: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """List each question with each of its answers."""
    return [
        (name, one)
        for name, answer in choices.items()
        for one in (answer if isinstance(answer, list) else [answer])
    ]


def _problem(definition: Definition, error: ChoiceError) -> Problem:
    field = f"choices.{error.characteristic[:LONGEST_NAME]}"
    characteristic = definition.by_code.get(error.characteristic)
    if characteristic is None:
        text = _("This product has no characteristic “%(code)s”.")
        words = {"code": error.characteristic[:LONGEST_NAME]}
        return Problem("unknown", text % words, field)
    return Problem("invalid", _describe(characteristic, error), field)


def _describe(characteristic: Characteristic, error: ChoiceError) -> str:
    value = error.value
    match characteristic.kind:
        case Kind.CHOICE:
            return _("%(value)s is not an option.") % {"value": shown(value)}
        case Kind.MULTI:
            return _describe_ticks(characteristic, value) or error.message
        case Kind.NUMBER:
            return _describe_number(characteristic, value)
        case Kind.TEXT if isinstance(value, str):
            return describe_text(characteristic, value)
        case Kind.TEXT:
            return _("%(value)s is not a text.") % {"value": shown(value)}
        case Kind.FILE if isinstance(value, str) and MARK in value:
            return _describe_place(value)
        case Kind.FILE:
            return _("%(value)s is not an upload.") % {"value": shown(value)}


def _describe_ticks(characteristic: Characteristic, value: Any) -> str:
    if isinstance(value, str) and value not in characteristic.positions:
        return _("%(value)s is not an option.") % {"value": shown(value)}
    if not isinstance(value, list | tuple):
        return _("A list of options is needed.")
    for each in value:
        if not isinstance(each, str) or each not in characteristic.positions:
            return _("%(value)s is not an option.") % {"value": shown(each)}
    if len(set(value)) != len(value):
        return _("An option is ticked twice.")
    most = characteristic.at_most
    if most is not None and len(value) > most:
        return _("At most %(most)s can be ticked.") % {"most": most}
    return _("%(value)s is not an option.") % {"value": shown(value)}


def _describe_place(value: str) -> str:
    text = _(
        "“%(place)s” is no place for a picture: from the left and from the top are "
        "whole numbers from 0 to 100 %%, the size from 1 to %(most)s %%."
    )
    return text % {"place": value.partition(MARK)[2][:40], "most": LARGEST_SIZE}


def _describe_number(characteristic: Characteristic, value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return _("%(value)s is not a whole number.") % {"value": shown(value)}
    text = _(
        "%(value)s is not from %(least)s to %(most)s %(unit)s in steps of %(step)s."
    )
    return text % {
        "value": value,
        "least": characteristic.minimum,
        "most": characteristic.maximum,
        "unit": characteristic.unit,
        "step": characteristic.step,
    }


def shown(value: Any) -> str:
    """Quote what was given, shortened; a nested value by its kind only."""
    if isinstance(value, dict | list):
        return _("A list") if isinstance(value, list) else _("An object")
    return f"“{str(value)[:60]}”"
