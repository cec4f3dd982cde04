"""The queue of a flexible line as numbers: flags, colours, weights, exact counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from production.engine.demand import (
    Attribute,
    ColourRule,
    DemandError,
    LineRule,
    Unit,
    key_order,
    matches,
    require,
)

LEVEL_BASE = 1 << 24
"""More than any sum of one level, so that a higher level always decides."""

MOST_RULES = 62
"""Ratio rules of one line: as many as a mask has bits."""

OVER_RUN_LEVEL = -1
NO_COLOUR: Attribute = ""


@dataclass(frozen=True, slots=True)
class Levels:
    """The rank of each part of the objective, and its weight in one whole number."""

    ranks: tuple[int, ...]

    def weight(self, level: int) -> int:
        """Give the weight of one violation at a level."""
        place = self.ranks.index(level)
        return int(LEVEL_BASE ** (len(self.ranks) - 1 - place))

    def split(self, cost: int) -> tuple[int, ...]:
        """Turn a weighted cost back into one sum for each level."""
        sums: list[int] = []
        for _ in self.ranks:
            cost, rest = divmod(cost, LEVEL_BASE)
            sums.append(rest)
        return tuple(reversed(sums))


@dataclass(frozen=True, slots=True)
class LineModel:
    """Everything a sequence is judged by.

    Units are in canonical order (due slot, arrival, key), so that the order of the
    input changes nothing. ``masks`` has bit ``r`` set where rule ``r`` counts the
    unit. ``tail`` also counts the windows that reach past the end.
    """

    units: tuple[Unit, ...]
    masks: tuple[int, ...]
    colours: tuple[Attribute, ...]
    past_masks: tuple[int, ...]
    past_colours: tuple[Attribute, ...]
    rules: tuple[LineRule, ...]
    colour: ColourRule | None
    due_level: int
    levels: Levels
    tail: bool
    runs_from_history: bool

    @property
    def colour_names(self) -> tuple[Attribute, ...]:
        """Every colour once, in order of first sight."""
        return tuple(dict.fromkeys([*self.colours, *self.past_colours]))

    @property
    def has_due_slots(self) -> bool:
        """Whether any unit must be in place early enough."""
        return any(unit.due_slot is not None for unit in self.units)


@dataclass(frozen=True, slots=True)
class Count:
    """What a sequence breaks: by rule, colour changes, units above a run, late."""

    by_rule: tuple[int, ...]
    colour_changes: int
    over_runs: int
    late: tuple[int, ...]


def build_model(
    units: Sequence[Unit],
    *,
    rules: Sequence[LineRule],
    colour: ColourRule | None,
    history: Sequence[Unit],
    due_level: int = 0,
    tail: bool = False,
    runs_from_history: bool = True,
) -> LineModel:
    """Turn units and rules into numbers; refuses a key or rule that is there twice."""
    _refuse_twice("unit", [unit.key for unit in units])
    _refuse_twice("line rule", [rule.code for rule in rules])
    require(
        holds=len(rules) <= MOST_RULES,
        what=f"a line has room for {MOST_RULES} ratio rules",
        value=len(rules),
    )
    ranked = sorted(units, key=_canonical)
    ranks = {OVER_RUN_LEVEL, due_level, *(rule.level for rule in rules)}
    ranks |= {colour.level} if colour else set()
    return LineModel(
        units=tuple(ranked),
        masks=tuple(_mask(unit, rules) for unit in ranked),
        colours=tuple(_colour(unit, colour) for unit in ranked),
        past_masks=tuple(_mask(unit, rules) for unit in history),
        past_colours=tuple(_colour(unit, colour) for unit in history),
        rules=tuple(rules),
        colour=colour,
        due_level=due_level,
        levels=Levels(tuple(sorted(ranks))),
        tail=tail,
        runs_from_history=runs_from_history,
    )


def _refuse_twice(what: str, keys: Sequence[object]) -> None:
    if len(set(keys)) != len(keys):
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise DemandError(f"{what} {twice!r} is there twice")


def _canonical(unit: Unit) -> tuple[bool, int, int, tuple[int, int, str]]:
    due = unit.due_slot
    return (due is None, due or 0, unit.arrived_s, key_order(unit.key))


def _mask(unit: Unit, rules: Sequence[LineRule]) -> int:
    return sum(
        1 << place
        for place, rule in enumerate(rules)
        if matches(rule.when, unit.attributes)
    )


def _colour(unit: Unit, colour: ColourRule | None) -> Attribute:
    return unit.attributes.get(colour.attribute, NO_COLOUR) if colour else NO_COLOUR


def count_windows(
    flags: Sequence[int], *, n_past: int, at_most: int, window: int, tail: bool
) -> int:
    """Sum ``max(0, marked - at_most)`` over the windows that end in the new part.

    Only windows that lie fully inside past and new part count; with ``tail`` also
    those cut off by the end. ``O(n)``.
    """
    total = inside = 0
    for end, flag in enumerate(flags):
        inside += flag
        if end >= window:
            inside -= flags[end - window]
        if end >= max(n_past, window - 1) and inside > at_most:
            total += inside - at_most
    if tail:
        for begin in range(max(0, len(flags) - window + 1), len(flags)):
            total += max(0, sum(flags[begin:]) - at_most)
    return total


def count_runs(
    colours: Sequence[Attribute],
    *,
    past_colours: Sequence[Attribute],
    colour: ColourRule | None,
    runs_from_history: bool,
) -> tuple[int, int]:
    """Count colour changes, the first from the past, and units above a longest run."""
    if colour is None or not colours:
        return (0, 0)
    changes = over = 0
    before = past_colours[-1] if past_colours else colours[0]
    run = 0
    if past_colours and runs_from_history:
        for past in reversed(past_colours):
            if past != before:
                break
            run += 1
    for now in colours:
        changes += now != before
        run = run + 1 if now == before else 1
        limit = colour.limit_of(now)
        over += limit is not None and run > limit
        before = now
    return (changes, over)


def count_all(model: LineModel, order: Sequence[int]) -> Count:
    """Count plainly what an order of unit indices breaks. ``O(n r)``."""
    past = list(model.past_masks)
    masks = past + [model.masks[place] for place in order]
    by_rule = tuple(
        count_windows(
            [mask >> bit & 1 for mask in masks],
            n_past=len(past),
            at_most=rule.at_most,
            window=rule.window,
            tail=model.tail,
        )
        for bit, rule in enumerate(model.rules)
    )
    changes, over = count_runs(
        [model.colours[place] for place in order],
        past_colours=model.past_colours,
        colour=model.colour,
        runs_from_history=model.runs_from_history,
    )
    late = tuple(
        place for slot, place in enumerate(order) if is_late(model.units[place], slot)
    )
    return Count(by_rule, changes, over, late)


def is_late(unit: Unit, slot: int) -> bool:
    """Say whether a position is after the unit's due slot."""
    return unit.due_slot is not None and slot > unit.due_slot


def objective_of(model: LineModel, count: Count) -> tuple[int, ...]:
    """Give one number for each level, the most important first."""
    sums = dict.fromkeys(model.levels.ranks, 0)
    sums[OVER_RUN_LEVEL] += count.over_runs
    sums[model.due_level] += len(count.late)
    if model.colour is not None:
        sums[model.colour.level] += count.colour_changes
    for rule, broken in zip(model.rules, count.by_rule, strict=True):
        sums[rule.level] += broken
    return tuple(sums.values())
