"""Functions of multi-valued variables as shared diagrams, in plain Python.

They speak the language of `blocks.Blocks`, so that `symbolic.Translator` builds them
too, but their ends may be any number: the parts of a tree are told apart by it.
"""

from collections.abc import Sequence
from typing import Any

FALSE, TRUE = 0, 1


class Functions:
    """Diagrams over levels of several values, each different one kept once.

    A function is a number: 0 is false, 1 true, one below 0 any other end, and the
    rest ask a level. `level`, `children` and `bottom` (the deepest level asked) are
    found at that number.

    Parameters
    ----------
    sizes
        Number of values of each level from the root down, each at least 1.
    nodes
        How many may be made; beyond it operations raise ``MemoryError``.
    """

    def __init__(self, sizes: Sequence[int], *, nodes: int) -> None:
        self.sizes = list(sizes)
        self.end = len(self.sizes)
        self.most = nodes
        self.level = [self.end, self.end]
        self.bottom = [-1, -1]
        self.children: list[tuple[int, ...]] = [(), ()]
        self._unique: dict[tuple[int, ...], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}
        self.true = Function(self, TRUE)
        self.false = Function(self, FALSE)

    def level_of(self, function: int) -> int:
        """Return the level that a function asks first; an end asks the last one."""
        return self.end if function < 0 else self.level[function]

    def make(self, level: int, children: tuple[int, ...]) -> int:
        """Return the function that follows one child for each value of a level."""
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (level, *children)
        found = self._unique.get(key)
        if found is None:
            found = len(self.level)
            if found > self.most:
                raise MemoryError(f"more than {self.most} nodes")
            bottoms = (self.bottom[each] for each in children if each >= 0)
            self.level.append(level)
            self.bottom.append(max(level, *bottoms, -1))
            self.children.append(children)
            self._unique[key] = found
        return found

    def cofactors(self, function: int, level: int) -> tuple[int, ...]:
        """Return what is left of a function for each value of a level."""
        if function >= 0 and self.level[function] == level:
            return self.children[function]
        return (function,) * self.sizes[level]

    def choose(self, asked: int, yes: int, no: int) -> int:
        """Return the function that is `yes` where `asked` is true, else `no`."""
        if asked == TRUE or yes == no:
            return yes
        if asked == FALSE:
            return no
        if yes == TRUE and no == FALSE:
            return asked
        key = (asked, yes, no)
        found = self._chosen.get(key)
        if found is None:
            level = min(self.level[asked], self.level_of(yes), self.level_of(no))
            parts = zip(
                self.cofactors(asked, level),
                self.cofactors(yes, level),
                self.cofactors(no, level),
                strict=True,
            )
            found = self.make(level, tuple(self.choose(*part) for part in parts))
            self._chosen[key] = found
        return found

    def forget(self) -> None:
        """Drop what only makes repeated questions quick."""
        self._chosen.clear()

    def branch(self, level: int, children: Sequence["Function"]) -> "Function":
        """Return the function that follows one child for each value of a level."""
        return Function(self, self.make(level, tuple(each.at for each in children)))

    def among(self, level: int, holds: Sequence[bool]) -> "Function":
        """Return the function that is true for the marked values of a level."""
        return Function(self, self.make(level, tuple(map(int, holds))))


class Function:
    """A function with the operators that `symbolic.Translator` uses."""

    __slots__ = ("at", "owner")

    def __init__(self, owner: Functions, at: int) -> None:
        self.owner = owner
        self.at = at

    def _made(self, asked: int, yes: int, no: int) -> "Function":
        return Function(self.owner, self.owner.choose(asked, yes, no))

    def __eq__(self, other: object) -> bool:
        """Say whether both are the same function."""
        return isinstance(other, Function) and self.at == other.at

    def __hash__(self) -> int:
        """Go by the number."""
        return hash(self.at)

    def __invert__(self) -> "Function":
        """Return what is true where this is false."""
        return self._made(self.at, FALSE, TRUE)

    def __and__(self, other: "Function") -> "Function":
        """Return what is true where both are."""
        return self._made(self.at, other.at, FALSE)

    def __or__(self, other: "Function") -> "Function":
        """Return what is true where one of them is."""
        return self._made(self.at, TRUE, other.at)

    def imp(self, other: "Function") -> "Function":
        """Return what is true where this is false or the other true."""
        return self._made(self.at, other.at, TRUE)

    def equiv(self, other: "Function") -> "Function":
        """Return what is true where both agree."""
        return self._made(self.at, other.at, (~other).at)

    def ite(self, yes: "Function", no: "Function") -> "Function":
        """Return `yes` where this is true, else `no`."""
        return self._made(self.at, yes.at, no.at)


def as_translated(functions: Functions) -> Any:
    """Return the functions as what `symbolic.Translator` builds with."""
    return functions
