"""The passes over a folded diagram as plain loops.

They run as they are, over lists, and compiled by numba, over arrays (`kernels`): the
same code, so the same answers. A `tape` is that of `folding.Folded`. No sum of costs
passes `MOST`, so that nothing wraps round, however many forbidden values add up.
"""

from typing import Any

MOST = 1 << 60
"""Costs are cut off here; the least ones that matter lie far below."""
BIG = 1 << 62
HEAD = 5


def up(tape: Any, weight: Any, cost: Any) -> int:
    """Find each symbol's least cost.

    Parameters
    ----------
    tape
        The folded diagram.
    weight
        One cost per value.
    cost
        Filled: one number per symbol.

    Returns
    -------
    int
        The least cost of a whole product.
    """
    n_values, n_choices, n_edges = tape[0], tape[2], tape[3]
    for value in range(n_values):
        cost[value] = weight[value]
    cost[n_values] = 0
    first = HEAD + tape[1] + 1
    symbols = first + n_choices + 1
    edge = symbols
    for choice in range(n_choices):
        best = MOST
        end = symbols + tape[first + choice + 1]
        while edge < end:
            best = min(best, cost[tape[edge]] + cost[tape[edge + n_edges]])
            edge += 1
        cost[n_values + 1 + choice] = best
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
    n_values, n_choices, n_edges = tape[0], tape[2], tape[3]
    for symbol in range(n_values + 1 + n_choices):
        through[symbol] = BIG
    through[tape[4]] = 0
    first = HEAD + tape[1] + 1
    symbols = first + n_choices + 1
    edge = symbols + n_edges - 1
    for choice in range(n_choices - 1, -1, -1):
        around = through[n_values + 1 + choice]
        start = symbols + tape[first + choice]
        while edge >= start:
            one, other = tape[edge], tape[edge + n_edges]
            through[one] = min(through[one], around + cost[other])
            through[other] = min(through[other], around + cost[one])
            edge -= 1
    for value in range(n_values):
        through[value] += own[value]


def lay(tape: Any, own: Any, fixed: Any, aside: int, weight: Any) -> None:
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
    weight
        Filled: one number per value.
    """
    for level in range(tape[1]):
        start = tape[HEAD + level]
        answer = fixed[level]
        more = aside if answer >= 0 else 0
        for value in range(start, tape[HEAD + level + 1]):
            weight[value] = own[value] + more
        if answer >= 0:
            weight[start + answer] = own[start + answer]


def count(tape: Any, ways: Any, products: Any) -> int:
    """Count products exactly.

    Answers of the deepest level are not told apart: it is the quantity's, and a
    product that can be had in some quantity counts once.

    Parameters
    ----------
    tape
        The folded diagram.
    ways
        How many answers each value stands for; 0 forbids it.
    products
        Filled: one number per symbol.
    """
    n_values, n_choices, n_edges = tape[0], tape[2], tape[3]
    deepest = tape[HEAD + tape[1] - 1]
    for value in range(n_values):
        products[value] = ways[value] if value < deepest else min(ways[value], 1)
    products[n_values] = 1
    first = HEAD + tape[1] + 1
    symbols = first + n_choices + 1
    for choice in range(n_choices):
        start = symbols + tape[first + choice]
        total = 0
        for edge in range(start, symbols + tape[first + choice + 1]):
            total += products[tape[edge]] * products[tape[edge + n_edges]]
        if deepest <= tape[start] < n_values == tape[start + n_edges]:
            total = min(total, 1)
        products[n_values + 1 + choice] = total
    return products[tape[4]]  # type: ignore[no-any-return]
