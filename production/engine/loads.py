"""What a load is made of: lots of demands, members with reasons, a proposal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from production.engine.demand import Demand, Key, key_order
from production.engine.reasons import Reason


class BatchError(ValueError):
    """Raised when a demand cannot be put into any load."""


@dataclass(frozen=True, slots=True)
class Member:
    """A demand's part in a load, and why it is in."""

    key: Key
    quantity: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A demand that nearly made it, and why it is out."""

    key: Key
    reason: Reason


@dataclass(frozen=True, slots=True)
class Proposal:
    """One load: who is in and why, who is nearly in, and whether to freeze it now.

    ``freeze_at_s`` is when time alone would freeze it (``NEVER_S`` where nothing
    would); ``due_s`` is the earliest due time among the members.
    """

    family: str
    members: tuple[Member, ...]
    load: Fraction
    capacity: int
    freeze: bool
    because: Reason
    freeze_at_s: int
    due_s: int
    near_misses: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """A part of a demand that travels as one; ``load`` in whole scaled units."""

    demand: Demand
    quantity: int
    load: int

    @property
    def piece(self) -> int:
        """Load of one piece in whole scaled units."""
        return self.load // self.quantity

    @property
    def order(self) -> tuple[int, int, tuple[int, int, str]]:
        """Earliest due date first, then arrival, then key."""
        demand = self.demand
        return (demand.due_s, demand.arrived_s, key_order(demand.key))


def load_scale(demands: Sequence[Demand]) -> int:
    """Give the number by which all loads become whole."""
    return math.lcm(1, *(demand.load_den for demand in demands))


def cut_to_capacity(demand: Demand, *, capacity: int, scale: int) -> list[Lot]:
    """Cut a demand into full loads and a rest; one lot if it fits."""
    piece = demand.load_num * (scale // demand.load_den)
    room = capacity * scale
    if piece > room:
        raise BatchError(
            f"one piece of {demand.key} needs {Fraction(piece, scale)} units, "
            f"more than the capacity of {capacity}"
        )
    largest = room // piece if piece else demand.quantity
    n_full, rest = divmod(demand.quantity, largest)
    sizes = [largest] * n_full + ([rest] if rest else [])
    return [Lot(demand, size, size * piece) for size in sizes]
