import pytest

from configurator.engine.formats.release_json import read_release
from configurator.engine.pricing import PriceError, price
from tests.configurator.engine.documents import shirt


def priced(entries, choices, *, quantity=1, breaks=(), **more):
    document = shirt(prices={"entries": entries, "breaks": list(breaks)}, **more)
    found = price(read_release(document), choices, quantity=quantity)
    assert found.total_minor == sum(line.amount_minor for line in found.lines)
    return found


def test_a_price_lists_what_applies_and_one_discount():
    definition = read_release(shirt())
    choices = {"fabric": "SPORT", "decoration": "TRANSFER", "size": "M", "text": "Anna"}

    found = price(definition, choices, quantity=11)

    lines = [(line.code, line.amount_minor) for line in found.lines]
    discount = 20900 * 500 // 10000 + 4400 * 500 // 10000 + 220 * 500 // 10000
    assert lines == [
        ("BASE", 20900),
        ("SPORT", 4400),
        ("TEXT", 220),
        ("DISCOUNT", -discount),
    ]
    assert (found.currency, found.total_minor) == ("EUR", 25520 - discount)


def test_an_entry_for_the_order_counts_once_and_takes_no_discount():
    found = priced(
        [{"code": "PLATES", "basis": "ORDER", "amount_minor": 600}],
        {},
        quantity=100,
        breaks=[{"from": 10, "discount_bp": 5000}],
    )

    assert found.total_minor == 600


@pytest.mark.parametrize(
    ("amount", "factor", "expected"),
    [(101, 15000, 152), (100, 15000, 150), (1, 14999, 1), (-3, 15000, -4)],
)
def test_an_entry_is_rounded_half_up_once(amount, factor, expected):
    entry = {
        "code": "P",
        "basis": "UNIT",
        "amount_minor": amount,
        "factors": [{"bp": factor}, {"bp": 20000, "when": "fabric = SPORT"}],
    }

    assert priced([entry], {"fabric": "COTTON"}).total_minor == expected


def test_factors_are_multiplied_before_rounding():
    entry = {
        "code": "P",
        "basis": "UNIT",
        "amount_minor": 101,
        "factors": [{"bp": 15000}, {"bp": 20000, "when": "fabric = SPORT"}],
    }

    assert priced([entry], {"fabric": "SPORT"}, quantity=10).total_minor == 3030


def test_a_table_counts_from_its_quantities_on():
    rows = [[1, "M", 10], [1, "XL", 20], [1, "2XL", 30]]
    rows += [[100, "M", 5], [100, "XL", 6], [100, "2XL", 7]]
    entry = {
        "code": "P",
        "basis": "UNIT",
        "table": {"of": ["quantity", "size"], "rows": rows},
    }

    assert priced([entry], {"size": "XL"}, quantity=99).total_minor == 1980
    assert priced([entry], {"size": "XL"}, quantity=100).total_minor == 600


def test_pieces_multiply_by_what_a_unit_holds():
    entry = {"code": "P", "basis": "PIECE", "amount_minor": 160}
    pieces = {"of": "size", "values": {"M": 6, "XL": 12, "2XL": 24}}

    found = priced([entry], {"size": "XL"}, quantity=3, pieces=pieces)

    assert found.total_minor == 160 * 36


def test_an_area_is_priced_by_the_square_metre():
    document = shirt(
        characteristics=[
            {"code": "length", "kind": "NUMBER", "min": 1, "max": 3000},
            {"code": "width", "kind": "NUMBER", "min": 1, "max": 3000},
        ],
        rules=[],
        materials=[],
        routings=[],
        prices={
            "entries": [
                {
                    "code": "TOP",
                    "basis": "AREA",
                    "of": ["length", "width"],
                    "amount_minor": 62000,
                }
            ]
        },
    )
    definition = read_release(document)

    found = price(definition, {"length": 2000, "width": 900}, quantity=2)

    assert found.total_minor == 111600 * 2
    with pytest.raises(PriceError, match="'TOP' needs 'width'"):
        price(definition, {"length": 2000}, quantity=1)
