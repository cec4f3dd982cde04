"""Lay out a line model as the flat arrays that the compiled search works on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from production.engine.compiling import random_words
from production.engine.sequence_board import (
    BEST,
    COST,
    MASK,
    N_FIGURES,
    N_FREE,
    N_LEFT,
    NEVER,
    NO_COLOUR,
    OLD,
    PLACES,
    UNITS,
    Board,
    Ints,
    Longs,
    start,
)
from production.engine.sequence_home import NOWHERE
from production.engine.sequence_kept import kind_of
from production.engine.sequence_model import OVER_RUN_LEVEL, LineModel

N_LOGS = 1024
NO_LIMIT = 1 << 40
NO_DUE = 1 << 30
MOST_BITS = 61
"""Bits of a price, less one for sums of two."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A board, the weight of one violation at each rank, and where units begin."""

    board: Board
    weights: dict[int, int]
    n_past: int

    @property
    def order(self) -> list[int]:
        """The units in the best order met."""
        board = self.board
        if board.figures[BEST] < board.figures[COST]:
            return [int(unit) for unit in board.best]
        return self.now

    @property
    def n_free(self) -> int:
        """How many units have become free."""
        return int(self.board.figures[N_FREE])

    def bind(
        self, old: Sequence[int], *, moved: Collection[int], firm: Collection[int]
    ) -> None:
        """Bind units to an old order, in which they stand, but for some that moved."""
        board = self.board
        board.size[OLD] = len(old)
        board.old[: len(old)] = old
        board.rank[:] = -1
        board.rank[list(old)] = np.arange(len(old))
        board.unit_firm[list(firm)] = 1
        free = sorted({*range(int(board.size[UNITS]))} - {*old} | {*moved})
        board.unit_free[:] = 0
        board.unit_free[free] = 1
        board.free[: len(free)] = free
        board.free_at[free] = np.arange(len(free))
        board.figures[N_FREE] = len(free)

    def allow(self, n_units: int) -> None:
        """Say how many more bound units may lose their place."""
        self.board.figures[N_LEFT] = max(0, n_units)

    def put(self, order: Sequence[int]) -> None:
        """Begin again at an order."""
        self.board.unit[self.n_past : int(self.board.size[PLACES])] = order
        start(self.board)

    @property
    def now(self) -> list[int]:
        """The units as they stand."""
        board = self.board
        return [int(unit) for unit in board.unit[self.n_past : board.size[PLACES]]]

    @property
    def cost(self) -> int:
        """The least cost met."""
        return min(int(self.board.figures[COST]), int(self.board.figures[BEST]))


@lru_cache(maxsize=1)
def logarithms() -> Longs:
    """Tabulate the exponential distribution for thresholds, in 1,024ths."""
    middles = (np.arange(N_LOGS) + 0.5) / N_LOGS
    table: Longs = np.rint(-np.log(middles) * N_LOGS).astype(np.int64)
    return table


def lay_out(
    model: LineModel,
    order: Sequence[int],
    *,
    seed: int,
    ranks: Collection[int] | None = None,
) -> Laid:
    """Put an order on a board on which only the given ranks count (``None``: all)."""
    layout = _Layout(model, order, seed, model.levels.ranks if ranks is None else ranks)
    laid = Laid(layout.board(), layout.weights, layout.n_past)
    start(laid.board)
    return laid


class _Layout:
    def __init__(
        self, model: LineModel, order: Sequence[int], seed: int, ranks: Collection[int]
    ) -> None:
        self.model = model
        self.order = order
        self.seed = seed
        self.ranks = ranks
        self.rules = [
            place
            for place in sorted(
                range(len(model.rules)), key=lambda one: (model.rules[one].level, one)
            )
            if model.rules[place].level in ranks
        ]
        self.widest = max((model.rules[r].window for r in self.rules), default=1)
        self.n_units = len(model.units)
        self.kept = min(len(model.past_masks), self._reach())
        self.n_past = max(1, self.kept)
        self.n_places = self.n_past + self.n_units
        self.has_dues = model.has_due_slots and model.due_level in ranks
        past = len(model.past_masks) - self.kept
        self.masks = np.array([*model.masks, *model.past_masks[past:]], np.int64)
        self.weights = self._weights()

    def _reach(self) -> int:
        """Count the past units that a window or a run can still reach."""
        past = self.model.past_colours
        run = 1
        while run < len(past) and past[-run - 1] == past[-1]:
            run += 1
        return max(self.widest, run if self.model.runs_from_history else 1)

    def _weights(self) -> dict[int, int]:
        """Weigh each rank above all that the ranks below it could add up to.

        Where that would need too many bits, the bounds shrink alike; a move then
        still changes less of a lower rank than one of a higher.
        """
        bounds = self._bounds()
        bits = {rank: bound.bit_length() for rank, bound in bounds.items()}
        spare = MOST_BITS - sum(bits.values())
        while spare < 0:
            widest = max(bits, key=lambda rank: (bits[rank], rank))
            bits[widest] -= 1
            spare += 1
        weights: dict[int, int] = {}
        weight = 1
        for rank in sorted(bits, reverse=True):
            weights[rank] = weight
            weight <<= bits[rank]
        return weights

    def _bounds(self) -> dict[int, int]:
        model = self.model
        bounds = {rank: 1 for rank in model.levels.ranks if rank in self.ranks}
        bounds[OVER_RUN_LEVEL] = 1 + self.n_units
        for place in self.rules:
            rule = model.rules[place]
            n_marks = int((self.masks >> place & 1).sum())
            most = (self.n_units + rule.window) * (rule.window - rule.at_most)
            bounds[rule.level] += min(n_marks * rule.window, most)
        if model.colour is not None and model.colour.level in bounds:
            bounds[model.colour.level] += self.n_units
        if self.has_dues:
            bounds[model.due_level] += self.n_units
        return bounds

    def board(self) -> Board:
        mask, colour, due = self._by_unit()
        moving = slice(0, self.n_units)
        colour_first, colour_units, _ = _groups(colour[moving])
        group_first, group_units, group = _groups(mask[moving])
        width = self.n_places + self.widest + 1
        n_rules = max(1, len(self.rules))
        at_end = self.n_places + 1
        unit = np.zeros(at_end, np.int32)
        unit[: self.n_past] = np.arange(self.n_units, self.n_units + self.n_past)
        unit[self.n_past : self.n_places] = self.order
        colours = np.full(at_end, NO_COLOUR, np.int32)
        by_place = (self.n_places, n_rules)
        return Board(
            **self._scalars(),
            **self._by_rule(),
            **self._unbound(len(mask)),
            limit=self._limits(),
            unit_mask=mask,
            unit_colour=colour,
            unit_due=due,
            unit_group=group,
            colour_first=colour_first,
            colour_units=colour_units,
            group_first=group_first,
            group_units=group_units,
            unit=unit,
            mask=np.zeros(at_end, np.int64),
            colour=colours,
            due=np.zeros(at_end, np.int32),
            mark=np.zeros((n_rules, width), np.int16),
            inside=np.zeros((n_rules, width), np.int16),
            add=np.zeros(by_place, np.int16),
            drop=np.zeros(by_place, np.int16),
            best=np.zeros(self.n_units, np.int32),
            hot=np.zeros(at_end, np.int32),
        )

    def _unbound(self, n: int) -> dict[str, Any]:
        """Lay out who is bound to which old place: nobody yet."""
        empty = ("unit_free", "unit_firm", "old", "where", "free", "free_at")
        columns = {name: np.zeros(n, np.int32) for name in empty}
        rank = np.full(n, -1, np.int32)
        home = np.full(n, NOWHERE, np.int32)
        return {**columns, "unit_kind": self._kinds(), "rank": rank, "home": home}

    def _scalars(self) -> dict[str, Any]:
        model = self.model
        run_from = 0 if model.runs_from_history else self.n_past
        has_limits = bool((self._limits() < self.n_units).any())
        size = [self.n_past, self.n_units, self.n_places, len(self.rules), run_from]
        size += [has_limits, self.has_dues, self.widest, 0]
        change = self.weights.get(model.colour.level, 0) if model.colour else 0
        late = self.weights[model.due_level] if self.has_dues else 0
        figures = np.zeros(N_FIGURES, np.int64)
        figures[BEST] = NEVER
        words = random_words(self.seed)
        return {
            "size": np.array(size, np.int64),
            "price": np.array([change, self.weights[OVER_RUN_LEVEL], late], np.int64),
            "figures": figures,
            "random": np.array([words[0] | 1, words[1] & MASK], np.int64),
            "logs": logarithms(),
        }

    def _by_rule(self) -> dict[str, Any]:
        rules = [self.model.rules[place] for place in self.rules]
        is_whole = self.kept > 0
        ends = [max(self.n_past, rule.window - is_whole) for rule in rules]
        tail = self.model.tail
        stops = [self.n_places + (rule.window - 1 if tail else 0) for rule in rules]
        columns = {
            "at_most": [rule.at_most for rule in rules],
            "window": [rule.window for rule in rules],
            "weight": [self.weights[rule.level] for rule in rules],
            "gate": self._gates([rule.level for rule in rules]),
            "first_end": ends,
            "last_end": stops,
        }
        return {name: np.array(row, np.int64) for name, row in columns.items()}

    def _gates(self, levels: Sequence[int]) -> list[int]:
        """Give for each rule the price that no rule after it can bring down to 0."""
        priced = {level for level in self._priced() if level in self.weights}
        gates = []
        for level, after in zip(levels, [*levels[1:], None], strict=True):
            if level == after:
                gates.append(NEVER // 2)
            elif after is None or all(rank < after for rank in priced):
                gates.append(0)
            else:
                gates.append(self.weights[level] - 1)
        return gates

    def _priced(self) -> list[int]:
        """List the ranks of what is priced before the rules."""
        colour = [] if self.model.colour is None else [self.model.colour.level]
        return [*colour, *([self.model.due_level] if self.has_dues else [])]

    def _by_unit(self) -> tuple[Longs, Ints, Ints]:
        """Give mask, colour and due slot of all units, those of the past last."""
        model = self.model
        past = len(model.past_masks) - self.kept
        ranked = np.zeros(self.n_units + self.n_past, np.int64)
        for bit, place in enumerate(self.rules):
            ranked[: len(self.masks)] |= (self.masks >> place & 1) << bit
        colours = [*model.colours, *model.past_colours[past:]]
        dues = [self._due(unit.due_slot) for unit in model.units]
        empty = self.n_past - self.kept
        codes = {name: code for code, name in enumerate(model.colour_names)}
        coded = [codes[name] if model.colour else NO_COLOUR for name in colours]
        return (
            ranked,
            np.array(coded + [NO_COLOUR] * empty, np.int32),
            np.array(dues + [NO_DUE] * self.n_past, np.int32),
        )

    def _kinds(self) -> Ints:
        """Give each kind of unit, which nothing tells apart, a number."""
        codes: dict[object, int] = {}
        kinds = np.full(self.n_units + self.n_past, -1, np.int32)
        for unit in range(self.n_units):
            kinds[unit] = codes.setdefault(kind_of(self.model, unit), len(codes))
        return kinds

    def _due(self, slot: int | None) -> int:
        if slot is None or not self.has_dues:
            return NO_DUE
        return min(max(slot, -1), NO_DUE)

    def _limits(self) -> Longs:
        colour = self.model.colour
        limits = [
            NO_LIMIT if colour is None else (colour.limit_of(name) or NO_LIMIT)
            for name in self.model.colour_names
        ]
        return np.array([*limits, NO_LIMIT], np.int64)


def _groups(keys: Longs | Ints) -> tuple[Ints, Ints, Ints]:
    """Sort units by key: where each group begins, the units, the group of each."""
    _, group = np.unique(keys, return_inverse=True)
    n_groups = int(group.max()) + 1 if len(group) else 0
    first = np.zeros(n_groups + 1, np.int32)
    first[1:] = np.cumsum(np.bincount(group, minlength=n_groups))
    units = np.argsort(group, kind="stable").astype(np.int32)
    return first, units, group.astype(np.int32)
