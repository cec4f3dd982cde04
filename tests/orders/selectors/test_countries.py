"""Addresses as the post of each country wants them."""

import pytest

from orders.selectors.countries import address_lines, list_codes, needed_parts

STREET = {"line1": "1 High Street", "city": "Springfield"}


@pytest.mark.parametrize(
    ("country", "needed"),
    [
        ("DE", ("line1", "postcode", "city")),
        ("HK", ("line1", "city")),
        ("US", ("line1", "postcode", "city", "region")),
    ],
)
def test_each_country_asks_for_what_its_addresses_have(country, needed):
    assert needed_parts(country) == needed


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            {**STREET, "postcode": "10115", "country": "DE"},
            ["1 High Street", "10115 Springfield", "Germany"],
        ),
        (
            {**STREET, "postcode": "62701", "region": "IL", "country": "US"},
            ["1 High Street", "Springfield IL 62701", "United States"],
        ),
        (
            {**STREET, "line2": "Flat 2", "country": "HK"},
            ["1 High Street", "Flat 2", "Springfield", "Hong Kong SAR China"],
        ),
        ({"country": "FR"}, ["France"]),
        ({}, []),
    ],
)
def test_an_address_is_written_as_its_post_reads_it(address, lines):
    assert address_lines(address) == lines


def test_every_country_can_be_sent_to_in_some_way():
    assert all("line1" in needed_parts(code) for code in list_codes())
    assert len(list_codes()) > 240
