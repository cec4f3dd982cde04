"""The plant as the advisor sees it: places, lines, set-ups and what they cost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from production.engine.case import NO_SETUP, Rates
from production.engine.changeover import SetupMatrix
from production.engine.demand import ColourRule, LineRule
from production.engine.openings import Openings
from production.models import (
    Calendar,
    ClosedDay,
    Line,
    SequenceRule,
    SetupRule,
    Shift,
    Site,
    Station,
    StockItem,
    WorkCentre,
)
from production.selectors.calendars import map_by_id
from production.selectors.line_queue import colour_rule, line_rules
from production.selectors.loads import map_matrices

USUAL_WAGE_MINOR = 3_200
HORIZON = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Place:
    """A work centre: how many side by side, who works there, at what rates."""

    code: str
    n_places: int = 1
    crew: int = 1
    wage_minor: int = USUAL_WAGE_MINOR
    rates: Mapping[str, Any] = field(default_factory=dict)
    klass: str = ""
    calendar_id: int = 0
    zone: str = "UTC"

    @property
    def hourly_minor(self) -> int:
        """What an hour costs with its people, where nothing else is laid down."""
        return self._of("machine_minor_per_h") + self.crew * self.wage_minor

    def priced(self, waste_milli: Mapping[str, int]) -> Rates:
        """Give the rates that a simulation counts with."""
        return Rates(
            labour_minor_per_h=self.wage_minor,
            machine_minor_per_h=self._of("machine_minor_per_h"),
            run_w=self._of("run_wh_per_h"),
            idle_w=self._of("idle_wh_per_h"),
            waste_milli=waste_milli,
        )

    def _of(self, name: str) -> int:
        return int(self.rates.get(name) or 0)


@dataclass(frozen=True, slots=True)
class LineLayout:
    """A line: its takt, the rules of its stations, the colour that runs keep."""

    code: str
    place: str
    takt_ms: int
    rules: tuple[LineRule, ...] = ()
    stations: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[tuple[str, str], ...] = ()
    colour_attribute: str = ""
    colour: ColourRule | None = None


@dataclass(frozen=True, slots=True)
class Plant:
    """All of it, read at once; prices in thousandths of a minor unit."""

    places: Mapping[str, Place]
    lines: Mapping[str, LineLayout]
    matrices: Mapping[str, SetupMatrix]
    hourly_minor: Mapping[str, int] = field(default_factory=dict)
    sheet_minor: Mapping[str, int] = field(default_factory=dict)
    waste_milli: Mapping[str, int] = field(default_factory=dict)
    material_milli: Mapping[str, int] = field(default_factory=dict)
    run_sizes: Mapping[str, int] = field(default_factory=dict)
    calendars: Mapping[int, Any] = field(default_factory=dict)

    def matrix(self, code: str | None) -> SetupMatrix:
        return self.matrices.get(code or "", NO_SETUP)

    def hour_at(self, place: str, station: str | None) -> int:
        """Give what an hour at a place costs, with the people who work there."""
        laid_down = self.hourly_minor.get(f"{place}/{station}" if station else place)
        if laid_down is not None:
            return laid_down
        known = self.places.get(place)
        return known.hourly_minor if known else USUAL_WAGE_MINOR

    def openings(self, place: str, *, origin: datetime, now: datetime) -> Openings:
        known = self.places.get(place)
        calendar = self.calendars.get(known.calendar_id) if known else None
        if calendar is None:
            return None
        found: Openings = calendar.openings_s(origin, max(now, origin) + HORIZON)
        return found


def read_plant() -> Plant:
    """Read the whole plant; a fixed number of queries whatever its size."""
    site = Site.objects.order_by("id").first()
    shared = site.figures if site else {}
    figures = shared.get("figures") or {}
    advice = figures.get("advice") or {}
    wages = figures.get("labour_minor_per_h") or {}
    items = StockItem.objects.exclude(product=None).select_related("product")
    return Plant(
        places={
            row.code: _place(row, wages)
            for row in WorkCentre.objects.select_related("klass", "site")
        },
        lines={
            row.code: _line(row)
            for row in Line.objects.select_related("work_centre").prefetch_related(
                "sequence_rules"
            )
        },
        matrices=map_matrices(),
        hourly_minor=advice.get("hourly_minor") or {},
        sheet_minor=advice.get("sheet_minor") or {},
        waste_milli=advice.get("waste_milli") or {},
        material_milli=shared.get("material_milli") or {},
        run_sizes={row.product.slug: row.run_size or 0 for row in items if row.product},
        calendars=map_by_id(),
    )


def plant_mark() -> str:
    """Name the figures of the plant by their content: another name, other figures."""
    rows = [
        list(model.objects.order_by("pk").values_list(*names))
        for model, names in (
            (Site, ("figures", "zone")),
            (WorkCentre, ("code", "n_places", "crew", "rates", "calendar", "klass")),
            (
                Line,
                (
                    "code",
                    "work_centre",
                    "takt_ms",
                    "colour_attribute",
                    "colour_max_run",
                ),
            ),
            (Station, ("line", "code", "base_ms")),
            (SequenceRule, ("line", "code", "p", "q", "condition", "station")),
            (SetupRule, ()),
            (Calendar, ()),
            (Shift, ()),
            (ClosedDay, ()),
            (StockItem, ("code", "run_size")),
        )
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def _place(row: WorkCentre, wages: Mapping[str, Any]) -> Place:
    return Place(
        code=row.code,
        n_places=row.n_places,
        crew=row.crew,
        wage_minor=int(wages.get(row.rates.get("labour", ""), USUAL_WAGE_MINOR)),
        rates=row.rates,
        klass=row.klass.code if row.klass else "",
        calendar_id=row.calendar_id,
        zone=row.site.zone,
    )


def _line(row: Line) -> LineLayout:
    rules = row.sequence_rules.all()
    return LineLayout(
        code=row.code,
        place=row.work_centre.code,
        takt_ms=row.takt_ms,
        rules=tuple(line_rules(line=row)),
        stations={rule.code: rule.station for rule in rules if rule.station},
        conditions=tuple((rule.code, rule.condition) for rule in rules),
        colour_attribute=row.colour_attribute,
        colour=colour_rule(line=row),
    )
