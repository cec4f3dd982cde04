"""Plan a crowded queue anew, and call its units back to where their like stood."""

from collections.abc import Collection, Sequence

from production.engine.sequence_board import PAST, RULES, UNITS, Longs
from production.engine.sequence_home import NOWHERE, homes_of, pairs_kept
from production.engine.sequence_search import RATIO_MIX, REACH
from production.engine.sequence_settle import FINE
from production.engine.sequence_setup import Laid
from production.engine.sequence_walk import sum_shares, tell, walk

COOL, COLD = 40, 5
"""Temperatures when units begin to be called home, and at the end, in 1,024ths of a
violation: too low for one to be made."""
CALL, LOUDEST = 400, 1_600
"""What a unit costs that stands a whole queue away from home, in 1,024ths of a
violation: less than one for two of them; it rises by a quarter at a time where too
few pairs are in order."""
SOUND_PERCENT = 81
"""So many in a hundred pairs are enough."""


class Homing:
    """A board on which any unit may move, and each has a price for being far from home.

    Parameters
    ----------
    laid
        The board; ratio rules are all of one level, and neither colours nor due slots
        count.
    old
        Unit indices in the order of the earlier plan.
    firm
        Those of them that go elsewhere only where that saves something.
    """

    def __init__(
        self, laid: Laid, old: Sequence[int], firm: Collection[int] = ()
    ) -> None:
        self.laid = laid
        self.kinds = laid.board.unit_group.tolist()
        self.old = [self.kinds[unit] for unit in old]
        self.firm_price = int(laid.board.weight[0]) if firm else 0
        self.mix = sum_shares(RATIO_MIX)
        self.price = CALL

    def roam(self, n_moves: int) -> int:
        """Make so many moves at most wherever homes are; give how many."""
        told = self._tell()
        return walk(self.laid.board, self.mix, REACH, told, n_moves)

    def call(self, done: float, n_moves: int, *, audit: bool = False) -> int:
        """Call units home where a share of the time has gone by; give the moves."""
        board = self.laid.board
        is_sound = self._tell_homes() >= SOUND_PERCENT
        self.price = CALL if is_sound else min(self.price * 5 // 4, LOUDEST)
        weight = int(board.weight[0])
        heat = round((COOL + (COLD - COOL) * done) * weight)
        far = (self.price * weight << FINE) // int(board.size[UNITS])
        told = self._tell(heat=heat, audit=audit, far=far)
        return walk(board, self.mix, REACH, told, n_moves)

    def _tell(self, *, heat: int = 0, audit: bool = False, far: int = 0) -> Longs:
        return tell(
            heat=heat,
            hot_rules=int(self.laid.board.size[RULES]),
            audit=audit,
            firm_price=self.firm_price,
            far=far,
        )

    def _tell_homes(self) -> float:
        """Tell units where they are at home now; give the share of pairs in order."""
        board, now = self.laid.board, self.laid.now
        homes = homes_of(self.old, [self.kinds[unit] for unit in now])
        past = int(board.size[PAST])
        board.home[now] = [NOWHERE if at == NOWHERE else past + at for at in homes]
        return pairs_kept([at for at in homes if at != NOWHERE])
