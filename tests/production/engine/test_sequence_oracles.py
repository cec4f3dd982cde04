"""Queues of a line against every order, a solver, a plain count, another process."""

import random
from bisect import bisect_left
from dataclasses import replace
from itertools import permutations

import pytest

from production.engine.budget import Budget
from production.engine.demand import ColourRule, LineRule, Unit
from production.engine.sequence_board import ACCEPTED, MISMATCHES, PLACES
from production.engine.sequence_model import build_model
from production.engine.sequence_search import COLOUR_MIX, REACH
from production.engine.sequence_setup import lay_out
from production.engine.sequence_walk import sum_shares, tell, walk
from production.engine.sequencing import sequence_line
from tests.production.engine.lines import CAR_COLOUR, CAR_RULES, cars, one_of
from tests.support.processes import print_twice

RULES = (
    LineRule("A", one_of("a", 1), 1, 2),
    LineRule("B", one_of("b", 1), 1, 3, level=3),
)
COLOUR = ColourRule("colour", max_run=2)
ONE_PROBLEM = """
import json
from dataclasses import replace
from production.engine.budget import Budget
from production.engine.sequencing import sequence_line
from tests.production.engine.lines import CAR_COLOUR, CAR_RULES, cars
asked = {"rules": CAR_RULES, "colour": CAR_COLOUR, "seed": 3}
found = sequence_line(cars(4, 60), budget=Budget(moves=900), **asked)
again = sequence_line(cars(4, 66), budget=Budget(moves=900), previous=found.order,
                      **asked)
tight = {"rules": [replace(rule, at_most=1, level=1) for rule in CAR_RULES], "seed": 3}
last = sequence_line(cars(4, 66), budget=Budget(moves=900), previous=found.order,
                     **tight)
print(json.dumps([found.order, found.objective, found.moves, again.order, last.order]))
"""


def counted(order, history):
    """Count over-long runs, A, changes and B from the wording of the rules alone."""
    line = [*history, *order]
    broken = []
    for name, at_most, window in (("a", 1, 2), ("b", 1, 3)):
        marks = [unit.attributes[name] for unit in line]
        ends = range(max(len(history), window - 1), len(line))
        inside = [sum(marks[end - window + 1 : end + 1]) for end in ends]
        broken.append(sum(max(0, one - at_most) for one in inside))
    paints = [unit.attributes["colour"] for unit in line]
    here = range(len(history), len(line))
    changes = sum(at > 0 and paints[at] != paints[at - 1] for at in here)
    over = sum(at >= 2 and len({*paints[at - 2 : at + 1]}) == 1 for at in here)
    return (over, 0, broken[0], changes, broken[1])


def mix(seed, n):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances

    def unit(key):
        attributes = {"a": int(rng.random() < 0.45), "b": int(rng.random() < 0.35)}
        return Unit(key, {**attributes, "colour": rng.choice("XYZ")})

    return [unit(key) for key in range(n)], [unit(f"h{key}") for key in range(seed % 4)]


def plan(units, history, moves):
    found = sequence_line(
        units,
        rules=RULES,
        colour=COLOUR,
        history=history,
        budget=Budget(moves=moves),
        seed=1,
    )
    by_key = {unit.key: unit for unit in units}
    assert sorted(found.order) == sorted(by_key)
    order = [by_key[key] for key in found.order]
    assert found.objective == counted(order, history)
    return found.objective


def assert_best_of_all(seed, n):
    units, history = mix(seed, n)
    kinds = {unit.key: tuple(unit.attributes.values()) for unit in units}
    orders = {
        tuple(kinds[unit.key] for unit in order): order for order in permutations(units)
    }

    best = min(counted(order, history) for order in orders.values())

    assert plan(units, history, 60_000) == best


@pytest.mark.parametrize("seed", range(8))
def test_six_units_stand_in_the_best_order_of_all(seed):
    assert_best_of_all(seed, 6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_up_to_eight_units_stand_in_the_best_order_of_all(seed):
    assert_best_of_all(seed, 7 + seed % 2)


def line_of_kinds(model, units, history):
    """Give for each position which kind of unit stands there: 1, or a variable."""
    kinds = [tuple(unit.attributes.values()) for unit in units]
    line = [{tuple(unit.attributes.values()): 1} for unit in history]
    for _ in units:
        line.append({kind: model.new_bool_var("") for kind in {*kinds}})
        model.add_exactly_one(line[-1].values())
    for kind in {*kinds}:
        here = sum(one[kind] for one in line[len(history) :])
        model.add(here == kinds.count(kind))
    return line


def least_by_solver(units, history):
    """Let CP-SAT place kinds of units, all ranks in one weighted sum."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    line = line_of_kinds(model, units, history)
    places = range(len(history), len(line))

    def shown(column, value):
        return [
            sum(v for kind, v in one.items() if kind[column] == value) for one in line
        ]

    def at_least(bounds):
        more = model.new_int_var(0, 9, "")
        for bound in bounds:
            model.add(more >= bound)
        return more

    def windows(column, at_most, window):
        marks = shown(column, 1)
        ends = [at for at in places if at >= window - 1]
        inside = [sum(marks[at - window + 1 : at + 1]) for at in ends]
        return [at_least([one - at_most]) for one in inside]

    paints = [shown(2, colour) for colour in "XYZ"]
    runs = [[sum(p[at - 2 : at + 1]) - 2 for p in paints] for at in places if at > 1]
    changes = [at_least(p[at] - p[at - 1] for p in paints) for at in places if at]
    ranks = [[*map(at_least, runs)], windows(0, 1, 2), changes, windows(1, 1, 3)]
    model.minimize(sum(1000 ** (3 - at) * sum(one) for at, one in enumerate(ranks)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    over, a, change, b = (sum(map(solver.value, one)) for one in ranks)
    return (over, 0, a, change, b)


def assert_as_the_solver(seed, n):
    units, history = mix(seed, n)

    assert plan(units, history, 200_000) == least_by_solver(units, history)


@pytest.mark.parametrize("seed", range(2))
def test_ten_units_stand_as_well_as_a_solver_puts_them(seed):
    assert_as_the_solver(seed, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2200))
def test_up_to_fourteen_units_stand_as_well_as_a_solver_puts_them(seed):
    assert_as_the_solver(seed, 12 + seed % 3)


def audit(n_accepted, n):
    """Count the cost of each accepted move anew; give how often it was wrong."""
    model = build_model(
        cars(3, n),
        rules=CAR_RULES,
        colour=CAR_COLOUR,
        history=cars(4, 12),
        due_level=0,
        tail=True,
        runs_from_history=True,
    )
    laid = lay_out(model, range(n), seed=2)
    shares = sum_shares(COLOUR_MIX)
    told = tell(heat=2_000_000, hot_rules=3, audit=True)
    while laid.board.figures[ACCEPTED] < n_accepted:
        walk(laid.board, shares, REACH, told, 500)
    return laid.board.figures[MISMATCHES]


def test_prices_kept_move_by_move_are_those_of_the_order():
    assert audit(2_000, 45) == 0


def settling(n_old, n, n_moves, n_past=12):
    """Let newcomers settle; give the board, and the kinds and names in old order."""
    model = build_model(
        cars(5, n),
        rules=CAR_RULES,
        colour=CAR_COLOUR,
        history=cars(4, n_past),
        due_level=0,
        tail=n_past > 0,
        runs_from_history=True,
    )
    laid = lay_out(model, range(n), seed=2)
    old = range(n_old)
    laid.bind(old, moved=(), firm=())
    laid.allow(n_old // 5)
    told = tell(heat=900_000, hot_rules=3, audit=True, bound_share=8)
    walk(laid.board, sum_shares({}), 1, told, n_moves)
    return laid, old


@pytest.mark.parametrize(("n_moves", "n_past"), [(300, 12), (20_000, 12), (20_000, 0)])
def test_prices_are_right_while_newcomers_settle(n_moves, n_past):
    laid, _ = settling(60, 70, n_moves, n_past)

    assert laid.board.figures[ACCEPTED] > n_moves // 100
    assert laid.board.figures[MISMATCHES] == 0


@pytest.mark.slow
def test_prices_are_right_over_a_million_accepted_moves_of_settling_units():
    laid, _ = settling(70, 80, 1)
    told = tell(heat=2_000_000, hot_rules=3, audit=True, bound_share=8)

    while laid.board.figures[ACCEPTED] < 1_000_000:
        walk(laid.board, sum_shares({}), 1, told, 20_000)

    assert laid.board.figures[MISMATCHES] == 0


@pytest.mark.parametrize("n_moves", [1, 300, 20_000])
def test_bound_units_stand_in_their_old_order_and_the_others_are_counted(n_moves):
    laid, old = settling(60, 70, n_moves)
    board = laid.board
    order = [int(unit) for unit in board.unit[laid.n_past : board.size[PLACES]]]

    bound = [unit for unit in order if not board.unit_free[unit]]

    assert bound == sorted(bound)
    assert {*bound} <= {*old}
    assert sorted(order) == list(range(70))
    assert sorted(board.free[: laid.n_free]) == sorted({*order} - {*bound})
    assert len(bound) >= 48


@pytest.mark.slow
def test_prices_kept_over_a_million_accepted_moves_are_those_of_the_order():
    assert audit(1_000_000, 80) == 0


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"NUMBA_DISABLE_JIT": "1"}])
def test_another_process_finds_the_same_queue_compiled_or_not(changes):
    first, second = print_twice(ONE_PROBLEM, changes=changes)

    assert first == second != ""


def in_order(before, after):
    """Count the most keys that stand in the same order before and after."""
    places = {key: at for at, key in enumerate(before)}
    tails: list[int] = []
    for key in after:
        if key in places:
            at = bisect_left(tails, places[key])
            tails[at : at + 1] = [places[key]]
    return len(tails)


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_planned_again_keeps_its_order_and_breaks_hardly_more(seed):
    units = cars(seed, 99)
    asked = {"rules": CAR_RULES, "colour": CAR_COLOUR, "seed": seed}
    before = sequence_line(units[:90], budget=Budget(moves=60_000), **asked)

    again = sequence_line(
        units, budget=Budget(moves=100_000), previous=before.order, **asked
    )

    fresh = sequence_line(units, budget=Budget(moves=100_000), **asked)
    assert in_order(before.order, again.order) >= 0.8 * 90
    assert sum(again.violations.values()) <= sum(fresh.violations.values()) + 1
    assert again.over_runs == 0


@pytest.mark.parametrize("due_slots", [[None], range(40, 90, 7)])
def test_a_queue_without_room_keeps_four_in_five_in_their_order(due_slots):
    slots = [slot for slot in due_slots for _ in range(2)] * 55
    units = [
        replace(unit, due_slot=slot)
        for unit, slot in zip(cars(3, 110), slots, strict=False)
    ]
    tight = [replace(rule, at_most=1, level=1) for rule in CAR_RULES]
    before = sequence_line(units[:100], rules=tight, budget=Budget(moves=60_000))

    again = sequence_line(
        units, rules=tight, budget=Budget(moves=300_000), previous=before.order
    )

    kept = in_order(before.order, again.order)
    assert sum(again.violations.values()) > 0
    assert kept >= 80
    assert len(again.displaced) == 100 - kept
