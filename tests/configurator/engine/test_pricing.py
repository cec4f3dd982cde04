import random
from itertools import combinations, product
from typing import Any

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError, Pieces
from configurator.engine.pricing import PriceError, price
from configurator.engine.rules import holds
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


def test_a_box_that_is_not_chosen_holds_no_more_than_usual():
    pieces = Pieces(count=1, of="box", values={"B6": 6, "None": 12})

    found = [pieces.per_unit(each) for each in ({}, {"box": "B6"}, {"box": "None"})]

    assert found == [1, 6, 12]


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


# A product with a price of every basis, surcharges and breaks.
CRATE = shirt(
    quantity={"min": 1, "max": 60},
    pieces={"of": "box", "values": {"B6": 6, "B12": 12}},
    characteristics=[
        {
            "code": "box",
            "kind": "CHOICE",
            "options": [{"code": "B6"}, {"code": "B12"}],
        },
        {
            "code": "wood",
            "kind": "CHOICE",
            "required": False,
            "options": [{"code": "OAK"}, {"code": "ASH"}, {"code": "PINE"}],
        },
        {
            "code": "extras",
            "kind": "MULTI",
            "options": [{"code": "LID"}, {"code": "BAG"}],
        },
        {"code": "length", "kind": "NUMBER", "min": 300, "max": 900, "step": 300},
        {"code": "width", "kind": "NUMBER", "min": 100, "max": 300, "step": 100},
        {"code": "text", "kind": "TEXT", "required": False, "max_length": 3},
    ],
    rules=[
        {"code": "R1", "text": "length <= width * 3 + 300"},
        {"code": "R2", "text": "wood = OAK & extras has LID => quantity >= 10"},
        {"code": "R3", "text": "text => wood"},
    ],
    prices={
        "entries": [
            {"code": "UNIT", "basis": "UNIT", "amount_minor": 1000},
            {"code": "PIECE", "basis": "PIECE", "amount_minor": 33},
            {
                "code": "AREA",
                "basis": "AREA",
                "of": ["length", "width"],
                "amount_minor": 45678,
            },
            {
                "code": "TEXT",
                "basis": "CHARACTER",
                "of": "text",
                "amount_minor": 7,
                "each_piece": True,
            },
            {
                "code": "SETUP",
                "basis": "ORDER",
                "amount_minor": 2500,
                "when": "wood & quantity < 24",
            },
            {
                "code": "BOTH",
                "basis": "UNIT",
                "amount_minor": 400,
                "when": "wood = OAK & extras has LID & box = B12",
                "factors": [{"bp": 12345, "when": "length > 300 | text"}],
            },
            {
                "code": "LESS",
                "basis": "UNIT",
                "amount_minor": -150,
                "when": "extras has BAG & wood != PINE",
            },
            {
                "code": "STEPS",
                "basis": "PIECE",
                "table": {
                    "of": ["quantity", "box"],
                    "rows": [
                        [1, "B6", 9],
                        [1, "B12", 8],
                        [24, "B6", 7],
                        [24, "B12", 5],
                    ],
                },
            },
        ],
        "breaks": [
            {"from": 10, "discount_bp": 333},
            {"from": 24, "discount_bp": 1250},
        ],
    },
    materials=[],
    routings=[],
)


def all_products(definition, quantity):
    """Enumerate complete products, texts of length 1 and 3 alone."""
    ticks = [list(c) for n in range(3) for c in combinations(("BAG", "LID"), n)]
    rows = product(
        ("B6", "B12"),
        (None, "OAK", "ASH", "PINE"),
        ticks,
        (300, 600, 900),
        (100, 200, 300),
        (None, "x", "xxx"),
    )
    names = ("box", "wood", "extras", "length", "width", "text")
    for row in rows:
        found = {n: v for n, v in zip(names, row, strict=True) if v is not None}
        if all(holds(rule.expression, found, quantity) for rule in definition.rules):
            yield found


@pytest.mark.parametrize("quantity", [1, 9, 10, 23, 24, 60])
def test_bounds_over_every_basis_are_those_of_all_products(quantity):
    rnd = random.Random(quantity)  # noqa: S311 -- reproducible cases
    definition = read_release(CRATE)
    compiled = compile_definition(definition)
    priced = []
    for each in all_products(definition, quantity):
        found = price(definition, each, quantity=quantity)
        assert found.total_minor == sum(line.amount_minor for line in found.lines)
        priced.append((each, found.total_minor))

    for _ in range(12):
        choices: dict[str, Any] = {}
        if rnd.random() < 0.7:
            choices["length"] = rnd.choice([300, 600, 900])
        if rnd.random() < 0.7:
            choices["width"] = rnd.choice([100, 200, 300])
        if rnd.random() < 0.5:
            choices["wood"] = rnd.choice(["OAK", "ASH"])
        if rnd.random() < 0.5:
            choices["extras"] = rnd.choice([[], ["LID"], ["BAG"]])
        if rnd.random() < 0.3:
            choices["text"] = rnd.choice(["x", "xxx"])
        fitting = [
            (each, total)
            for each, total in priced
            if all(each.get(name) == value for name, value in choices.items())
        ]
        state = evaluate(compiled, choices, quantity=quantity)
        totals = [total for _, total in fitting]
        assert state.lowest_total_minor == min(totals, default=None)
        assert state.highest_total_minor == max(totals, default=None)
        for box in ("B6", "B12"):
            lowest = min((t for each, t in fitting if each["box"] == box), default=None)
            assert state.domains["box"][box].lowest_total_minor == lowest


@pytest.mark.parametrize(
    ("entries", "path", "message"),
    [
        (
            [{"code": "A", "basis": "ORDER", "amount_minor": 10**12}],
            "prices.entries[0]",
            "'A' comes to 1000000000000 EUR minor units at the quantity 500",
        ),
        (
            [
                {"code": "A", "basis": "UNIT", "amount_minor": 5},
                {"code": "B", "basis": "UNIT", "amount_minor": 10**8},
            ],
            "prices.entries[1]",
            "'B' comes to",
        ),
        (
            [
                {"code": f"P{n}", "basis": "UNIT", "amount_minor": 6 * 10**6}
                for n in range(40)
            ],
            "prices.entries[11]",
            "and those before it come to 36000000000 EUR",
        ),
        (
            [
                {
                    "code": "F",
                    "basis": "UNIT",
                    "amount_minor": 10**6,
                    "factors": [{"bp": 10**7}, {"bp": 10**6}],
                }
            ],
            "prices.entries[0]",
            "'F' comes to",
        ),
        (
            [{"code": "T", "basis": "CHARACTER", "of": "text", "amount_minor": 10**7}],
            "prices.entries[0]",
            "'T' comes to",
        ),
    ],
)
def test_a_price_that_could_overflow_is_refused_with_its_place(entries, path, message):
    with pytest.raises(DefinitionError) as caught:
        read_release(shirt(prices={"entries": entries}))

    assert caught.value.path == path
    assert message in caught.value.message


def test_an_entry_for_an_account_counts_for_that_account_alone():
    entries = [
        {"code": "BASE", "basis": "UNIT", "amount_minor": 1490},
        {
            "code": "TRADE",
            "basis": "UNIT",
            "amount_minor": -300,
            "account": "TRADE",
            "when": "quantity >= 20",
        },
    ]
    definition = read_release(shirt(prices={"entries": entries, "breaks": []}))

    def total(quantity, account):
        return price(definition, {}, quantity=quantity, account=account).total_minor

    assert total(20, "TRADE") == 20 * 1190
    assert total(19, "TRADE") == 19 * 1490
    assert total(20, "") == total(20, "OTHER") == 20 * 1490


def test_the_bounds_of_everybody_know_nothing_of_an_accounts_prices():
    entries = [
        {"code": "BASE", "basis": "UNIT", "amount_minor": 1490},
        {"code": "TRADE", "basis": "UNIT", "amount_minor": -300, "account": "TRADE"},
    ]
    compiled = compile_definition(
        read_release(shirt(prices={"entries": entries, "breaks": []}))
    )

    assert evaluate(compiled, {}, quantity=1).lowest_total_minor == 1490


def test_two_entries_have_different_codes_whoever_pays_them():
    entry = {"code": "BASE", "basis": "UNIT", "amount_minor": 1}
    prices = {"entries": [entry, entry | {"account": "TRADE"}], "breaks": []}

    with pytest.raises(DefinitionError, match="stands there twice"):
        read_release(shirt(prices=prices))
