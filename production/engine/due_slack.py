"""How many positions may still be given away before a due slot is missed."""

from collections import Counter
from collections.abc import Sequence

PLENTY = 1 << 60


class DueSlack:
    """For each due slot, the positions left up to it less the units that need them.

    Placing a unit takes one position from every due slot before its own. The first
    due slot without slack says that the next position must go to a unit due by then.
    Units whose due slot has passed cannot be helped and press no more. A segment tree
    over the distinct due slots: ``O(log n)`` for each placing.
    """

    def __init__(self, due_slots: Sequence[int | None]) -> None:
        self._waiting = Counter(
            slot for slot in due_slots if slot is not None and slot >= 0
        )
        self._slots = sorted(self._waiting)
        self._rank = {slot: rank for rank, slot in enumerate(self._slots)}
        self._position = 0
        self._passed = 0
        self._size = 1
        while self._size < max(1, len(self._slots)):
            self._size *= 2
        self._least = [PLENTY] * (2 * self._size)
        self._added = [0] * (2 * self._size)
        needed = 0
        for rank, slot in enumerate(self._slots):
            needed += self._waiting[slot]
            self._least[self._size + rank] = slot + 1 - needed
        for node in range(self._size - 1, 0, -1):
            self._least[node] = min(self._least[2 * node], self._least[2 * node + 1])

    def must_be_due_by(self) -> int | None:
        """Give the first due slot without slack, or ``None`` if all have some."""
        if self._least[1] > 0:
            return None
        node, carried = 1, 0
        while node < self._size:
            carried += self._added[node]
            node *= 2
            if self._least[node] + carried > 0:
                node += 1
        return self._slots[node - self._size]

    def place(self, due_slot: int | None) -> None:
        """Take the next position for a unit with this due slot."""
        end = len(self._slots)
        if due_slot is not None and due_slot >= self._position:
            end = self._rank[due_slot]
            self._waiting[due_slot] -= 1
            if not self._waiting[due_slot]:
                self._add(end, end + 1, PLENTY)
        self._add(0, end, -1)
        self._position += 1
        self._give_up_passed()

    def _give_up_passed(self) -> None:
        slots = self._slots
        while self._passed < len(slots) and slots[self._passed] < self._position:
            hopeless = self._waiting[slots[self._passed]]
            self._add(self._passed, self._passed + 1, PLENTY)
            self._passed += 1
            self._add(self._passed, len(slots), hopeless)

    def _add(self, begin: int, end: int, amount: int) -> None:
        if begin < end and amount:
            self._add_below(1, 0, self._size, (begin, end, amount))

    def _add_below(
        self, node: int, first: int, size: int, change: tuple[int, int, int]
    ) -> None:
        begin, end, amount = change
        if first >= end or first + size <= begin:
            return
        if begin <= first and first + size <= end:
            self._least[node] += amount
            self._added[node] += amount
            return
        half = size // 2
        self._add_below(2 * node, first, half, change)
        self._add_below(2 * node + 1, first + half, half, change)
        self._least[node] = self._added[node] + min(
            self._least[2 * node], self._least[2 * node + 1]
        )
