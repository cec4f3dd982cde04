import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.demand import DemandError
from production.engine.imposition import Block, impose, plate_size

A6, A5, A4 = 1, 2, 4


@st.composite
def mixes(draw):
    """Designs of all formats that fill a plate of 16 at most."""
    sizes: list[int] = []
    while sum(sizes) < 16 and draw(st.booleans()) | (not sizes):
        left = 16 - sum(sizes)
        sizes.append(draw(st.integers(1, left)))
    return {f"F-{place}": size for place, size in enumerate(sizes)}


def cells(block):
    return {
        (block.row + row, block.column + column)
        for row in range(block.n_rows)
        for column in range(block.n_columns)
    }


@given(mixes())
def test_whatever_fits_by_area_stands_on_the_plate_without_overlapping(slots):
    blocks = impose(slots, n_slots=16)

    taken = [cell for block in blocks for cell in cells(block)]
    assert len(taken) == len(set(taken)) == sum(slots.values())
    assert all(row < 4 and column < 4 for row, column in taken)
    for key, n_slots in slots.items():
        own = [block for block in blocks if block.key == key]
        assert sum(block.n_rows * block.n_columns for block in own) == n_slots


def test_each_format_has_its_shape_and_the_largest_stand_first():
    blocks = impose({"small": A6, "large": A4, "middle": A5}, n_slots=16)

    assert blocks == (
        Block("large", 0, 0, 2, 2),
        Block("middle", 0, 2, 1, 2),
        Block("small", 1, 2, 1, 1),
    )


def test_four_designs_of_a4_fill_a_plate():
    blocks = impose(dict.fromkeys("abcd", A4), n_slots=16)

    assert [(block.row, block.column) for block in blocks] == [
        (0, 0),
        (0, 2),
        (2, 0),
        (2, 2),
    ]


@pytest.mark.parametrize(("n_slots", "size"), [(1, (1, 1)), (8, (2, 4)), (16, (4, 4))])
def test_a_plate_is_a_square_or_two(n_slots, size):
    assert plate_size(n_slots) == size


@pytest.mark.parametrize(
    ("slots", "n_slots", "said"),
    [
        ({"a": 17}, 16, "17 slots"),
        ({"a": 0}, 16, "0 slots"),
        ({"a": 1}, 12, "power of two"),
    ],
)
def test_what_cannot_be_imposed_is_refused(slots, n_slots, said):
    with pytest.raises(DemandError, match=said):
        impose(slots, n_slots=n_slots)
