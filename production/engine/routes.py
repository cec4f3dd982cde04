"""Alternative ways of making one design: what each takes, and from how many it pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from production.engine.values import require

HOUR_S = 3600
MILLI = 1_000


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What one step takes for an order at one quantity.

    ``run_ms`` and the set-up are those of a whole load where the order takes
    ``load_num / load_den`` of one, else the order's own. ``beside_s`` is preparation
    done while the machine runs: somebody's time, but no machine's. A load whose run
    ``shrinks`` with what is in it (sheets of a press) is shorter for one order alone;
    an oven's is not.
    """

    run_ms: int
    setup_s: int = 0
    beside_s: int = 0
    hourly_minor: int = 0
    waste_milli: int = 0
    supplies_milli: int = 0
    load_num: int = 1
    load_den: int = 1
    is_load: bool = False
    shrinks: bool = False

    def __post_init__(self) -> None:
        figures = (self.run_ms, self.setup_s, self.beside_s, self.hourly_minor)
        require(holds=min(figures) >= 0, what="a step below 0", value=figures)
        share = (self.load_num, self.load_den)
        require(holds=min(share) >= 1, what="share of a load", value=share)

    def machine_ms(self, *, is_alone: bool) -> int:
        """Give how long the place is taken for the order."""
        if not self.is_load:
            return self.run_ms + self.setup_s * MILLI
        if not is_alone:
            whole_ms = self.run_ms + self.setup_s * MILLI
            return whole_ms * self.load_num // self.load_den
        loads = -(-self.load_num // self.load_den)
        run_ms = self.run_ms * loads
        if self.shrinks:
            run_ms = self.run_ms * self.load_num // self.load_den
        return self.setup_s * MILLI * loads + run_ms

    def time_ms(self, *, is_alone: bool) -> int:
        """Give the time that the order takes, with what is prepared beside it."""
        return self.machine_ms(is_alone=is_alone) + self.beside_s * MILLI

    def cost_milli(self, *, is_alone: bool) -> int:
        """Give what that costs, in thousandths of a minor unit."""
        time_milli = self.machine_ms(is_alone=is_alone) * self.hourly_minor // HOUR_S
        waste_milli = self.waste_milli
        if self.is_load and not is_alone:
            waste_milli = waste_milli * self.load_num // self.load_den
        return time_milli + waste_milli + self.supplies_milli


@dataclass(frozen=True, slots=True)
class Route:
    """A way of making one design: what it takes once, and for each piece.

    Money in thousandths of a minor unit, so that a fraction of a cent counts.
    """

    code: str
    once_s: int
    piece_ms: int
    once_minor: int
    piece_milli: int

    def time_ms(self, pieces: int) -> int:
        """Give the time for so many pieces of one design."""
        return self.once_s * 1000 + pieces * self.piece_ms

    def cost_milli(self, pieces: int) -> int:
        """Give the cost of so many pieces of one design."""
        return self.once_minor * 1000 + pieces * self.piece_milli


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many pieces another route is better, by time and by cost.

    ``None`` where it never is; 1 where it always is.
    """

    route: str
    instead_of: str
    by_time: int | None
    by_cost: int | None


Sized = tuple[int, Sequence[StepFigures], int]
"""Pieces of an order, its steps, and its materials in thousandths of a minor unit."""


def make_route(code: str, few: Sized, many: Sized, *, is_alone: bool = True) -> Route:
    """Draw the line through what a route takes for two sizes of an order.

    Parameters
    ----------
    few, many
        The same design at two quantities, the smaller first.
    is_alone
        Whether the order has its loads to itself; else others fill them.
    """
    require(holds=0 < few[0] < many[0], what="two sizes", value=(few[0], many[0]))
    spread = many[0] - few[0]
    times, costs = zip(
        *(_totals(each, is_alone=is_alone) for each in (few, many)), strict=True
    )
    piece_ms = max(0, (times[1] - times[0]) // spread)
    piece_milli = max(0, (costs[1] - costs[0]) // spread)
    return Route(
        code=code,
        once_s=max(0, times[0] - few[0] * piece_ms) // MILLI,
        piece_ms=piece_ms,
        once_minor=max(0, costs[0] - few[0] * piece_milli) // MILLI,
        piece_milli=piece_milli,
    )


def _totals(sized: Sized, *, is_alone: bool) -> tuple[int, int]:
    _pieces, steps, materials_milli = sized
    time_ms = sum(step.time_ms(is_alone=is_alone) for step in steps)
    cost_milli = sum(step.cost_milli(is_alone=is_alone) for step in steps)
    return time_ms, cost_milli + materials_milli


def list_break_evens(routes: Sequence[Route]) -> tuple[BreakEven, ...]:
    """Compare every two routes; the one that costs more once is asked for.

    Two of which one is never better than the other are left out.
    """
    found = []
    for one, other in combinations(routes, 2):
        by_time, by_cost = break_even_time(one, other), break_even_cost(one, other)
        if by_time is None and by_cost is None:
            continue
        cheap, dear = sorted((one, other), key=lambda route: route.once_minor)
        found.append(BreakEven(dear.code, cheap.code, by_time, by_cost))
    return tuple(found)


def break_even_time(one: Route, other: Route) -> int | None:
    """Give from how many pieces the route with the longer preparation is faster."""
    slow, quick = sorted((one, other), key=lambda route: route.once_s)
    return _break_even(
        (quick.once_s - slow.once_s) * 1000, slow.piece_ms - quick.piece_ms
    )


def break_even_cost(one: Route, other: Route) -> int | None:
    """Give from how many pieces the route that costs more once is cheaper."""
    slow, quick = sorted((one, other), key=lambda route: route.once_minor)
    return _break_even(
        (quick.once_minor - slow.once_minor) * 1000,
        slow.piece_milli - quick.piece_milli,
    )


def _break_even(once: int, saved: int) -> int | None:
    """Give the least count whose savings reach what is spent once, or nothing."""
    return max(1, -(-once // saved)) if saved > 0 else None
