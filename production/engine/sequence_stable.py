"""Plan a queue again: newcomers find their places, the others keep their order."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from production.engine.budget import Meter
from production.engine.sequence_kept import put_alike_back
from production.engine.sequence_model import LineModel, count_all, objective_of
from production.engine.sequence_search import kernels

if TYPE_CHECKING:  # loads numpy and numba
    from production.engine.sequence_setup import Laid

CALM_ENDS, FEW_ENDS, HOT_ENDS = 0.05, 0.1, 0.9
"""Shares of the budget by which rounds end in which no old unit may lose its place, a
few may, and many may."""
FEW_PERCENT = 3
HOT_PERCENT = 18
"""So many in a hundred old units may lose their place in all: a few, or many while a
rule of the highest level is broken."""
LOOSE_PERCENT = 4
"""So many may do so in the rest of the budget, or as many as have by then."""
BOUND_SHARE, HOT_SHARE = 5, 12
"""In how many of 16 moves a unit is tried that is bound to its place."""
WARM, COOL = 180, 140
"""Temperatures of the hot round where all that counts is of one rank, in 1,024ths of a
violation."""
HOT_TOLL = 100
"""What a unit that loses its place costs in that round, in 1,024ths of a violation."""
LEAST = 1
"""What a unit that loses its place must save when all is calm, in 1,024ths: less than
anything, but not nothing."""
TICK = 1 << 10
HOT_TICK = 1 << 13
"""Moves from one look to the next, and at one temperature."""
BIND_EVERY = 8
"""Temperatures from one longest common order with the earlier plan to the next."""


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
        a few in a hundred. While a ratio rule of the highest level is broken, 18 in a
        hundred may, at no price; at a low one where all rules are of one level, in a
        walk that is shaken. In the rest of the budget units find back where that costs
        nothing. Units that nothing tells apart count as one another.
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
        self.n_new = len(newcomers)
        self.firm = sorted(firm)
        self.meter = meter
        self.laid = self._lay_out([*old, *newcomers], seed)
        self.laid.bind(old, moved=(), firm=self.firm)
        self.mix = kernels().sum_shares({})
        levels = {rule.level for rule in model.rules}
        self.highest = self.laid.weights[min(levels)] if levels else 1
        self.is_shaken = len(levels) == 1 and model.colour is None

    def _lay_out(self, order: Sequence[int], seed: int) -> "Laid":
        from production.engine.sequence_setup import lay_out  # noqa: PLC0415 -- slow import

        return lay_out(self.model, order, seed=seed)

    def run(self) -> tuple[list[int], list[int]]:
        self._allow(0)
        self._walk_until(CALM_ENDS, bound_share=0)
        self._allow(FEW_PERCENT)
        self._walk_until(FEW_ENDS)
        if self.laid.cost >= self.highest:
            self._allow(HOT_PERCENT)
            self._run_hot()
            self._begin_at_best()
        self._allow(LOOSE_PERCENT)
        self._walk_until(1.0)
        return put_alike_back(self.model, self.laid.order, self.old)

    def _allow(self, percent: int) -> None:
        """Let so many old units lose their place, those that have lost it included."""
        n_moved = self.laid.n_free - self.n_new
        self.laid.allow(len(self.old) * percent // 100 - n_moved)

    def _walk_until(self, ends: float, bound_share: int = BOUND_SHARE) -> None:
        while self._goes_on(ends):
            self._walk(bound_share, toll=LEAST)

    def _run_hot(self) -> None:
        """Let many units go, until no rule of the highest level is broken."""
        begun = self.meter.share
        n_walks = 0
        while self._goes_on(HOT_ENDS) and self.laid.cost >= self.highest:
            if self.is_shaken:
                done = (self.meter.share - begun) / (HOT_ENDS - begun)
                heat = int(WARM + (COOL - WARM) * done)
                self._walk(HOT_SHARE, heat=heat, toll=HOT_TOLL, n_moves=HOT_TICK)
                n_walks += 1
                if n_walks % BIND_EVERY == 0:
                    self._bind_longest()
            else:
                self._walk(HOT_SHARE, n_moves=HOT_TICK)

    def _bind_longest(self) -> None:
        """Bind as many units as can be, where moves one by one have bound fewer."""
        order, moved = put_alike_back(self.model, self.laid.now, self.old)
        self.laid.rename(order)
        self.laid.bind(self.old, moved=moved, firm=self.firm)
        self._allow(HOT_PERCENT)

    def _begin_at_best(self) -> None:
        order, moved = put_alike_back(self.model, self.laid.order, self.old)
        self.laid.put(order)
        self.laid.bind(self.old, moved=moved, firm=self.firm)

    def _walk(
        self, bound_share: int, *, heat: int = 0, toll: int = 0, n_moves: int = TICK
    ) -> None:
        told = kernels().tell(
            heat=heat,
            hot_rules=len(self.laid.board.window),
            bound_share=bound_share,
            toll=toll,
            firm_price=self.highest,
        )
        left = self.meter.moves_left
        n_moves = n_moves if left is None else min(n_moves, left)
        self.meter.spend(kernels().walk(self.laid.board, self.mix, 1, told, n_moves))

    def _goes_on(self, ends: float) -> bool:
        if self.laid.cost == 0 or self.meter.share >= ends:
            return False
        return self.meter.may_go_on(self._objective)

    def _objective(self) -> tuple[int, ...]:
        return objective_of(self.model, count_all(self.model, self.laid.order))
