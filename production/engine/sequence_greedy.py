"""Fill a line's queue position by position, looking ahead by utilisation."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from production.engine.demand import Attribute
from production.engine.due_slack import DueSlack
from production.engine.reasons import Reason
from production.engine.sequence_model import NO_COLOUR, LineModel

SCALE = 1000
VIOLATION_COST = 50 * SCALE
OVER_RUN_COST = 1 << 200

Group = tuple[int, Attribute]
Score = tuple[int, int, int, str]


@dataclass(frozen=True, slots=True)
class Taste:
    """How a greedy fill weighs a colour change against keeping scarce units apart.

    ``change_cost`` is in thousandths of a fully used station; ``power`` sharpens
    the difference between scarce and plentiful.
    """

    change_cost: int
    power: int = 1


def fill_greedily(model: LineModel, taste: Taste) -> tuple[list[int], list[Reason]]:
    """Order all units, and say why each stands where it stands.

    Returns
    -------
    tuple[list[int], list[Reason]]
        Unit indices by position, and one reason for each. Identical units (same
        rules, same colour) follow each other by due slot, arrival and key.
        ``O(n m)`` for ``m`` different sets of rules, times colours where a due slot
        presses.

    Notes
    -----
    Dynamic sum of utilisation: of the units that break least, take the one whose
    stations are scarcest in what is left (Gottlieb, Puchta, Solnon 2003).
    """
    return _Fill(model, taste).run()


class _Fill:
    def __init__(self, model: LineModel, taste: Taste) -> None:
        self.model = model
        self.taste = taste
        self.queues: dict[Group, deque[int]] = {}
        for place, group in enumerate(zip(model.masks, model.colours, strict=True)):
            self.queues.setdefault(group, deque()).append(place)
        self.colours_of: dict[int, dict[Attribute, int]] = {}
        self.left_of: dict[Attribute, int] = {}
        for (mask, colour), queue in self.queues.items():
            self.colours_of.setdefault(mask, {})[colour] = len(queue)
            self.left_of[colour] = self.left_of.get(colour, 0) + len(queue)
        self.bits = {
            mask: [bit for bit in range(len(model.rules)) if mask >> bit & 1]
            for mask in self.colours_of
        }
        self.marked_left = [
            sum(mask >> bit & 1 for mask in model.masks)
            for bit in range(len(model.rules))
        ]
        self.n_left = len(model.units)
        self.slack = DueSlack([unit.due_slot for unit in model.units])
        self._start_windows()
        self._start_run()
        weights = model.levels
        self.rule_weights = [weights.weight(rule.level) for rule in model.rules]
        colour_level = model.colour.level if model.colour else None
        self.is_above = [
            colour_level is None or rule.level < colour_level for rule in model.rules
        ]

    def _start_windows(self) -> None:
        self.recent: list[deque[int]] = []
        self.inside: list[int] = []
        for bit, rule in enumerate(self.model.rules):
            past = [mask >> bit & 1 for mask in self.model.past_masks]
            recent = deque(past[-(rule.window - 1) :], maxlen=rule.window - 1)
            self.recent.append(recent)
            self.inside.append(sum(recent))

    def _start_run(self) -> None:
        past = self.model.past_colours
        self.colour = past[-1] if past else None
        self.run_length = 0
        if self.model.runs_from_history:
            for colour in reversed(past):
                if colour != self.colour:
                    break
                self.run_length += 1

    def run(self) -> tuple[list[int], list[Reason]]:
        order: list[int] = []
        reasons: list[Reason] = []
        for _ in self.model.units:
            group, reason = self._choose()
            reasons.append(reason)
            order.append(self._take(group))
        return order, reasons

    def _choose(self) -> tuple[Group, Reason]:
        by_slot = self.slack.must_be_due_by()
        self.mask_scores = self._score_masks()
        if by_slot is not None:
            urgent = list(self._due_by(by_slot))
            if urgent:
                return min(urgent, key=self._score), Reason(
                    "DUE_SLOT", {"slot": by_slot}
                )
        forced = self._dominant_colour()
        groups = self._candidates(forced)
        best = min(groups, key=self._score)
        return best, self._why(best, forced)

    def _score_masks(self) -> dict[int, tuple[int, int]]:
        rules, taste = self.model.rules, self.taste
        n_left = max(1, self.n_left)
        pull, above, below = [], [], []
        for bit, rule in enumerate(rules):
            share = self.marked_left[bit] * rule.window * SCALE
            use = share // (n_left * rule.at_most)
            pull.append(use if taste.power == 1 else use**taste.power // SCALE)
            breaks = self.inside[bit] >= rule.at_most
            above.append(self.rule_weights[bit] if breaks and self.is_above[bit] else 0)
            below.append(VIOLATION_COST if breaks and not self.is_above[bit] else 0)
        return {
            mask: (
                sum(above[bit] for bit in self.bits[mask]),
                sum(below[bit] - pull[bit] for bit in self.bits[mask]),
            )
            for mask in self.colours_of
        }

    def _score(self, group: Group) -> Score:
        mask, colour = group
        above, rest = self.mask_scores[mask]
        over = 0
        if colour == self.colour:
            limit = self._limit(colour)
            over = (
                OVER_RUN_COST if limit is not None and self.run_length >= limit else 0
            )
        elif self.colour is not None:
            rest += self.taste.change_cost
        return (above + over, rest, -self.left_of[colour], f"{mask:09d} {colour}")

    def _candidates(self, forced: Attribute | None) -> Iterable[Group]:
        if forced is not None:
            return [
                (mask, forced)
                for mask, colours in self.colours_of.items()
                if forced in colours
            ]
        groups: list[Group] = []
        for mask, colours in self.colours_of.items():
            if self.colour is not None and self.colour in colours:
                groups.append((mask, self.colour))
            others = [colour for colour in colours if colour != self.colour]
            if others:
                most = max(others, key=lambda one: (self.left_of[one], str(one)))
                groups.append((mask, most))
        return groups

    def _due_by(self, slot: int) -> Iterable[Group]:
        for group, queue in self.queues.items():
            due = self.model.units[queue[0]].due_slot
            if due is not None and due <= slot:
                yield group

    def _limit(self, colour: Attribute) -> int | None:
        return self.model.colour.limit_of(colour) if self.model.colour else None

    def _dominant_colour(self) -> Attribute | None:
        """Find a colour so frequent that it must come now to keep its limit."""
        for colour, left in self.left_of.items():
            limit = self._limit(colour)
            if limit is None or colour == NO_COLOUR:
                continue
            may_continue = colour != self.colour or self.run_length < limit
            if may_continue and -(-left // limit) > self.n_left - left:
                return colour
        return None

    def _why(self, group: Group, forced: Attribute | None) -> Reason:
        mask, colour = group
        if self.n_left == 1 or len(self.queues) == 1:
            return Reason("ONLY_CHOICE")
        broken = [
            self.model.rules[bit].code
            for bit in self.bits[mask]
            if self.inside[bit] >= self.model.rules[bit].at_most
        ]
        if broken:
            return Reason("LEAST_BAD", {"rule": broken[0]})
        if self.model.colour is not None and colour == self.colour:
            return Reason("COLOUR_RUN", {"colour": colour})
        if forced is None and self.colour is not None and self.model.colour is not None:
            limit = self._limit(self.colour)
            if limit is not None and self.run_length >= limit:
                return Reason("COLOUR_LIMIT", {"colour": self.colour})
        return Reason("RATIO" if self.bits[mask] else "NEXT_IN_LINE")

    def _take(self, group: Group) -> int:
        mask, colour = group
        queue = self.queues[group]
        place = queue.popleft()
        self.n_left -= 1
        self.left_of[colour] -= 1
        self.colours_of[mask][colour] -= 1
        if not queue:
            del self.queues[group]
            del self.colours_of[mask][colour]
            if not self.colours_of[mask]:
                del self.colours_of[mask]
        for bit, recent in enumerate(self.recent):
            flag = mask >> bit & 1
            self.marked_left[bit] -= flag
            if len(recent) == recent.maxlen:
                self.inside[bit] -= recent[0]
            recent.append(flag)
            self.inside[bit] += flag
        self.run_length = self.run_length + 1 if colour == self.colour else 1
        self.colour = colour
        self.slack.place(self.model.units[place].due_slot)
        return place
