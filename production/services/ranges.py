"""A line for an imported range: stations, ratio rules, a limit on colour runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import DomainError
from configurator.services.importing import ImportedRange, import_range
from production.models import (
    Calendar,
    Line,
    LineKind,
    SequenceRule,
    Site,
    Station,
    WorkCentre,
    WorkCentreMode,
)

STATIONS: tuple[Mapping[str, Any], ...] = (
    {"code": "BODY", "name": {"en": "Body shop"}, "run_s": 55},
    {"code": "PAINT", "name": {"en": "Paint shop"}, "run_s": 50},
    {"code": "WIRING", "name": {"en": "Wiring"}, "run_s": 58},
    {"code": "POWERTRAIN", "name": {"en": "Powertrain"}, "run_s": 56},
    {"code": "COCKPIT", "name": {"en": "Cockpit"}, "run_s": 52},
    {"code": "SEATS", "name": {"en": "Seats"}, "run_s": 54},
    {"code": "WHEELS", "name": {"en": "Wheels"}, "run_s": 45},
    {"code": "FINAL-CHECK", "name": {"en": "Final check"}, "run_s": 57},
)
TAKT_S = 60
WIP_LIMIT = 16
CALENDAR = "CAR"
# What is laid down unasked, as far as a range has it: the cars' ratios and colour.
USUAL_RATIOS = (
    *("v4=1:1:2", "v5=1:1:3", "v6=1:2:3"),
    *("v9=1:1:2", "v10=1:1:4", "v13=1:2:5"),
)
USUAL_COLOUR = "v18"


class RatioError(DomainError):
    """A ratio rule does not say which option, and p in q."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """At most ``p`` of ``q`` in a row may have this option."""

    characteristic: str
    option: str
    p: int
    q: int

    @classmethod
    def read(cls, text: str) -> Ratio:
        """Read ``characteristic=option:p:q``."""
        choice, _colon, ratio = text.partition(":")
        characteristic, _equals, option = choice.partition("=")
        p, _colon, q = ratio.partition(":")
        is_whole = p.isdecimal() and q.isdecimal() and characteristic and option
        if not is_whole or not 1 <= int(p) < int(q):
            raise RatioError(
                _("A ratio is written characteristic=option:p:q, p below q: %(text)s")
                % {"text": text}
            )
        return cls(characteristic, option, int(p), int(q))


def make_product(
    *,
    path: Path,
    slug: str,
    seed: int,
    ratios: Sequence[Ratio] | None,
    colour: str | None,
    colour_max_run: int,
    now: datetime,
) -> tuple[ImportedRange, Line, int]:
    """Import a range and build the line that makes it, all or nothing.

    Without ratios the usual ones hold, as far as the range has them; without a colour
    that of the line, or the usual one. The line and the number of its ratios come back
    beside the range. A new line stands until somebody starts it.
    """
    code = f"FL-{slug.upper()}"[:32]
    with transaction.atomic():
        line = _make_line(code, colour_max_run=colour_max_run)
        imported = import_range(
            path=path, slug=slug, seed=seed, line=code, stations=STATIONS, now=now
        )
        known = imported.definition.by_code
        if ratios is None:
            usual = map(Ratio.read, USUAL_RATIOS)
            ratios = [each for each in usual if _has(known, each)]
        for ratio in ratios:
            _check(ratio, known)
        if colour is None:
            kept = [line.colour_attribute, USUAL_COLOUR]
            colour = next((each for each in kept if each in known), "")
        elif colour not in known:
            raise RatioError(
                _("The range has no characteristic %(code)s.") % {"code": colour}
            )
        line.colour_attribute = colour
        line.save(update_fields=["colour_attribute"])
        _make_rules(line, ratios)
    return imported, line, len(ratios)


def _has(known: Mapping[str, Any], ratio: Ratio) -> bool:
    each = known.get(ratio.characteristic)
    return each is not None and ratio.option in {one.code for one in each.options}


def _check(ratio: Ratio, known: Mapping[str, Any]) -> None:
    if not _has(known, ratio):
        raise RatioError(
            _("The range has no option %(characteristic)s=%(option)s.")
            % {"characteristic": ratio.characteristic, "option": ratio.option}
        )


def _make_centre(code: str) -> WorkCentre:
    site, _new = Site.objects.get_or_create(
        code="MILL", defaults={"name": {"en": "The Mill"}, "zone": "Europe/Berlin"}
    )
    calendar = Calendar.objects.filter(code=CALENDAR).first()
    if calendar is None:
        calendar = Calendar.objects.create(
            code=CALENDAR, zone=site.zone, always_open=True
        )
    centre, _new = WorkCentre.objects.get_or_create(
        code=code,
        defaults={
            "site": site,
            "name": {"en": code},
            "mode": WorkCentreMode.LINE,
            "calendar": calendar,
            "crew": len(STATIONS),
        },
    )
    return centre


def _make_line(code: str, *, colour_max_run: int) -> Line:
    line, _new = Line.objects.update_or_create(
        code=code,
        defaults={
            "name": {"en": f"Line {code}"},
            "kind": LineKind.FLEXIBLE,
            "work_centre": _make_centre(code),
            "takt_ms": TAKT_S * 1000,
            "wip_limit": WIP_LIMIT,
            "colour_max_run": colour_max_run,
        },
    )
    for position, station in enumerate(STATIONS, start=1):
        Station.objects.update_or_create(
            line=line,
            code=station["code"],
            defaults={
                "name": station["name"],
                "position": position,
                "base_ms": station["run_s"] * 1000,
            },
        )
    return line


def _make_rules(line: Line, ratios: Sequence[Ratio]) -> None:
    for ratio in ratios:
        SequenceRule.objects.update_or_create(
            line=line,
            code=f"{ratio.characteristic}={ratio.option}",
            defaults={
                "name": {"en": f"{ratio.characteristic}={ratio.option}"},
                "condition": f'{ratio.characteristic} = "{ratio.option}"',
                "p": ratio.p,
                "q": ratio.q,
            },
        )
