"""In which order a tree of decisions takes variables out, so that little stays open.

Variables that all sit in one scope go first, with the whole of that scope's private
variables at once: what no cross-tree rule touches in a feature tree is gone so in
linear time (Graham 1979, Yu and Ozsoyoglu 1979). The core goes by minimum fill.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Sequence

Scope = frozenset[int]


def elimination_blocks(
    n: int,
    scopes: Iterable[Scope],
    *,
    first: Collection[int] = (),
    on_block: Callable[[Collection[int]], object] = len,
) -> list[list[int]]:
    """Order variables 0 to n - 1 in blocks that are taken out together.

    Parameters
    ----------
    n
        Number of variables.
    scopes
        Sets of variables that belong together.
    first
        Variables that must go before all others, each alone.
    on_block
        Told the neighbours that each block of the core ties together; what it raises
        comes out of here.

    Returns
    -------
    list[list[int]]
        Every variable once. The variables of a block share all their neighbours.
    """
    ears = _Ears(n, scopes)
    blocks = [ears.take(each) for each in first]
    blocks += ears.blocks()
    gone = {variable for block in blocks for variable in block}
    core = _Core([scope for scope in ears.alive if scope])
    blocks += core.blocks(on_block)
    gone.update(variable for block in blocks for variable in block)
    return blocks + [[variable] for variable in range(n) if variable not in gone]


class _Ears:
    """Takes out variables whose neighbours all share one scope with them."""

    def __init__(self, n: int, scopes: Iterable[Scope]) -> None:
        self.around: list[set[Scope]] = [set() for _ in range(n)]
        self.alive: set[Scope] = set()
        for scope in sorted(set(scopes), key=len, reverse=True):
            self._add(scope)

    def _add(self, scope: Scope) -> None:
        if not scope:
            return
        least = min(scope, key=lambda variable: (len(self.around[variable]), variable))
        if any(scope <= other for other in self.around[least]):
            return
        self.alive.add(scope)
        for variable in scope:
            self.around[variable].add(scope)

    def _remove(self, scope: Scope) -> None:
        self.alive.discard(scope)
        for variable in scope:
            self.around[variable].discard(scope)

    def take(self, variable: int) -> list[int]:
        """Take one variable out, whatever that ties together."""
        whole: Scope = frozenset().union(*self.around[variable])
        for scope in list(self.around[variable]):
            self._remove(scope)
        self._add(whole - {variable})
        return [variable]

    def blocks(self) -> list[list[int]]:
        """Take out all that can be taken out without tying anything together."""
        found: list[list[int]] = []
        waiting = [v for v in range(len(self.around) - 1, -1, -1) if self.around[v]]
        while waiting:
            variable = waiting.pop()
            if len(self.around[variable]) != 1:
                continue
            (scope,) = self.around[variable]
            block = sorted(v for v in scope if len(self.around[v]) == 1)
            rest = scope - set(block)
            self._remove(scope)
            self._add(rest)
            found.append(block)
            waiting.extend(sorted(rest, reverse=True))
        return found


class _Core:
    """Takes out the variable that ties the fewest others together."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self.near: dict[int, set[int]] = {}
        for scope in scopes:
            for variable in scope:
                self.near.setdefault(variable, set()).update(scope)
        for variable, near in self.near.items():
            near.discard(variable)

    def _fill(self, variable: int) -> int:
        around = self.near[variable]
        missing = sum(len(around) - 1 - len(around & self.near[v]) for v in around)
        return missing // 2

    def blocks(self, on_block: Callable[[Collection[int]], object]) -> list[list[int]]:
        """Take out everything."""
        score = {variable: self._fill(variable) for variable in self.near}
        heap = [(fill, len(self.near[v]), v) for v, fill in score.items()]
        heapq.heapify(heap)
        found = []
        while heap:
            fill, degree, variable = heapq.heappop(heap)
            near = self.near.get(variable)
            if near is None or (score[variable], len(near)) != (fill, degree):
                continue
            on_block(near)
            block, changed = self._take(variable)
            found.append(block)
            for each in sorted(changed):
                score[each] = self._fill(each)
                heapq.heappush(heap, (score[each], len(self.near[each]), each))
        return found

    def _take(self, variable: int) -> tuple[list[int], set[int]]:
        """Take out a variable and all that it leaves without other neighbours."""
        around = self.near[variable]
        whole = around | {variable}
        block = [variable, *sorted(v for v in around if self.near[v] <= whole)]
        rest = around.difference(block)
        for each in block:
            del self.near[each]
        changed = set(rest)
        for each in rest:
            near = self.near[each]
            near.difference_update(block)
            fresh = rest - near - {each}
            if fresh:
                near |= fresh
                changed |= near
        return block, changed
