"""The passes over a folded diagram as plain loops.

They run as they are, over lists, and compiled by numba, over arrays (`kernels`): the
same code, so the same answers. A `tape` is that of `folding.Folded`. No sum of costs
passes `MOST`, so that nothing wraps round, however many forbidden values add up.
"""

from typing import Any

MOST = 1 << 60
"""Costs of parts are cut off here; the least ones that matter lie far below."""
BIG = 1 << 62
HEAD = 6


def up(tape: Any, weight: Any, cost: Any, g: Any) -> int:
    """Find each symbol's cost and each node's least cost to the end.

    Parameters
    ----------
    tape
        The folded diagram.
    weight
        One cost per value.
    cost, g
        Filled: one number per symbol, one per node and for the end.

    Returns
    -------
    int
        The least cost of a whole product.
    """
    n_values, n_levels, n_pairs = tape[0], tape[1], tape[2]
    n_nodes, n_edges = tape[3], tape[4]
    for value in range(n_values):
        cost[value] = weight[value]
    for level in range(n_levels):
        best = BIG
        for value in range(tape[HEAD + level], tape[HEAD + level + 1]):
            best = min(best, weight[value])
        cost[n_values + level] = best
    pair, left = n_values + n_levels, HEAD + n_levels + 1
    for at in range(left, left + n_pairs):
        cost[pair] = min(cost[tape[at]] + cost[tape[at + n_pairs]], MOST)
        pair += 1
    first = left + 2 * n_pairs
    label = first + n_nodes + 1
    g[n_nodes] = 0
    for node in range(n_nodes - 1, -1, -1):
        best = MOST
        for edge in range(label + tape[first + node], label + tape[first + node + 1]):
            best = min(best, cost[tape[edge]] + g[tape[edge + n_edges]])
        g[node] = best
    if tape[5] < 0:
        return g[0]  # type: ignore[no-any-return]
    return cost[tape[5]] + g[0]  # type: ignore[no-any-return]


def down(
    tape: Any, weight: Any, own: Any, cost: Any, g: Any, h: Any, through: Any
) -> None:
    """Find the least cost of a whole product through each value.

    Parameters
    ----------
    tape, weight
        As for `up`.
    own
        What a value costs that is asked for itself.
    cost, g
        As `up` filled them.
    h
        Room for one number per node and for the end.
    through
        Room for one number per symbol; those of the values are the answer, `BIG`
        or a little less where no product has the value.
    """
    n_values, n_levels, n_pairs = tape[0], tape[1], tape[2]
    n_nodes, n_edges = tape[3], tape[4]
    n_symbols = n_values + n_levels + n_pairs
    left = HEAD + n_levels + 1
    first = left + 2 * n_pairs
    label = first + n_nodes + 1
    for symbol in range(n_symbols):
        through[symbol] = BIG
    for node in range(n_nodes + 1):
        h[node] = MOST
    h[0] = 0
    if tape[5] >= 0:
        h[0] = cost[tape[5]]
        through[tape[5]] = h[0] + g[0]
    for node in range(n_nodes):
        above = h[node]
        for edge in range(label + tape[first + node], label + tape[first + node + 1]):
            symbol, end = tape[edge], tape[edge + n_edges]
            here = above + cost[symbol]
            h[end] = min(h[end], here)
            through[symbol] = min(through[symbol], here + g[end])
    pair = n_symbols
    for at in range(left + n_pairs - 1, left - 1, -1):
        pair -= 1
        one, other = tape[at], tape[at + n_pairs]
        through[one] = min(through[one], through[pair])
        through[other] = min(through[other], through[pair])
    for level in range(n_levels):
        free = through[n_values + level] - cost[n_values + level]
        for value in range(tape[HEAD + level], tape[HEAD + level + 1]):
            taken = through[value] - weight[value]
            through[value] = min(taken, free) + own[value]


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


def count(tape: Any, ways: Any, products: Any, g: Any) -> int:
    """Count products exactly.

    Answers of the deepest level are not told apart: it is the quantity's, and a
    product that can be had in some quantity counts once.

    Parameters
    ----------
    tape
        The folded diagram.
    ways
        How many answers each value stands for; 0 forbids it.
    products, g
        Room for one number per symbol, and per node and the end.
    """
    n_values, n_levels, n_pairs = tape[0], tape[1], tape[2]
    n_nodes, n_edges = tape[3], tape[4]
    deepest = tape[HEAD + n_levels - 1]
    for value in range(n_values):
        products[value] = ways[value] if value < deepest else min(ways[value], 1)
    for level in range(n_levels):
        total = 0
        for value in range(tape[HEAD + level], tape[HEAD + level + 1]):
            total += products[value]
        products[n_values + level] = total if level < n_levels - 1 else min(total, 1)
    pair, left = n_values + n_levels, HEAD + n_levels + 1
    for at in range(left, left + n_pairs):
        products[pair] = products[tape[at]] * products[tape[at + n_pairs]]
        pair += 1
    first = left + 2 * n_pairs
    label = first + n_nodes + 1
    g[n_nodes] = 1
    for node in range(n_nodes - 1, -1, -1):
        total = 0
        start, end = label + tape[first + node], label + tape[first + node + 1]
        for edge in range(start, end):
            total += products[tape[edge]] * g[tape[edge + n_edges]]
        if deepest <= tape[start] < n_values:
            total = min(total, 1)
        g[node] = total
    if tape[5] < 0:
        return g[0]  # type: ignore[no-any-return]
    return products[tape[5]] * g[0]  # type: ignore[no-any-return]
