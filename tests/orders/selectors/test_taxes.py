"""Tax in prices that include it: exact to the cent, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.selectors.taxes import net_of, split_line_totals

TOTALS = st.lists(st.integers(0, 10**9), max_size=20)
RATES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("gross_minor", "vat_bp", "net_minor"),
    [(11_900, 1900, 10_000), (100, 1900, 84), (107, 700, 100), (5, 0, 5), (0, 1900, 0)],
)
def test_the_tax_is_taken_out_of_an_amount(gross_minor, vat_bp, net_minor):
    assert net_of(gross_minor, vat_bp=vat_bp) == net_minor


@given(TOTALS, RATES)
def test_lines_add_up_to_the_sum_and_differ_from_their_own_tax_by_a_cent(totals, rate):
    parts = split_line_totals(totals, vat_bp=rate)

    assert [net + vat for net, vat in parts] == totals
    assert sum(net for net, _vat in parts) == net_of(sum(totals), vat_bp=rate)
    for total, (net, vat) in zip(totals, parts, strict=True):
        assert abs(net - net_of(total, vat_bp=rate)) <= 1
        assert vat >= 0
