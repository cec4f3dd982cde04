"""Shake a crowded queue by exchanges, and compare it with the earlier plan at times."""

from collections.abc import Collection, Sequence

import numpy as np

from production.engine.sequence_board import PAST, PLACES, RULES, Board
from production.engine.sequence_exchange import (
    CUT,
    EVEN,
    GRAIN,
    LOW,
    exchange,
)
from production.engine.sequence_kept import common_order, kind_of
from production.engine.sequence_model import LineModel
from production.engine.sequence_prices import Exchange
from production.engine.sequence_settle import FINE
from production.engine.sequence_setup import Laid

WARM, COOL = 200, 110
"""Temperatures at the beginning and the end, in 1,024ths of a violation."""
TOLL, LAST_TOLL = 400, 300
"""What a unit that loses its place costs at the beginning and at the end, in 1,024ths
of a violation. Cheaper, more of them go where that saves little; how many may is
bounded besides."""
FIRM_TOLL = 2 << FINE
"""What a firm one costs: more than any exchange that saves nothing may."""
BEST_CHANCE = 64
"""How many times likelier what saves much is than what costs nothing, at most."""


class Shaking:
    """A board on which units are exchanged while old ones are held by what they cost.

    Parameters
    ----------
    laid
        The board; ratio rules are all of one level, and neither colours nor due slots
        count.
    old
        Unit indices in the order of the earlier plan.
    firm
        Those of them that lose their place only where that saves something.
    """

    def __init__(
        self, model: LineModel, laid: Laid, old: Sequence[int], firm: Collection[int]
    ) -> None:
        self.model = model
        self.laid = laid
        self.old = old
        self.firm = {*firm}
        self.kinds = [kind_of(model, unit) for unit in range(len(model.units))]
        self.table = _lay_table(laid.board)

    def compare(self, percent: int, done: float = 0.0) -> None:
        """Let each place want what it keeps of the earlier plan.

        So many in a hundred old units may have lost their place from now on, the
        less dearly the more of the time has gone by. ``O(n^2 / 64)``.
        """
        board, table, now = self.laid.board, self.table, self.laid.now
        pairs = common_order(
            [self.kinds[unit] for unit in self.old], [self.kinds[unit] for unit in now]
        )
        past = int(board.size[PAST])
        table.want[:] = -1
        table.pull[:] = round(TOLL + (LAST_TOLL - TOLL) * done)
        for rank, at in pairs:
            table.want[past + at] = board.unit_group[now[at]]
            if self.old[rank] in self.firm:
                table.pull[past + at] = FIRM_TOLL
        n_lost = len(self.old) - len(pairs)
        self.laid.allow(len(self.old) * percent // 100 - n_lost)

    def run(self, done: float, n_moves: int, *, audit: bool = False) -> int:
        """Make so many moves where a share of the time has gone by; give how many."""
        heat = WARM + (COOL - WARM) * done
        costs = (np.arange(len(self.table.chance)) << GRAIN) + LOW
        chances = EVEN * np.minimum(np.exp(-costs / heat), BEST_CHANCE)
        self.table.chance[:] = np.rint(chances)
        return exchange(self.laid.board, self.table, int(heat), n_moves, audit)


def _lay_table(board: Board) -> Exchange:
    n_places, n_rules = int(board.size[PLACES]), int(board.size[RULES])
    masks = board.unit_mask[board.group_units[board.group_first[:-1]]]
    has = (masks >> np.arange(max(1, n_rules))[:, None] & 1) << FINE
    n_kinds = len(masks)
    return Exchange(
        gain=np.zeros((n_places, n_kinds), np.int32),
        has=has.astype(np.int32),
        kind=np.full(n_places, -1, np.int32),
        want=np.full(n_places, -1, np.int32),
        pull=np.zeros(n_places, np.int32),
        one=np.ones(n_places, np.int32),
        take=np.zeros((n_rules, n_places), np.int32),
        put=np.zeros((2, n_rules, n_places), np.int32),
        chance=np.zeros(((CUT - LOW) >> GRAIN) + 1, np.int64),
        picked=np.zeros(n_places, np.int32),
        upto=np.zeros(n_places, np.int64),
        hot_first=np.zeros(n_kinds + 1, np.int32),
        hot=np.zeros(n_places, np.int32),
        costs=np.zeros(n_places, np.int32),
    )
