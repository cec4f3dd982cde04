import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.split import (
    SplitError,
    cut_into_lots,
    planned_quantity,
    split_exactly,
)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (12, [200, 232], [6, 6]),
        (12, [100, 332], [3, 9]),
        (0, [3, 4], [0, 0]),
        (0, [], []),
        (5, [0, 0], [3, 2]),
        (-10, [1, 1, 1], [-4, -3, -3]),
        (7, [0, 1], [0, 7]),
    ],
)
def test_shares_follow_the_largest_remainder_and_then_the_place(total, weights, shares):
    assert split_exactly(total, weights) == shares


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1))
def test_shares_add_up_and_stay_within_one_of_their_due(total, weights):
    shares = split_exactly(total, weights)

    assert sum(shares) == total
    parts = weights if any(weights) else [1] * len(weights)
    for share, part in zip(shares, parts, strict=True):
        assert abs(share * sum(parts) - total * part) < sum(parts)


def test_a_total_cannot_be_shared_among_nobody_or_by_negative_weights():
    with pytest.raises(SplitError, match="nobody"):
        split_exactly(3, [])
    with pytest.raises(SplitError, match="-2"):
        split_exactly(3, [1, -2])


@pytest.mark.parametrize(
    ("quantity", "largest", "lots"),
    [
        (600, 270, [200, 200, 200]),
        (432, 432, [432]),
        (433, 432, [217, 216]),
        (5, None, [5]),
        (0, 4, []),
        (7, 3, [3, 2, 2]),
    ],
)
def test_lots_are_the_fewest_and_as_even_as_possible(quantity, largest, lots):
    assert cut_into_lots(quantity, largest) == lots


@given(st.integers(0, 5000), st.integers(1, 700))
def test_lots_add_up_and_none_is_too_large(quantity, largest):
    lots = cut_into_lots(quantity, largest)

    assert sum(lots) == quantity
    assert all(1 <= lot <= largest for lot in lots)
    assert len(lots) == -(-quantity // largest)


def test_a_lot_size_of_zero_is_refused_with_its_value():
    with pytest.raises(SplitError, match="got 0"):
        cut_into_lots(5, 0)
    with pytest.raises(SplitError, match="got -1"):
        cut_into_lots(-1, 5)


@pytest.mark.parametrize(
    ("ordered", "yield_bp", "planned"),
    [(48, 9700, 50), (432, 9700, 446), (10, None, 10), (10, 10000, 10), (0, 5000, 0)],
)
def test_the_planned_quantity_covers_the_expected_loss(ordered, yield_bp, planned):
    assert planned_quantity(ordered, yield_bp) == planned


@given(st.integers(0, 10**7), st.integers(1, 10000))
def test_the_planned_quantity_is_the_least_that_yields_enough(ordered, yield_bp):
    planned = planned_quantity(ordered, yield_bp)

    assert planned * yield_bp >= ordered * 10000
    assert planned == 0 or (planned - 1) * yield_bp < ordered * 10000


@pytest.mark.parametrize("yield_bp", [0, -5, 10001])
def test_a_yield_out_of_range_is_refused(yield_bp):
    with pytest.raises(SplitError, match="bp"):
        planned_quantity(5, yield_bp)
