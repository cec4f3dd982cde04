"""The passes over a diagram as compiled loops; imported only by `passes.warm`.

Costs are int64. With ``S`` the running sum of each level's least weight, ``g[n]`` is
the least cost from node ``n`` to the end plus ``S`` at its level, so that an edge that
jumps levels costs one addition, like any other.
"""

import numba
import numpy as np


@numba.njit(nogil=True, cache=True)
def bottom_up(level, first, value, target, weight, sums, g):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    n = level.shape[0]
    g[n] = sums[sums.shape[0] - 1]
    for node in range(n - 1, -1, -1):
        best = np.int64(1 << 62)
        for edge in range(first[node], first[node + 1]):
            cost = weight[value[edge]] + g[target[edge]]
            best = min(best, cost)
        at = level[node]
        g[node] = best - sums[at + 1] + sums[at]


@numba.njit(nogil=True, cache=True)
def top_down(level, first, value, target, weight, sums, g, h, through, jumps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    n = level.shape[0]
    n_levels = sums.shape[0] - 1
    big = np.int64(1 << 62)
    h[:] = big
    through[:] = big
    jumps[:] = big
    h[0] = 0
    start = level[0] if n else n_levels
    if start > 0:
        _jump(jumps, 0, start, g[0])
    for node in range(n):
        at = level[node]
        cost = h[node] + sums[at] - sums[at + 1]
        for edge in range(first[node], first[node + 1]):
            end = target[edge]
            taken = value[edge]
            here = cost + weight[taken]
            h[end] = min(h[end], here)
            total = cost + g[end]
            through[taken] = min(through[taken], total)
            end_level = level[end] if end < n else n_levels
            if end_level > at + 1:
                _jump(jumps, at + 1, end_level, here + g[end])
    for step in range(jumps.shape[0] - 1, 0, -1):
        half = 1 << (step - 1)
        for at in range(n_levels):
            cost = jumps[step, at]
            if cost < big:
                jumps[step - 1, at] = min(jumps[step - 1, at], cost)
                jumps[step - 1, at + half] = min(jumps[step - 1, at + half], cost)


@numba.njit(nogil=True, cache=True)
def _jump(jumps, start, end, cost):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    step = 0
    while (2 << step) <= end - start:
        step += 1
    jumps[step, start] = min(jumps[step, start], cost)
    last = end - (1 << step)
    jumps[step, last] = min(jumps[step, last], cost)


@numba.njit(nogil=True, cache=True)
def count(level, first, value, target, weight, products, inverses, prime, g):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    n = level.shape[0]
    n_levels = products.shape[0] - 1
    g[n] = products[n_levels]
    for node in range(n - 1, -1, -1):
        total = np.int64(0)
        for edge in range(first[node], first[node + 1]):
            total += weight[value[edge]] * g[target[edge]]
        at = level[node]
        if at == n_levels - 1 and total > 0:
            total = g[n]
        total = (total % prime) * inverses[at + 1] % prime
        g[node] = total * products[at] % prime
