"""Units of a crowded queue that are exchanged: what it costs, and who keeps a place."""

from dataclasses import replace

import pytest

from production.engine.sequence_board import COST, MISMATCHES, PAST
from production.engine.sequence_kept import put_alike_back
from production.engine.sequence_model import build_model
from production.engine.sequence_settle import FINE
from production.engine.sequence_setup import lay_out
from production.engine.sequence_shaking import Shaking
from tests.production.engine.lines import CAR_RULES, cars


def shaking(n_old, n, firm=()):
    """Lay out a queue without room, of which some are planned already."""
    tight = [replace(rule, at_most=1, level=1) for rule in CAR_RULES]
    model = build_model(
        cars(5, n),
        rules=tight,
        colour=None,
        history=cars(4, 12),
        due_level=0,
        tail=True,
        runs_from_history=True,
    )
    laid = lay_out(model, range(n), seed=2)
    found = Shaking(model, laid, range(n_old), firm)
    found.compare(20)
    return found


@pytest.mark.parametrize("n_moves", [300, 20_000])
def test_prices_are_right_while_units_are_exchanged(n_moves):
    found = shaking(60, 70)
    begun = found.laid.cost

    found.run(0.5, n_moves, audit=True)

    assert found.laid.cost < begun
    assert found.laid.board.figures[MISMATCHES] == 0
    assert sorted(found.laid.now) == list(range(70))


def prices(found):
    table = found.table
    return [row.tolist() for row in (table.gain, table.take, table.put, table.kind)]


def test_prices_kept_while_units_are_exchanged_are_those_told_anew():
    found = shaking(60, 70)
    found.run(0.5, 20_000)
    kept = prices(found)

    found.laid.put(found.laid.now)
    found.run(0.5, 0)

    assert kept == prices(found)


@pytest.mark.parametrize("way", [(3, 60), (60, 3), (0, 68), (69, 0)])
def test_taking_a_unit_elsewhere_costs_what_the_tables_say(way):
    found = shaking(60, 70)
    found.run(0.5, 2_000)
    order, board = found.laid.now, found.laid.board
    before, past, (begin, end) = board.figures[COST], board.size[PAST], way
    behind = past + end + (begin < end)
    told = found.table.take[:, past + begin].sum()
    for rule in range(len(found.table.take)):
        mark = board.mask[past + begin] >> rule & 1
        told += found.table.put[mark, rule, behind]

    order.insert(end, order.pop(begin))
    found.laid.put(order)

    assert told >> FINE == (board.figures[COST] - before) // board.weight[0]


@pytest.mark.slow
def test_prices_are_right_over_a_million_moves_of_exchanged_units():
    found = shaking(90, 100)

    for share in range(20):
        found.run(share / 20, 50_000, audit=True)

    assert found.laid.board.figures[MISMATCHES] == 0


@pytest.mark.parametrize("n_moves", [1, 300, 20_000])
def test_exchanged_units_keep_four_in_five_in_their_order(n_moves):
    found = shaking(60, 70)

    found.run(0.5, n_moves)

    _, moved = put_alike_back(found.model, found.laid.now, range(60))
    assert len(moved) <= 12


def test_a_firm_unit_is_not_exchanged_where_that_saves_nothing():
    found = shaking(60, 70, firm=range(60))
    begun = found.laid.cost
    found.run(0.0, 20_000)
    _, moved = put_alike_back(found.model, found.laid.now, range(60))

    assert begun - found.laid.cost >= len(moved)
