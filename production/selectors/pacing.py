"""A flexible line as one paced machine: takt, stations, ratio rules, purges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from configurator.selectors.making import Conditions, get_conditions
from configurator.selectors.manufacture import StepPlan
from production.engine.case import NO_SETUP, Equipment, Pacing
from production.engine.demand import LineRule
from production.engine.overload import places_needed, slack_of
from production.engine.values import Attribute, Attributes
from production.selectors.latest import MadeLine
from production.selectors.line_queue import COLOUR
from production.selectors.plant import LineLayout, Plant


@dataclass(frozen=True, slots=True)
class Paced:
    """A line's equipment; for each order its state and its times at the stations."""

    equipment: Equipment
    states: Sequence[Attributes]
    station_ms: Sequence[Mapping[str, int]]
    matrix: str


def pace(lines: Sequence[MadeLine], *, line: LineLayout, plant: Plant) -> Paced:
    """Read what each unit takes at each station, and what its stations make good."""
    conditions = get_conditions(texts=line.conditions)
    purged, matrix = _purged(lines, plant)
    states = [_state(each, line, conditions, purged) for each in lines]
    whole = [_station_ms(each) for each in lines]
    heavy, plain = _by_weight(whole, states, line)
    places = {
        station: _places(line, station, plain[station], heavy[station])
        for station in plain
    }
    station_ms = [
        {station: ms // places[station] for station, ms in each.items()}
        for each in whole
    ]
    slack = {
        station: slack_of(
            [ms // places[station] for ms in heavy[station]],
            at_most=max((rule.at_most for rule in _rules_at(line, station)), default=1),
            takt_ms=line.takt_ms,
        )
        for station in plain
    }
    place = plant.places[line.place]
    return Paced(
        equipment=Equipment(
            run_ms=max(1, line.takt_ms),
            crew=max(1, place.crew),
            matrix=plant.matrix(matrix) if matrix else NO_SETUP,
            colour=line.colour,
            line_rules=line.rules,
            pacing=Pacing(slack, purged),
        ),
        states=states,
        station_ms=station_ms,
        matrix=matrix,
    )


def _purged(lines: Sequence[MadeLine], plant: Plant) -> tuple[str, str]:
    """Give the station whose set-ups take most if units come as ordered; its matrix."""
    states: dict[tuple[str, str], list[Attributes]] = defaultdict(list)
    for each in lines:
        for step in each.manufacture.steps:
            if step.setup is not None and step.setup.matrix and step.station:
                key = (step.station, step.setup.matrix)
                states[key].append(step.setup_attributes)

    def changes_s(key: tuple[str, str]) -> int:
        matrix = plant.matrix(key[1])
        pairs = pairwise(states[key])
        return sum(matrix.setup_between(*pair).internal_s for pair in pairs)

    return max(states, key=lambda key: (changes_s(key), key), default=("", ""))


def _station_ms(line: MadeLine) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in line.manufacture.steps:
        if step.station:
            found[step.station] = found.get(step.station, 0) + step.run_ms
    return found


def _state(
    each: MadeLine, line: LineLayout, conditions: Conditions, purged: str
) -> dict[str, Attribute]:
    """Say what the rules of the line see of a unit, and its machines are set for."""
    holding = conditions.holding(each.choices, each.quantity)
    found: dict[str, Attribute] = {code: 1 for code, holds in holding.items() if holds}
    name = line.colour_attribute
    if name:
        colour = _attribute(each.manufacture.steps, each.choices, name)
        found |= {COLOUR: colour, name: colour}
    for step in each.manufacture.steps:
        if step.station == purged:
            found |= step.setup_attributes
    return found


def _attribute(
    steps: Sequence[StepPlan], choices: Mapping[str, object], name: str
) -> Attribute:
    for step in steps:
        if name in step.attributes:
            return step.attributes[name]
    value = choices.get(name)
    return value if isinstance(value, str | int) else ""


def _rules_at(line: LineLayout, station: str) -> list[LineRule]:
    return [rule for rule in line.rules if line.stations.get(rule.code) == station]


def _by_weight(
    whole: Sequence[Mapping[str, int]], states: Sequence[Attributes], line: LineLayout
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Part each station's times into those its rules hold down, and the others."""
    stations = sorted({station for each in whole for station in each})
    ruled = {
        station: [rule.code for rule in _rules_at(line, station)]
        for station in stations
    }
    heavy: dict[str, list[int]] = {station: [] for station in stations}
    plain: dict[str, list[int]] = {station: [] for station in stations}
    for times, state in zip(whole, states, strict=True):
        for station in stations:
            is_heavy = any(state.get(code) for code in ruled[station])
            side = heavy if is_heavy else plain
            side[station].append(times.get(station, 0))
    return heavy, plain


def _places(
    line: LineLayout, station: str, plain: Sequence[int], heavy: Sequence[int]
) -> int:
    """Give the places of a station; of several rules the widest counts."""
    rules = _rules_at(line, station)
    shares = [(rule.at_most, rule.window) for rule in rules] or [(1, 1)]
    at_most, window = max(shares, key=lambda share: share[0] * 1_000 // share[1])
    return places_needed(
        plain, heavy, at_most=at_most, window=window, takt_ms=line.takt_ms
    )
