"""Alternative routings of one product, compared by time and by cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.errors import DomainError
from configurator.selectors.manufacture import Manufacture, StepPlan
from configurator.selectors.releases import live_release
from configurator.selectors.routings import Definition, Way, list_ways, two_sizes
from configurator.selectors.words import in_language
from configurator.states import ProductKind
from production.engine.changeover import SetupTime
from production.engine.routes import Route, Sized, StepFigures, list_break_evens
from production.engine.routes import make_route as draw_route
from production.selectors.latest import list_latest
from production.selectors.plant import Plant, read_plant

MOST_DESIGNS = 4
LOOKED_AT = 60
LOAD, SHEET, UNIT, DELAY = "LOAD", "SHEET", "UNIT", "DELAY"
BATCH = "BATCH"
NOTHING = SetupTime(0, 0, "")


def list_routes(*, product: str) -> list[dict[str, Any]]:
    """Compare the routings of what was ordered latest; empty where there is one only.

    Designs of which every routing takes the same are told once; those of which most
    pieces were ordered come first.
    """
    try:
        release = live_release(product)
    except DomainError:
        return []
    is_bespoke = release.kind == ProductKind.BESPOKE
    if is_bespoke or len(release.definition.routings) < 2:
        return []
    plant = read_plant()
    pieces: dict[str, int] = defaultdict(int)
    found: dict[str, dict[str, Any]] = {}
    for line in list_latest(product=product, n_lines=LOOKED_AT):
        compared = compare_routings(release.definition, line.choices, plant=plant)
        if compared is None or not compared["break_evens"]:
            continue
        key = repr(compared["routes"])
        pieces[key] += line.pieces
        found.setdefault(key, {**compared, "choices": line.choices})
    ranked = sorted(found, key=lambda key: -pieces[key])[:MOST_DESIGNS]
    chosen = [found[key] for key in ranked]
    names = _differing([each["choices"] for each in chosen], release.definition)
    return [
        {
            "design": _words(each.pop("choices"), names, release.definition),
            "pieces": pieces[key],
            **each,
        }
        for key, each in zip(ranked, chosen, strict=True)
    ]


def compare_routings(
    definition: Definition, choices: Mapping[str, Any], *, plant: Plant
) -> dict[str, Any] | None:
    """Give every routing's figures for one design, and from how many each pays."""
    sizes = two_sizes(definition)
    if sizes is None:
        return None
    ways = list_ways(definition, choices, sizes=sizes)
    labels: dict[str, str] = {}
    routes: list[Route] = []
    for way in ways:
        for route, label in _routes(way, plant):
            routes.append(route)
            labels[route.code] = label
    if len(routes) < 2:
        return None
    return {
        "routes": [{"name": labels[each.code], **asdict(each)} for each in routes],
        "break_evens": [
            {
                **asdict(each),
                "route_name": labels[each.route],
                "instead_of_name": labels[each.instead_of],
            }
            for each in list_break_evens(routes)
        ],
    }


def _routes(way: Way, plant: Plant) -> Iterator[tuple[Route, str]]:
    """Draw one line; two where others may fill the loads of a batch."""
    few, many = (_sized(way, made, plant) for made in way.sizes)
    name = in_language(way.name) or way.code
    shared = way.method == BATCH and any(step.is_load for step in few[1])
    if shared:
        yield (
            draw_route(way.code, few, many, is_alone=False),
            _("%(name)s, shared with others") % {"name": name},
        )
        code, name = f"{way.code}_ALONE", _("%(name)s, alone") % {"name": name}
        yield draw_route(code, few, many, is_alone=True), name
    else:
        yield draw_route(way.code, few, many, is_alone=True), name


def _sized(way: Way, made: Manufacture, plant: Plant) -> Sized:
    runs = [{step.code: step.run_ms for step in each.steps} for each in way.sizes]
    steps = [
        _figures(
            step,
            made.pieces,
            plant,
            shrinks=len({run.get(step.code) for run in runs}) > 1,
        )
        for step in made.steps
        if step.work_centre and step.basis.value != DELAY
    ]
    materials_milli = sum(
        need.total * plant.material_milli.get(need.material, 0)
        for need in made.materials
    )
    return made.pieces, steps, materials_milli


def _figures(
    step: StepPlan, pieces: int, plant: Plant, *, shrinks: bool
) -> StepFigures:
    place = step.work_centre or ""
    change = _change(step, plant)
    own = step.setup
    times = pieces if step.station else 1
    load_num, load_den = _share(step, pieces)
    sheets = -(-load_num // load_den) if step.basis.value == SHEET else 0
    run_times = {UNIT: pieces, SHEET: sheets}.get(step.basis.value, 1)
    return StepFigures(
        run_ms=step.run_ms * run_times,
        setup_s=(change.internal_s + (own.internal_s if own else 0)) * times,
        beside_s=(change.external_s + (own.external_s if own else 0)) * times,
        hourly_minor=plant.hour_at(place, step.station),
        waste_milli=sum(
            n * plant.waste_milli.get(name, 0) for name, n in change.waste.items()
        ),
        supplies_milli=sheets * plant.sheet_minor.get(place, 0) * 1000,
        load_num=load_num,
        load_den=load_den,
        is_load=step.basis.value == LOAD and step.load is not None,
        shrinks=shrinks,
    )


def _share(step: StepPlan, pieces: int) -> tuple[int, int]:
    """Give the part of a load, or the sheets, that so many pieces take."""
    num, den = step.load_units_per_piece or (1, 1)
    most = (step.load.maximum if step.load else None) or 1
    return max(1, pieces * num), max(1, den * most)


def _change(step: StepPlan, plant: Plant) -> SetupTime:
    """Give the set-up for a design of its own: also where the kind stays the same.

    Stations of a line share theirs over runs of many customers.
    """
    if step.setup is None or not step.setup.matrix or step.station:
        return NOTHING
    matrix = plant.matrix(step.setup.matrix)
    state = step.setup_attributes
    again = matrix.setup_between(state, state)
    if again.internal_s:
        return again
    return matrix.setup_between({}, state)


def _differing(
    designs: Sequence[Mapping[str, Any]], definition: Definition
) -> list[str]:
    """Name the questions that decide the making and that the designs answer apart."""
    return [
        each.code
        for each in definition.characteristics
        if each.code in definition.manufacture_names
        and len({str(design.get(each.code)) for design in designs}) > 1
    ]


def _words(
    choices: Mapping[str, Any], names: Sequence[str], definition: Definition
) -> str:
    words = []
    for name in names:
        options = {each.code: each.name for each in definition.by_code[name].options}
        value = choices.get(name)
        if isinstance(value, str) and value in options:
            words.append(in_language(options[value]) or value)
    return ", ".join(words)
