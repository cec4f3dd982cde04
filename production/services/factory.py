"""Load a factory: places, people and stock; loading it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    get_hasher,
    make_password,
)
from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import Product
from configurator.services.errors import DomainError
from production.engine.calendar import is_zone
from production.models import (
    Calendar,
    ClosedDay,
    Line,
    LineKind,
    Operator,
    SequenceRule,
    SetupRule,
    Shift,
    Site,
    Skill,
    Station,
    WorkCentre,
    WorkCentreClass,
)
from production.services.opening_stock import load_stock
from production.states import LineState

Document = Mapping[str, Any]
# Closures that come every year are laid down for so many of them.
YEARS_AHEAD = 6
# A published PIN or password gains nothing from being slow to check.
ROUNDS = 10_000
# What the works read of the document while they run.
SITE_FIGURES = ("figures", "delivery", "shelf_life", "trade", "balance")


class FactoryError(DomainError):
    """A factory document that says what no works can have."""


def load_factory(*, document: Document, now: datetime) -> None:
    """Bring the tables to what the document says, row by row by their codes.

    Lines and stock items are tied to the products that exist by now; loading again
    after publishing more ties the rest. Levels of stock are booked once.
    """
    _check_zones(document)
    with transaction.atomic():
        _load_sites(document)
        _load_calendars(document, now.date())
        _load_work_centres(document)
        _load_lines(document)
        _load_rules(document)
        _load_people(document, now)
        load_stock(document=document, now=now)


def published_hash(secret: str) -> str:
    """Hash a secret that everybody may read, quickly."""
    hasher = get_hasher()
    if not isinstance(hasher, PBKDF2PasswordHasher):
        return make_password(secret)
    return hasher.encode(secret, hasher.salt(), iterations=ROUNDS)


def _check_zones(document: Document) -> None:
    """Refuse a place or a calendar whose clocks nobody could set."""
    for key, kind in (("sites", _("Site")), ("calendars", _("Calendar"))):
        for entry in document[key]:
            zone = entry.get("zone", "")
            if not is_zone(zone):
                values = {"kind": kind, "code": entry["code"], "zone": zone}
                text = _("%(kind)s %(code)s: there is no time zone “%(zone)s”.")
                raise FactoryError(text % values, field=key)


def _load_sites(document: Document) -> None:
    shared = {key: document[key] for key in SITE_FIGURES if key in document}
    shared["material_milli"] = _material_prices(document)
    shared["repair_loops"] = {
        line["code"]: line["repair_loop"]
        for line in document["lines"]
        if "repair_loop" in line
    }
    for entry in document["sites"]:
        figures = {**shared, "country": entry.get("country", "")}
        Site.objects.update_or_create(
            code=entry["code"],
            defaults={
                "name": entry["name"],
                "zone": entry["zone"],
                "figures": figures,
            },
        )


def _material_prices(document: Document) -> dict[str, int]:
    """Price one unit of each material, in thousandths of a minor unit."""
    return {
        entry["code"]: entry["cost_minor"] * 1000 // entry.get("cost_per", 1)
        for entry in document.get("stock_items", ())
        if entry["kind"] == "MATERIAL" and entry.get("cost_minor")
    }


def _load_calendars(document: Document, today: date) -> None:
    for entry in document["calendars"]:
        calendar, is_new = Calendar.objects.update_or_create(
            code=entry["code"],
            defaults={
                "zone": entry["zone"],
                "always_open": entry.get("always_open", False),
            },
        )
        if not is_new:
            continue
        Shift.objects.bulk_create(_shifts(calendar, entry))
        ClosedDay.objects.bulk_create(_closed_days(calendar, entry, today))


def _shifts(calendar: Calendar, entry: Document) -> Iterator[Shift]:
    """Give the shifts in which machines run; others only guard the place."""
    for shift in entry.get("shifts", ()):
        if not shift.get("running", True):
            continue
        for weekday in shift["weekdays"]:
            yield Shift(
                calendar=calendar,
                weekday=weekday,
                starts=time.fromisoformat(shift["starts"]),
                ends=time.fromisoformat(shift["ends"]),
                breaks=shift.get("breaks", []),
            )


def _closed_days(
    calendar: Calendar, entry: Document, today: date
) -> Iterator[ClosedDay]:
    for closed in entry.get("closed", ()):
        years = range(today.year, today.year + YEARS_AHEAD)
        for year in years if closed.get("yearly") else [None]:
            yield ClosedDay(
                calendar=calendar,
                from_date=_day(closed["from"], year),
                to_date=_day(closed["to"], year),
                reason=closed.get("reason", {}).get("en", ""),
            )


def _day(text: str, year: int | None) -> date:
    return date.fromisoformat(text if year is None else f"{year}-{text}")


def _load_work_centres(document: Document) -> None:
    for entry in document["skills"]:
        Skill.objects.update_or_create(
            code=entry["code"], defaults={"name": entry["name"]}
        )
    for entry in document["work_centre_classes"]:
        WorkCentreClass.objects.update_or_create(
            code=entry["code"], defaults={"name": entry["name"]}
        )
    sites = _ids(Site)
    calendars, skills = _ids(Calendar), _ids(Skill)
    classes = _ids(WorkCentreClass)
    breakdowns = _breakdowns(document)
    for entry in document["work_centres"]:
        WorkCentre.objects.update_or_create(
            code=entry["code"],
            defaults={
                "name": entry["name"],
                "mode": entry["mode"],
                "site_id": sites[entry["site"]],
                "klass_id": classes[entry["class"]],
                "calendar_id": calendars[entry["calendar"]],
                "skill_id": skills.get(entry.get("skill") or ""),
                "n_places": entry["places"],
                "crew": entry["crew"],
                "capacity": entry.get("capacity") or {},
                "rates": {**_rates(entry), **breakdowns.get(entry["code"], {})},
                "position": entry["position"],
            },
        )


RATES = (
    "area",
    "attended",
    "labour",
    "tended_with",
    "machine_minor_per_h",
    "run_wh_per_h",
    "idle_wh_per_h",
    "lead_days",
    "cost_minor",
)


def _rates(entry: Document) -> dict[str, Any]:
    return {key: entry[key] for key in RATES if key in entry}


def _breakdowns(document: Document) -> dict[str, dict[str, Any]]:
    """Give the mean times between and to mend failures, by work centre."""
    return {
        line["work_centre"]: {
            "breakdowns": {
                "mean_between_s": line["breakdown"]["mean_between_h"] * 3600,
                "mean_repair_s": line["breakdown"]["mean_repair_min"] * 60,
            }
        }
        for line in document["lines"]
        if "breakdown" in line
    }


def _ids(model: Any) -> dict[str, int]:
    return dict(model.objects.values_list("code", "id"))


def _load_lines(document: Document) -> None:
    centres = _ids(WorkCentre)
    runs = {rule["line"]: rule for rule in document.get("run_rules", ())}
    for entry in document["lines"]:
        run = runs.get(entry["code"], {})
        columns = {
            "name": entry["name"],
            "kind": entry["kind"],
            "work_centre_id": centres[entry["work_centre"]],
            "takt_ms": entry["takt_ms"],
            "wip_limit": entry["wip_limit"],
            "colour_attribute": run.get("attribute", ""),
            "colour_max_run": run.get("max_run"),
            "product": _line_product(entry),
        }
        # A new line runs; whoever wants it to stand stops it, and it stays so.
        runs_at_once = entry["kind"] == LineKind.FLEXIBLE
        state = LineState.RUNNING if runs_at_once else LineState.STOPPED
        line, is_new = Line.objects.update_or_create(
            code=entry["code"],
            defaults=columns,
            create_defaults={**columns, "state": state},
        )
        if is_new:
            Station.objects.bulk_create(_stations(line, entry))


def _line_product(entry: Document) -> Product | None:
    """Name the product of a flow line; a flexible one makes whatever comes."""
    if entry["kind"] != "FLOW":
        return None
    return Product.objects.filter(slug__in=entry["products"]).first()


def _stations(line: Line, entry: Document) -> Iterator[Station]:
    for station in entry["stations"]:
        yield Station(
            line=line,
            code=station["code"],
            name=station["name"],
            position=station["position"],
            base_ms=station.get("ms_per_piece", station.get("base_s", 0) * 1000),
        )


def _load_rules(document: Document) -> None:
    lines = _ids(Line)
    for entry in [*document["sequence_rules"], *_limits_as_rules(document)]:
        SequenceRule.objects.update_or_create(
            line_id=lines[entry["line"]],
            code=entry["code"],
            defaults={
                "name": entry["name"],
                "condition": entry["when"],
                "p": entry["p"],
                "q": entry["q"],
                "priority": entry["priority"],
                "station": entry.get("station") or "",
            },
        )
    for entry in document["setup_rules"]:
        rule = {key: value for key, value in entry.items() if value is not None}
        SetupRule.objects.update_or_create(
            matrix=rule.pop("matrix"), sequence=rule.pop("sequence"), defaults=rule
        )


def _limits_as_rules(document: Document) -> Iterator[dict[str, Any]]:
    """Say "at most n of one colour in a row" as "at most n of any n + 1".

    A run limit that only some values have is the same thing in these words.
    """
    for entry in document.get("run_rules", ()):
        shades = entry["value"].get("cases", ())
        cases = {value: when for when, value in shades}
        for value, longest in entry.get("limits", {}).items():
            if value in cases:
                yield {
                    **entry,
                    "when": cases[value],
                    "p": longest,
                    "q": longest + 1,
                }


def _load_people(document: Document, now: datetime) -> None:
    calendars, skills = _ids(Calendar), _ids(Skill)
    for entry in document["operators"]:
        operator, is_new = Operator.objects.get_or_create(
            code=entry["code"],
            defaults={
                "name": entry["name"],
                "badge": entry["badge"],
                "pin_hash": published_hash(entry["pin"]),
                "level": entry["level"],
                "calendar_id": calendars.get(entry["calendar"]),
                "absences": _absences(entry.get("absences", ()), now),
            },
        )
        if is_new:
            operator.skills.set(skills[each["code"]] for each in entry["skills"])


def _absences(entries: Sequence[Document], now: datetime) -> list[list[str]]:
    """Turn days counted from now into dates, both ends included."""
    found = []
    for entry in entries:
        first = now.date() + timedelta(days=entry["from_day"])
        last = first + timedelta(days=entry["days"] - 1)
        found.append([first.isoformat(), last.isoformat()])
    return found
