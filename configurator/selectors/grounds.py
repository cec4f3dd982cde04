"""What a promise rests on: kept as codes with values, said in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from configurator.selectors.times import written_day

Ground = tuple[str, Mapping[str, str | int]]

MOST_KEPT = 300
STEPS = "STEPS"
TEXTS = {
    "JOINS": gettext_noop("joins %(batches)s"),
    "PLACE": gettext_noop("waits longest for %(place)s"),
    "SKILL": gettext_noop("waits longest for somebody with the skill %(skill)s"),
    "COMES": gettext_noop("%(item)s comes on %(day)s"),
    "STOCK": gettext_noop("goods in stock"),
    "RUN": gettext_noop("the next run of %(item)s"),
}


def keep_grounds(grounds: Sequence[Ground]) -> str:
    """Write grounds for keeping, as many of the first as there is room for."""
    for n_kept in range(len(grounds), 0, -1):
        kept = json.dumps(grounds[:n_kept], ensure_ascii=False, separators=(",", ":"))
        if len(kept) <= MOST_KEPT:
            return kept
    return ""


def say_grounds(kept: str) -> str:
    """Say kept grounds; a text that people wrote stays as it is."""
    try:
        grounds = json.loads(kept) if kept.startswith("[[") else None
    except ValueError:
        grounds = None
    if grounds is None:
        return kept
    return "; ".join(_say(code, values) for code, values in grounds)


def _say(code: str, values: Mapping[str, str | int]) -> str:
    if code == STEPS:
        text = ngettext(
            "%(steps)d step at %(places)s and what waits there",
            "%(steps)d steps at %(places)s and what waits there",
            int(values["steps"]),
        )
        return text % values
    return _(TEXTS[code]) % {name: _told(name, each) for name, each in values.items()}


def _told(name: str, value: str | int) -> str:
    if name == "day":
        return written_day(date.fromisoformat(str(value)))
    if name == "skill":
        return str(value).replace("_", " ").capitalize()
    return str(value)
