"""Plan a queue again: newcomers find their places, the others keep their order."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from production.engine.budget import Meter
from production.engine.sequence_home import pairs_kept
from production.engine.sequence_kept import put_alike_back
from production.engine.sequence_model import LineModel, count_all, objective_of
from production.engine.sequence_search import kernels

if TYPE_CHECKING:  # loads numpy and numba
    from production.engine.sequence_setup import Laid

CALM_ENDS, FEW_ENDS, HOT_ENDS, SHAKEN_ENDS = 0.05, 0.1, 0.9, 0.97
"""Shares of the budget by which rounds end in which no old unit may lose its place, a
few may, and many may: later where all that counts is of one rank."""
LONG = 400
"""Shorter queues need less of the first two, in proportion."""
FEW_PERCENT = 3
HOT_PERCENT, SHAKEN_PERCENT = 18, 20
"""So many in a hundred old units may lose their place in all: a few, or many while a
rule of the highest level is broken, most of all in a queue that is shaken, where
each of them has its price."""
LOOSE_PERCENT = 4
"""So many may do so in the rest of the budget, or as many as have by then."""
BOUND_SHARE, HOT_SHARE = 5, 12
"""In how many of 16 moves a unit is tried that is bound to its place."""
LEAST = 1
"""What a unit that loses its place must save when all is calm, in 1,024ths: less than
anything, but not nothing."""
TICK = 1 << 10
HOT_TICK = 1 << 13
"""Moves from one look to the next, and while many units may go."""
SHAKEN_TICK, COMPARE_EVERY = 1 << 13, 2
"""Moves at one temperature, and temperatures from one comparison to the next."""
MANY, MANY_PERCENT = 10, 6
"""Newcomers have no room left for them where they break so many windows more than the
old units did, and so many for a hundred of these."""
LEAST_PAIRS_PERCENT = 80
"""So many in a hundred pairs of old units keep their order even then."""
NAMED_WITHIN = (20, 60)
"""Such a part of the queue at most lies then between a unit that is named to be in
order and where it was; the second where the first leaves too few pairs."""
STIFF_ENDS, CALL_FROM, HOMING_TICK = 0.18, 0.77, 1 << 15
"""Until when they are shaken first like any others, and from when units are called
home, as shares of the budget; and moves at a time."""


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
        hundred may at no price, or, where ratio rules of one level are all that counts,
        20 in a hundred at a price, in a queue that is shaken. In the rest of the
        budget units find back where that costs nothing. Where newcomers break so much
        that the old units have left no room for them, and ratio rules of one level are
        all that counts, any unit may go, and is called back to where its like stood;
        then 80 in a hundred pairs of old units keep their order. Units that nothing
        tells apart count as one another.
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
        self.is_shaken = (
            len(levels) == 1 and model.colour is None and not model.has_due_slots
        )

    def _lay_out(self, order: Sequence[int], seed: int) -> "Laid":
        from production.engine.sequence_setup import lay_out  # noqa: PLC0415 -- slow import

        return lay_out(self.model, order, seed=seed)

    def run(self) -> tuple[list[int], list[int]]:
        length = min(1.0, len(self.model.units) / LONG)
        self._allow(0)
        self._walk_until(CALM_ENDS * length, bound_share=0)
        self._allow(FEW_PERCENT)
        self._walk_until(FEW_ENDS * length)
        if self.is_shaken and self._has_no_room():
            return self._make_room()
        if self.laid.cost >= self.highest:
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
        if self.is_shaken:
            self._shake(SHAKEN_ENDS)
            return
        self._allow(HOT_PERCENT)
        while self._is_broken(HOT_ENDS):
            self._walk(HOT_SHARE, n_moves=HOT_TICK)

    def _shake(self, ends: float) -> None:
        from production.engine.sequence_shaking import Shaking  # noqa: PLC0415 -- slow import

        shaking = Shaking(self.model, self.laid, self.old, self.firm)
        begun = self.meter.share
        while self._is_broken(ends):
            shaking.compare(SHAKEN_PERCENT, self._share_since(begun))
            for _ in range(COMPARE_EVERY):
                done = self._share_since(begun)
                self.meter.spend(shaking.run(done, self._at_most(SHAKEN_TICK)))
                if not self._is_broken(ends):
                    break

    def _has_no_room(self) -> bool:
        """Whether newcomers break so much that the others should make room for them."""
        n_before = sum(count_all(self.model, self.old).by_rule)
        n_more = self.laid.cost // self.highest - n_before
        return n_more >= max(MANY, len(self.old) * MANY_PERCENT / 100)

    def _make_room(self) -> tuple[list[int], list[int]]:
        """Let all units go anywhere, and call them back to where their like stood."""
        from production.engine.sequence_homing import Homing  # noqa: PLC0415 -- slow import

        self._shake(STIFF_ENDS)
        stiff = put_alike_back(self.model, self.laid.order, self.old)
        n_stiff = self.laid.cost
        if n_stiff < self.highest:
            return stiff
        homing = Homing(self.laid, self.old, self.firm)
        while self._is_broken(CALL_FROM):
            self.meter.spend(homing.roam(self._at_most(HOMING_TICK)))
        self.laid.put(self.laid.order)
        begun = self.meter.share
        while self.meter.share < SHAKEN_ENDS and self.meter.may_go_on(self._objective):
            done = (self.meter.share - begun) / (SHAKEN_ENDS - begun)
            self.meter.spend(homing.call(done, self._at_most(HOMING_TICK)))
        found = self._name_soundly(self.laid.now) if self.laid.cost < n_stiff else None
        return found or stiff

    def _name_soundly(self, order: Sequence[int]) -> tuple[list[int], list[int]] | None:
        """Name alike units so that enough pairs keep their order, if that can be."""
        ranks = {unit: rank for rank, unit in enumerate(self.old)}
        for part in NAMED_WITHIN:
            found = put_alike_back(
                self.model, order, self.old, reach=len(order) // part
            )
            share = pairs_kept([ranks[unit] for unit in found[0] if unit in ranks])
            if share >= LEAST_PAIRS_PERCENT:
                return found
        return None

    def _share_since(self, begun: float) -> float:
        return (self.meter.share - begun) / (SHAKEN_ENDS - begun)

    def _is_broken(self, ends: float) -> bool:
        return self.laid.cost >= self.highest and self._goes_on(ends)

    def _at_most(self, n_moves: int) -> int:
        left = self.meter.moves_left
        return n_moves if left is None else min(n_moves, left)

    def _begin_at_best(self) -> None:
        order, moved = put_alike_back(self.model, self.laid.order, self.old)
        self.laid.put(order)
        self.laid.bind(self.old, moved=moved, firm=self.firm)

    def _walk(self, bound_share: int, *, toll: int = 0, n_moves: int = TICK) -> None:
        told = kernels().tell(
            hot_rules=len(self.laid.board.window),
            bound_share=bound_share,
            toll=toll,
            firm_price=self.highest,
        )
        n_moves = self._at_most(n_moves)
        self.meter.spend(kernels().walk(self.laid.board, self.mix, 1, told, n_moves))

    def _goes_on(self, ends: float) -> bool:
        if self.laid.cost == 0 or self.meter.share >= ends:
            return False
        return self.meter.may_go_on(self._objective)

    def _objective(self) -> tuple[int, ...]:
        return objective_of(self.model, count_all(self.model, self.laid.order))
