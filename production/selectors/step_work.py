"""What an order line asks of one step: time, a part of a load, company to wait for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from configurator.selectors.manufacture import StepPlan
from production.engine.values import NEVER_S
from production.selectors.latest import MadeLine

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

    @property
    def max_wait_s(self) -> int:
        """How long it may wait for company, at this step or before it in the batch.

        A rule that names no longest wait waits for what else closes a load.
        """
        same = [
            NEVER_S if each.batch.max_wait_s is None else each.batch.max_wait_s
            for each in self.line.manufacture.steps
            if each.batch is not None and each.batch_key == self.step.batch_key
        ]
        return max(same, default=0)

    @property
    def cutoffs(self) -> set[str]:
        """The times of day at which it waits no longer, by the same rules."""
        return {
            each.batch.cutoff
            for each in self.line.manufacture.steps
            if each.batch is not None
            and each.batch.cutoff
            and each.batch_key == self.step.batch_key
        }

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
