"""What an order line asks of one step: time, a part of a load, company to wait for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from configurator.selectors.manufacture import StepPlan
from production.engine.cutoff import USUAL_CLOSING, Closing
from production.selectors.latest import MadeLine
from production.selectors.loads import LoadRule, batch_rule_of

LOAD, SHEET, FIXED, UNIT = "LOAD", "SHEET", "FIXED", "UNIT"


@dataclass(frozen=True, slots=True)
class Work:
    """What one line asks of the step that is looked at."""

    line: MadeLine
    step: StepPlan

    @property
    def pieces(self) -> int:
        return self.line.pieces

    @property
    def load_share_ppm(self) -> int:
        """The part of a whole load that the line fills, in millionths."""
        load = self.step.load
        if load is None or not load.maximum or self.step.load_units_per_piece is None:
            return 1_000_000
        num, den = self.step.load_units_per_piece
        return max(1, self.pieces * num * 1_000_000 // (den * load.maximum))

    @property
    def run_ms(self) -> int:
        """The time at the place, if whole loads are shared."""
        basis = self.step.basis.value
        if basis == UNIT:
            return self.step.run_ms * self.pieces
        if basis == SHEET:
            num, den = self.step.load_units_per_piece or (1, 1)
            return self.step.run_ms * -(-self.pieces * num // den)
        if basis == LOAD:
            return self.step.run_ms * self.load_share_ppm // 1_000_000
        return self.step.run_ms

    def closing(
        self, *, load_pieces: int | None, zone: str, origin: datetime
    ) -> Closing:
        """Give the rules by which the floor closes its loads, in pieces of the case.

        It waits for company at this step or before it in the batch: as long as the
        longest of these rules lets it, and not beyond the first of their cut-offs.
        """
        rules = [
            LoadRule.read(batch_rule_of(each))
            for each in self.line.manufacture.steps
            if each.batch is not None and each.batch_key == self.step.batch_key
        ]
        if not rules:
            return USUAL_CLOSING
        capped = [each for each in rules if each.cutoff is not None]
        first = min(capped, key=lambda each: each.cutoff or "", default=rules[0])
        minimum, capacity = self._sizes(load_pieces)
        return Closing(
            max_wait_s=max(each.max_wait_s for each in rules),
            cutoff=first.clock(zone=zone, origin=origin),
            minimum=minimum,
            capacity=capacity,
        )

    def _sizes(self, load_pieces: int | None) -> tuple[int, int | None]:
        """Give the least pieces of a load, and the most where the machine sets none."""
        rule = LoadRule.read(batch_rule_of(self.step))
        if load_pieces is not None:
            return -(-load_pieces * rule.minimum // rule.capacity), None
        num, den = self.step.load_units_per_piece or (1, 1)
        return -(-rule.minimum * den // num), max(1, rule.capacity * den // num)

    @property
    def is_shared(self) -> bool:
        return self.step.basis.value == LOAD and self.step.load is not None

    @property
    def variant(self) -> str:
        """Name what may be made together: by key, by kind, or only the same again."""
        step = self.step
        if step.batch_key:
            return step.batch_key
        values = step.setup_attributes or step.attributes
        text = "|".join(f"{name}={value}" for name, value in values.items())
        if not text:
            chosen = sorted((k, str(v)) for k, v in self.line.choices.items())
            text = hashlib.sha256(repr(chosen).encode()).hexdigest()[:12]
        return f"{text}|{self.line.personal}" if self.line.personal else text
