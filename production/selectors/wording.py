"""Codes and lengths of time as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.money import decimal
from configurator.selectors.words import in_language
from production.models import Operation, Skill

# Annotated as ``skill_name`` to operations whose skill is to be named.
SKILL_NAME = Subquery(Skill.objects.filter(code=OuterRef("skill")).values("name")[:1])
# Units at the end of the names of what is wasted.
UNITS = {"g": "g", "ml": "ml", "wh": "Wh"}


def plain(code: str) -> str:
    """Write a code as words: "FULL_CLEAN" as "full clean"."""
    return code.replace("_", " ").lower()


def duration(seconds: int) -> str:
    """Write a length of time: "45 s", "12 min", "3 h 20 min", "14 d"."""
    if seconds < 90:
        return _("%(n)d s") % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 120:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(h)d h %(m)02d min") % {"h": minutes // 60, "m": minutes % 60}
    return _("%(n)d d") % {"n": round(minutes / 1440)}


def limit_words(inspection: Mapping[str, Any]) -> str:
    """Write the limits of an inspection: "48 to 56 mm", "± 3 mm", "at most 2 mm"."""
    least, most = inspection.get("min"), inspection.get("max")
    if least is None or most is None:
        text = _("at most %(n)s") if least is None else _("at least %(n)s")
        limits = text % {"n": most if least is None else least}
    elif least == -most:
        limits = f"± {most}"
    else:
        limits = _("%(least)s to %(most)s") % {"least": least, "most": most}
    return f"{limits} {inspection.get('unit', '')}".rstrip()


def inspection_words(inspection: Mapping[str, Any]) -> str:
    """Say what is measured and its limits; nothing where nothing is."""
    if not inspection:
        return ""
    return f"{in_language(inspection.get('what', {}))}: {limit_words(inspection)}"


def measure_words(measure: str, amount: float) -> str:
    """Name the unit that loads are measured in, as it is read after an amount."""
    n = 1 if amount == 1 else 2
    known = {
        "COLOUR": ngettext("colour", "colours", n),
        "GRAM": ngettext("gram", "grams", n),
        "PIECE": ngettext("piece", "pieces", n),
        "SHEET": ngettext("sheet", "sheets", n),
        "SLOT": ngettext("slot", "slots", n),
        "TRAY": ngettext("tray", "trays", n),
    }
    return known.get(measure) or plain(measure)


def skill_words(skill: Skill | None, code: str = "") -> str:
    """Name a skill as the works do; one that has no name, or is gone, by its code."""
    name = in_language(skill.name) if skill else ""
    return name or plain(skill.code if skill else code)


def skill_asked(step: Operation) -> str:
    """Name the skill that a step asks for, where its query tells the name."""
    return in_language(getattr(step, "skill_name", None) or {}) or plain(step.skill)


def waste_words(waste: Mapping[str, int]) -> str:
    """Say what a changeover costs: "400 g of dough, 2 plates"."""
    return ", ".join(_waste_words(code, amount) for code, amount in waste.items())


def _waste_words(code: str, amount: int) -> str:
    what, _sign, unit = code.rpartition("_")
    if unit not in UNITS:
        return f"{decimal(amount)} {plain(code)}"
    values = {"n": decimal(amount), "unit": UNITS[unit], "what": plain(what)}
    return _("%(n)s %(unit)s of %(what)s") % values


def frozen_words(code: str) -> str:
    """Say why a load takes nothing more."""
    known = {
        "BELOW_MINIMUM": _("nothing more comes that would fill it"),
        "BY_HAND": _("somebody froze it"),
        "CUT_OFF": _("the cut-off has passed"),
        "DUE_DATE": _("a due date leaves no more time"),
        "FULL": _("it is full"),
        "MAX_WAIT": _("the oldest has waited the maximum"),
        "URGENT": _("it is urgent"),
    }
    return known.get(code) or plain(code)
