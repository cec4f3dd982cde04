"""Improve a line's queue by swaps and insertions, counting only what they touch."""

import random

from production.engine.budget import Meter
from production.engine.demand import Attribute
from production.engine.sequence_model import (
    OVER_RUN_LEVEL,
    LineModel,
    is_late,
)

SWAP_SHARE = 0.8
REACH = 40
PATIENCE_PER_PAIR = 10
N_KICKS = 3


def improve(
    model: LineModel, order: list[int], *, meter: Meter, seed: int
) -> tuple[list[int], int]:
    """Walk over plateaus by swaps and short insertions while the budget lasts.

    Returns
    -------
    tuple[list[int], int]
        The best order found, never worse than the one given, and its weighted cost.

    Notes
    -----
    A move is taken unless it costs more. Positions that break something are chosen
    more often. When ten moves for each pair have brought nothing, the best order so
    far is shaken by three random swaps. A swap costs ``O(r q)`` and the colour runs
    around both places.
    """
    if not order:
        return [], 0
    walk = _Walk(model, order, random.Random(seed))  # noqa: S311 -- a search
    return walk.run(meter)


class _Walk:
    def __init__(self, model: LineModel, order: list[int], rng: random.Random) -> None:
        self.model = model
        self.rng = rng
        self.order = list(order)
        self.n = len(order)
        self.n_past = len(model.past_masks)
        levels = model.levels
        self.weights = [levels.weight(rule.level) for rule in model.rules]
        self.late_weight = levels.weight(model.due_level)
        self.over_weight = levels.weight(OVER_RUN_LEVEL)
        level = model.colour.level if model.colour else None
        self.colour_weight = 0 if level is None else levels.weight(level)
        self.colours: list[Attribute] = [*model.past_colours]
        self.colours += [model.colours[place] for place in order]
        self.flags: list[list[int]] = []
        self.windows: list[list[int]] = []
        for bit, rule in enumerate(model.rules):
            flags = [mask >> bit & 1 for mask in model.past_masks]
            flags += [model.masks[place] >> bit & 1 for place in order]
            self.flags.append(flags)
            self.windows.append(self._windows_of(flags, rule.window))

    def _windows_of(self, flags: list[int], window: int) -> list[int]:
        """Count the marked units in the window that ends at each place."""
        counts = []
        inside = 0
        for end in range(len(flags) + window - 1):
            inside += flags[end] if end < len(flags) else 0
            inside -= flags[end - window] if end >= window else 0
            counts.append(inside)
        return counts

    def run(self, meter: Meter) -> tuple[list[int], int]:
        cost = best_cost = self.cost()
        best = list(self.order)
        patience = PATIENCE_PER_PAIR * self.n * self.n
        waited = 0
        split = self.model.levels.split
        while self.n > 1 and best_cost > 0 and meter.goes_on(split(best_cost)):
            cost += self._move()
            waited += 1
            if cost < best_cost:
                best, best_cost, waited = list(self.order), cost, 0
            elif waited >= patience:
                self._return_to(best)
                cost, waited = best_cost + self._kick(), 0
        return best, best_cost

    def _move(self) -> int:
        one = self._pick()
        if self.rng.random() < SWAP_SHARE:
            return self._try_swap(one, self.rng.randrange(self.n))
        reach = self.rng.randint(-REACH, REACH)
        return self._try_insert(one, min(self.n - 1, max(0, one + reach)))

    def _return_to(self, order: list[int]) -> None:
        self.order = list(order)
        self._rewrite(0, self.n - 1)

    def _kick(self) -> int:
        return sum(
            self._try_swap(
                self.rng.randrange(self.n), self.rng.randrange(self.n), at_any_cost=True
            )
            for _ in range(N_KICKS)
        )

    def _pick(self) -> int:
        """Choose a position, one that breaks something where a few tries find it."""
        for _ in range(6):
            place = self.rng.randrange(self.n)
            if self._breaks(place):
                return place
        return self.rng.randrange(self.n)

    def _breaks(self, place: int) -> bool:
        at = place + self.n_past
        if at and self.colour_weight and self.colours[at] != self.colours[at - 1]:
            return True
        if is_late(self.model.units[self.order[place]], place):
            return True
        return any(
            flags[at] and windows[at] > rule.at_most
            for rule, flags, windows in zip(
                self.model.rules, self.flags, self.windows, strict=True
            )
        )

    def cost(self) -> int:
        """Count the whole cost plainly."""
        return (
            self._window_cost(self.n_past, len(self.colours))
            + self._colour_cost(self.n_past, len(self.colours) - 1)
            + sum(self._late_cost(place) for place in range(self.n))
        )

    def _late_cost(self, place: int) -> int:
        late = is_late(self.model.units[self.order[place]], place)
        return self.late_weight if late else 0

    def _last_window(self, window: int) -> int:
        return len(self.colours) + (window - 1 if self.model.tail else 0)

    def _window_cost(self, begin: int, end: int) -> int:
        """Cost of the windows that hold any of the places from begin to end."""
        total = 0
        for bit, rule in enumerate(self.model.rules):
            first = max(begin, self.n_past, rule.window - 1)
            last = min(end + rule.window - 1, self._last_window(rule.window))
            over = sum(
                count - rule.at_most
                for count in self.windows[bit][first:last]
                if count > rule.at_most
            )
            total += over * self.weights[bit]
        return total

    def _colour_cost(self, begin: int, end: int) -> int:
        """Cost of the changes and runs that the places from begin to end touch."""
        rule = self.model.colour
        if rule is None:
            return 0
        colours = self.colours
        start, stop = begin, end
        least = 0 if self.model.runs_from_history else self.n_past
        while start > least and colours[start - 1] == colours[start]:
            start -= 1
        while stop + 1 < len(colours) and colours[stop + 1] == colours[stop]:
            stop += 1
        stop = min(stop + 1, len(colours) - 1)
        changes = over = run = 0
        for at in range(start, stop + 1):
            is_same = at > start and colours[at] == colours[at - 1]
            is_same = is_same and (least == 0 or at != least)
            run = run + 1 if is_same else 1
            is_new = at >= self.n_past
            changes += is_new and at > 0 and colours[at] != colours[at - 1]
            limit = rule.limit_of(colours[at])
            over += is_new and limit is not None and run > limit
        return changes * self.colour_weight + over * self.over_weight

    def _touching(self, begin: int, end: int) -> tuple[int, int]:
        """Widen a stretch to the runs on both sides, which a move may join or cut."""
        return max(0, begin - 1), min(len(self.colours) - 1, end + 1)

    def _try_swap(self, one: int, two: int, *, at_any_cost: bool = False) -> int:
        if one == two:
            return 0
        low, high = min(one, two), max(one, two)
        units = self.model.masks, self.model.colours
        first, second = self.order[low], self.order[high]
        before = self._late_cost(low) + self._late_cost(high)
        change = self._swap_flags(units[0][first], units[0][second], low, high)
        change += self._swap_colours(low, high)
        self.order[low], self.order[high] = second, first
        change += self._late_cost(low) + self._late_cost(high) - before
        if change <= 0 or at_any_cost:
            return change
        self.order[low], self.order[high] = first, second
        self._swap_flags(units[0][second], units[0][first], low, high)
        low, high = low + self.n_past, high + self.n_past
        colours = self.colours
        colours[low], colours[high] = colours[high], colours[low]
        return 0

    def _swap_flags(self, mask_low: int, mask_high: int, low: int, high: int) -> int:
        differ = mask_low ^ mask_high
        change = bit = 0
        while differ >> bit:
            if differ >> bit & 1:
                leaves = mask_low >> bit & 1
                from_, to = (low, high) if leaves else (high, low)
                moved = self._move_flag(bit, from_ + self.n_past, to + self.n_past)
                change += moved * self.weights[bit]
            bit += 1
        return change

    def _move_flag(self, bit: int, from_: int, to: int) -> int:
        """Move one mark of a rule and give the change in its violations."""
        rule = self.model.rules[bit]
        flags, windows = self.flags[bit], self.windows[bit]
        flags[from_], flags[to] = 0, 1
        window, at_most = rule.window, rule.at_most
        least = max(self.n_past, window - 1)
        last = self._last_window(window)
        change = 0
        for end in range(from_, from_ + window):
            windows[end] -= 1
            change -= least <= end < last and windows[end] >= at_most
        for end in range(to, to + window):
            windows[end] += 1
            change += least <= end < last and windows[end] > at_most
        return change

    def _swap_colours(self, low: int, high: int) -> int:
        low, high = low + self.n_past, high + self.n_past
        colours = self.colours
        if colours[low] == colours[high]:
            return 0
        before = self._colours_around(low, high)
        colours[low], colours[high] = colours[high], colours[low]
        return self._colours_around(low, high) - before

    def _colours_around(self, low: int, high: int) -> int:
        """Cost around two places; the stretch between counts if the runs meet."""
        if self.model.colour is None:
            return 0
        begin, middle = self._touching(low, low)
        middle_two, end = self._touching(high, high)
        if self._run_end(middle) + 1 >= self._run_start(middle_two):
            return self._colour_cost(begin, end)
        return self._colour_cost(begin, middle) + self._colour_cost(middle_two, end)

    def _run_end(self, at: int) -> int:
        while at + 1 < len(self.colours) and self.colours[at + 1] == self.colours[at]:
            at += 1
        return at

    def _run_start(self, at: int) -> int:
        while at > 0 and self.colours[at - 1] == self.colours[at]:
            at -= 1
        return at

    def _try_insert(self, from_: int, to: int) -> int:
        if from_ == to:
            return 0
        low, high = min(from_, to), max(from_, to)
        before = self._stretch_cost(low, high)
        unit = self.order.pop(from_)
        self.order.insert(to, unit)
        self._rewrite(low, high)
        change = self._stretch_cost(low, high) - before
        if change <= 0:
            return change
        self.order.insert(from_, self.order.pop(to))
        self._rewrite(low, high)
        return 0

    def _stretch_cost(self, low: int, high: int) -> int:
        begin, end = self._touching(low + self.n_past, high + self.n_past)
        return (
            self._window_cost(low + self.n_past, high + self.n_past + 1)
            + self._colour_cost(begin, end)
            + sum(self._late_cost(place) for place in range(low, high + 1))
        )

    def _rewrite(self, low: int, high: int) -> None:
        for place in range(low, high + 1):
            unit = self.order[place]
            at = place + self.n_past
            self.colours[at] = self.model.colours[unit]
            for bit, flags in enumerate(self.flags):
                flag = self.model.masks[unit] >> bit & 1
                if flags[at] != flag:
                    change = flag - flags[at]
                    flags[at] = flag
                    windows = self.windows[bit]
                    for end in range(at, at + self.model.rules[bit].window):
                        windows[end] += change
