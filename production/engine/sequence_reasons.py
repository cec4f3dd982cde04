"""Say of every place in a queue why its unit stands there."""

from collections.abc import Collection, Sequence

from production.engine.demand import Attribute
from production.engine.reasons import Reason
from production.engine.sequence_model import NO_COLOUR, LineModel

NEARLY_DUE = 2
"""Positions to its due slot from which that is why a unit stands where it does."""


def explain(
    model: LineModel, order: Sequence[int], *, moved: Collection[int] = ()
) -> list[Reason]:
    """Give one reason for each place; ``moved`` units have lost their old one.

    A rule that is broken here comes before all else, then a due slot, a move, the
    colour run, and the ratio rules that are kept. ``O(n r)``.
    """
    return _Explanation(model, order, moved).reasons()


class _Explanation:
    def __init__(
        self, model: LineModel, order: Sequence[int], moved: Collection[int]
    ) -> None:
        self.model = model
        self.order = order
        self.moved = set(moved)
        self.colours = [*model.past_colours]
        self.colours += [model.colours[unit] for unit in order]
        self.n_past = len(model.past_colours)
        self.broken = self._broken_rules()

    def reasons(self) -> list[Reason]:
        if len(self.order) == 1:
            return [Reason("ONLY_CHOICE")]
        run = self._past_run()
        reasons = []
        for slot, unit in enumerate(self.order):
            before = self._colour_before(slot)
            is_same = self.model.colours[unit] == before
            reasons.append(self._why(slot, unit, before, run))
            run = run + 1 if is_same else 1
        return reasons

    def _past_run(self) -> int:
        run = 0
        if self.model.runs_from_history:
            for colour in reversed(self.model.past_colours):
                if colour != self.model.past_colours[-1]:
                    break
                run += 1
        return run

    def _colour_before(self, slot: int) -> Attribute | None:
        at = self.n_past + slot - 1
        return self.colours[at] if at >= 0 else None

    def _why(self, slot: int, unit: int, before: Attribute | None, run: int) -> Reason:
        if slot in self.broken:
            return Reason("BREAKS", {"rule": self.broken[slot]})
        due_slot = self.model.units[unit].due_slot
        if due_slot is not None and slot <= due_slot <= slot + NEARLY_DUE:
            return Reason("DUE_SLOT", {"slot": due_slot})
        if unit in self.moved:
            return Reason("IMPROVED")
        return self._colour_reason(unit, before, run) or Reason(
            "RATIO" if self.model.masks[unit] else "NEXT_IN_LINE"
        )

    def _colour_reason(
        self, unit: int, before: Attribute | None, run: int
    ) -> Reason | None:
        rule = self.model.colour
        if rule is None or before is None or before == NO_COLOUR:
            return None
        if self.model.colours[unit] == before:
            return Reason("COLOUR_RUN", {"colour": before})
        limit = rule.limit_of(before)
        if limit is not None and run >= limit:
            return Reason("COLOUR_LIMIT", {"colour": before})
        return None

    def _broken_rules(self) -> dict[int, str]:
        """Name for each slot the first rule whose window it makes too full."""
        masks = [*self.model.past_masks]
        masks += [self.model.masks[unit] for unit in self.order]
        broken: dict[int, str] = {}
        ranked = sorted(enumerate(self.model.rules), key=lambda one: -one[1].level)
        for bit, rule in ranked:
            inside = 0
            for end, mask in enumerate(masks):
                marked = mask >> bit & 1
                inside += marked
                if end >= rule.window:
                    inside -= masks[end - rule.window] >> bit & 1
                if marked and inside > rule.at_most and end >= self.n_past:
                    broken[end - self.n_past] = rule.code
        return broken
