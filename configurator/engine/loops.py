"""The passes over a folded diagram as plain loops.

They run as they are, over lists, and compiled by numba, over arrays (`kernels`): the
same code, so the same answers. A `tape` is that of `folding.Folded`. No sum of costs
passes `MOST`, so that nothing wraps round, however many forbidden values add up.

A tape's numbers have no sign, which spares compiled loops a test at each look-up; the
zero that is added to its head makes ordinary integers of them.
"""

from typing import Any

MOST = 1 << 60
"""Costs are cut off here; the least ones that matter lie far below."""
BIG = 1 << 62
HEAD = 5
LOOPS = ("lay", "up", "down", "count", "least", "through", "click")
"""What `kernels` compiles."""


def lay(tape: Any, own: Any, fixed: Any, aside: int, cost: Any) -> None:
    """Lay answers over costs: every other value of an answered level costs more.

    Parameters
    ----------
    tape
        The folded diagram.
    own
        One cost per value.
    fixed
        For each level the number of its answer among its values, or -1.
    aside
        What the other values cost more.
    cost
        Filled at the values: room for one number per symbol.
    """
    n_levels = tape[1] + 0
    for level in range(n_levels):
        start, end = tape[HEAD + level], tape[HEAD + level + 1]
        answer = fixed[level]
        more = aside if answer >= 0 else 0
        for value in range(start, end):
            cost[value] = own[value] + more
        if answer >= 0:
            cost[start + answer] = own[start + answer]


def up(tape: Any, cost: Any) -> int:
    """Find each symbol's least cost, and return that of whole products.

    Parameters
    ----------
    tape
        The folded diagram.
    cost
        Costs of the values; filled beyond them, one number per symbol.
    """
    n_values, n_choices, n_edges = tape[0] + 0, tape[2] + 0, tape[3] + 0
    at = HEAD + tape[1] + 1
    first = tape[at : at + n_choices + 1]
    ones = tape[at + n_choices + 1 : at + n_choices + 1 + n_edges]
    others = tape[at + n_choices + 1 + n_edges :]
    cost[n_values] = 0
    start = first[0]
    for choice in range(n_choices):
        end = first[choice + 1]
        best = MOST
        for edge in range(start, end):
            best = min(best, cost[ones[edge]] + cost[others[edge]])
        cost[n_values + 1 + choice] = best
        start = end
    return cost[tape[4]]  # type: ignore[no-any-return]


def down(tape: Any, own: Any, cost: Any, through: Any) -> None:
    """Find the least cost of a whole product through each value.

    Parameters
    ----------
    tape
        The folded diagram.
    own
        What a value costs that is asked for itself.
    cost
        As `up` filled it.
    through
        Filled: one number per symbol, what a whole product with it costs without it.
        Those of the values are the answer, with their own cost; about `BIG` where no
        product has the value.
    """
    n_values, n_choices, n_edges = tape[0] + 0, tape[2] + 0, tape[3] + 0
    at = HEAD + tape[1] + 1
    first = tape[at : at + n_choices + 1]
    ones = tape[at + n_choices + 1 : at + n_choices + 1 + n_edges]
    others = tape[at + n_choices + 1 + n_edges :]
    for symbol in range(n_values + 1 + n_choices):
        through[symbol] = BIG
    through[tape[4]] = 0
    for choice in range(n_choices - 1, -1, -1):
        around = through[n_values + 1 + choice]
        for edge in range(first[choice], first[choice + 1]):
            one, other = ones[edge], others[edge]
            through[one] = min(through[one], around + cost[other])
            through[other] = min(through[other], around + cost[one])
    for value in range(n_values):
        through[value] += own[value]


def count(tape: Any, products: Any) -> int:
    """Count products exactly.

    Answers of the deepest level are not told apart: it is the quantity's, and a
    product that can be had in some quantity counts once.

    Parameters
    ----------
    tape
        The folded diagram.
    products
        How many answers each value stands for, 0 where it is forbidden; filled beyond
        the values, one number per symbol.
    """
    n_values, n_choices, n_edges = tape[0] + 0, tape[2] + 0, tape[3] + 0
    at = HEAD + tape[1] + 1
    deepest = tape[at - 2] + 0
    first = tape[at : at + n_choices + 1]
    ones = tape[at + n_choices + 1 : at + n_choices + 1 + n_edges]
    others = tape[at + n_choices + 1 + n_edges :]
    for value in range(deepest, n_values):
        products[value] = min(products[value], 1)
    products[n_values] = 1
    for choice in range(n_choices):
        start, end = first[choice], first[choice + 1]
        total = 0
        for edge in range(start, end):
            total += products[ones[edge]] * products[others[edge]]
        if deepest <= ones[start] < n_values and others[start] == n_values:
            total = min(total, 1)
        products[n_values + 1 + choice] = total
    return products[tape[4]]  # type: ignore[no-any-return]


def least(tape: Any, own: Any, fixed: Any, aside: int) -> int:
    """Return the least cost of whole products that keep answers."""
    cost = room(tape[0] + 1 + tape[2])
    lay(tape, own, fixed, aside, cost)
    return up(tape, cost)


def through(tape: Any, weight: Any, own: Any, found: Any) -> int:
    """Do `up` and `down`; `found` is what `down` fills."""
    cost = room(tape[0] + 1 + tape[2])
    for value in range(tape[0] + 0):
        cost[value] = weight[value]
    best = up(tape, cost)
    down(tape, own, cost, found)
    return best


def click(tape: Any, own: Any, fixed: Any, aside: int, found: Any) -> int:
    """Do `lay`, `up` and `down`; `found` is what `down` fills."""
    cost = room(tape[0] + 1 + tape[2])
    lay(tape, own, fixed, aside, cost)
    best = up(tape, cost)
    down(tape, own, cost, found)
    return best


def room(n: int) -> Any:
    """Return room for some numbers."""
    return [0] * n
