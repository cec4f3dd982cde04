"""Plan a queue again: newcomers find their places, the others keep their order."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from production.engine.budget import Meter
from production.engine.sequence_kept import put_alike_back
from production.engine.sequence_model import LineModel, count_all, objective_of
from production.engine.sequence_search import kernels

if TYPE_CHECKING:  # loads numpy and numba
    from production.engine.sequence_setup import Laid

CALM_ROUNDS = ((0.1, 0), (0.2, 3))
"""Share of the budget by which a round ends, and the percentage of the old units that
may lose their place in it, each only where that saves something."""
LOOSE_PERCENT = 8
"""So many may do so in the rest of it, once no ratio rule is broken."""
KEEP_PERCENT = 82
"""An order that leaves fewer units in their old order is not taken."""
BOUND_SHARE = 5
"""In how many of 16 moves a unit is tried that is bound to its place."""
AROUND = 2
"""Places on both sides of a broken window's unit that are freed with it."""
HEAT = 120
"""Temperature of free units where all that counts is of one rank, in 1,024ths of a
violation."""
LOOK_TICKS = 8
"""Ticks between two looks at how many have lost their place; more for long queues."""
UNITS_A_TICK = 60
TICK = 1 << 10


@dataclass(frozen=True, slots=True, order=True)
class Settled:
    """An order, and the old units that have lost their place; the least is the best."""

    moves_too_many: bool
    cost: int
    n_moved: int
    order: list[int] = field(compare=False)
    moved: list[int] = field(compare=False)


def settle(
    model: LineModel,
    old: Sequence[int],
    newcomers: Sequence[int],
    *,
    firm: Collection[int],
    meter: Meter,
    seed: int,
) -> tuple[list[int], list[int]]:
    """Let newcomers find their places among units that keep their order.

    Parameters
    ----------
    old
        Unit indices in the order of the earlier plan.
    newcomers
        Those that may go anywhere.
    firm
        Old units that lose their place only for a rank of the highest level.

    Returns
    -------
    tuple[list[int], list[int]]
        The order, and the old units that have lost their place in it. At first only
        newcomers move. Then an old unit may lose its place where that saves something,
        three in a hundred. While a ratio rule is broken, units around such places are
        let go for a while, others each time; that is taken where it costs no more and
        82 in 100 old units keep their order. Units that nothing tells apart count as
        one another.
    """
    order = [*old, *newcomers]
    if len(order) < 2:
        return order, []
    return _Settling(model, old, newcomers, firm, meter, seed).run()


class _Settling:
    def __init__(
        self,
        model: LineModel,
        old: Sequence[int],
        newcomers: Sequence[int],
        firm: Collection[int],
        meter: Meter,
        seed: int,
    ) -> None:
        self.model = model
        self.old = old
        self.newcomers = newcomers
        self.n_new = len(newcomers)
        self.firm = sorted(firm)
        self.meter = meter
        self.rng = random.Random(seed)  # noqa: S311 -- a search, nothing secret
        self.laid = self._lay_out([*old, *newcomers], seed)
        self.laid.set_firm(self.firm)
        self.laid.set_free(newcomers)
        self.mix = kernels().sum_shares({})
        self.best = self._judge()
        self.present = self.best

    def _lay_out(self, order: Sequence[int], seed: int) -> "Laid":
        from production.engine.sequence_setup import lay_out  # noqa: PLC0415 -- slow import

        return lay_out(self.model, order, seed=seed)

    def run(self) -> tuple[list[int], list[int]]:
        for ends, percent in CALM_ROUNDS:
            self._allow(percent)
            self._run_round(ends, BOUND_SHARE if percent else 0)
        told = self._told(bound_share=0)
        self.present = self.best
        while self._goes_on(1.0) and (hot := self.laid.hot_places()):
            self._mend(hot, told)
        self._allow(LOOSE_PERCENT)
        self._run_round(1.0, BOUND_SHARE)
        return self.best.order, self.best.moved

    def _allow(self, percent: int) -> None:
        """Let so many old units lose their place, those that have lost it included."""
        leave = len(self.old) * percent // 100 + self.n_new - self.laid.n_free
        self.laid.allow(leave)

    def _mend(self, hot: Sequence[int], told: Any) -> None:
        """Free those around broken rules for a while; go back where that was no use."""
        present = self.present
        self.laid.bind_all()
        self.laid.set_firm(self.firm)
        self.laid.set_free([*self.newcomers, *present.moved])
        room = len(self.old) * (100 - KEEP_PERCENT) // 100 - len(present.moved)
        self._set_free_around(hot, room)
        self.laid.allow(0)
        for _ in range(max(LOOK_TICKS, len(present.order) // UNITS_A_TICK)):
            self._walk(told)
        found = self._judge()
        self.best = min(self.best, found)
        if found.moves_too_many or found.cost > present.cost:
            self.laid.put(present.order)
        else:
            self.present = found

    def _walk(self, told: Any) -> None:
        left = self.meter.moves_left
        n_moves = TICK if left is None else min(TICK, left)
        self.meter.spend(kernels().walk(self.laid.board, self.mix, 1, told, n_moves))

    def _judge(self) -> Settled:
        order, moved = put_alike_back(self.model, self.laid.order, self.old)
        n_kept = len(self.old) - len(moved)
        moves_too_many = n_kept * 100 < len(self.old) * KEEP_PERCENT
        return Settled(moves_too_many, self.laid.cost, len(moved), order, moved)

    def _look(self) -> None:
        """Note the best order; begin again at it when too many have left theirs."""
        found = self._judge()
        self.best = min(self.best, found)
        if found.moves_too_many:
            self.laid.put(self.best.order)

    def _set_free_around(self, hot: Sequence[int], leave: int) -> None:
        """Free what stands around broken rules, then others, as many as may leave."""
        if not hot:
            return
        near = [at + step for at in hot for step in range(-AROUND, AROUND + 1)]
        self.rng.shuffle(near)
        others = [*self.laid.places]
        self.rng.shuffle(others)
        units = dict.fromkeys(self.laid.bound_units([*near, *others]))
        self.laid.set_free([*units][: max(0, leave)])

    def _told(self, bound_share: int) -> Any:
        levels = {rule.level for rule in self.model.rules}
        return kernels().tell(
            heat=HEAT if len(levels) == 1 and self.model.colour is None else 0,
            hot_rules=len(self.laid.board.window),
            bound_share=bound_share,
            firm_price=self.laid.weights[min(levels)] if levels else 1,
        )

    def _run_round(self, ends: float, bound_share: int) -> None:
        told = self._told(bound_share)
        turn = 0
        while self._goes_on(ends):
            self._walk(told)
            turn += 1
            if turn % LOOK_TICKS == 0:
                self._look()
        self._look()

    def _goes_on(self, ends: float) -> bool:
        if self.laid.cost == 0 or self.meter.share >= ends:
            return False
        return self.meter.may_go_on(self._objective)

    def _objective(self) -> tuple[int, ...]:
        return objective_of(self.model, count_all(self.model, self.laid.order))
