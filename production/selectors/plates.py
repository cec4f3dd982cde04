"""The plate of a gang run: which design of a load stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from production.engine.demand import Key
from production.engine.imposition import Block, impose, plate_size
from production.models import Batch, BatchMember

MILLI = 1000
SLOT = "SLOT"


@dataclass(frozen=True, slots=True)
class Plate:
    """Rows and columns of a plate, and the rectangles of each member by its id."""

    n_rows: int
    n_columns: int
    blocks: Mapping[int, Sequence[Block]]

    def places_of(self, member_id: int) -> str:
        """Name the slots of a member from corner to corner: "A1-B2"."""
        return ", ".join(_corners(block) for block in self.blocks.get(member_id, ()))


def find_plate(*, batch: Batch, members: Sequence[BatchMember]) -> Plate | None:
    """Give the plate of a load that is counted in slots; other loads have none.

    Nor has a load that is larger than a plate, or none of whose sizes halve it.
    """
    n_slots = batch.capacity_milli // MILLI
    slots: dict[Key, int] = {
        member.id: -(-member.load_milli // MILLI) for member in members
    }
    is_halved = n_slots >= 1 and n_slots & (n_slots - 1) == 0
    if batch.measure != SLOT or not is_halved or sum(slots.values()) > n_slots:
        return None
    blocks: dict[int, list[Block]] = {}
    for block in impose(slots, n_slots=n_slots):
        blocks.setdefault(int(block.key), []).append(block)
    n_rows, n_columns = plate_size(n_slots)
    return Plate(n_rows, n_columns, blocks)


def _corners(block: Block) -> str:
    first = _name(block.row, block.column)
    latest = _name(block.row + block.n_rows - 1, block.column + block.n_columns - 1)
    return first if first == latest else f"{first}-{latest}"


def _name(row: int, column: int) -> str:
    """Name a slot by a letter for its column and a number for its row."""
    return f"{chr(ord('A') + column)}{row + 1}"
