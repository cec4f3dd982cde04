"""Rules in words: every form of the language, said and denied."""

import pytest

from configurator.engine.formats.release_json import read_release
from configurator.engine.rules import parse
from configurator.engine.sentences import sentence
from tests.configurator.engine.documents import shirt

DOCUMENT = shirt(
    characteristics=[
        {
            "code": "sleeve",
            "name": {"en": "Sleeve"},
            "kind": "CHOICE",
            "options": [{"code": "GOLD", "name": {"en": "Gold"}}, {"code": "RED"}],
        },
        {
            "code": "body",
            "name": {"en": "Body"},
            "kind": "CHOICE",
            "options": [
                {"code": "A", "name": {"en": "Plain, no print"}},
                {"code": "B"},
                {"code": "C"},
            ],
        },
        {"code": "extras", "kind": "MULTI", "options": [{"code": "BAG"}]},
        {"code": "length", "kind": "NUMBER", "min": 1, "max": 90},
        {"code": "text", "kind": "TEXT", "required": False, "max_length": 9},
    ],
    rules=[],
    prices={"entries": []},
    materials=[],
    routings=[],
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "sleeve = GOLD => body != A",
            "If Sleeve is Gold, then Body is not “Plain, no print”",
        ),
        ("body in {A, B, C}", "Body is “Plain, no print”, B or C"),
        ("body not in {A, B}", "Body is not “Plain, no print” or B"),
        ("extras has BAG & text", "Extras includes BAG and text is given"),
        (
            "!(extras has BAG | text)",
            "Extras does not include BAG and text is not given",
        ),
        (
            "sleeve = RED excludes text",
            "Never Sleeve is RED together with text is given",
        ),
        ("sleeve = RED <=> text", "Sleeve is RED exactly if text is given"),
        ("!(sleeve = RED <=> text)", "Sleeve is RED or else text is given"),
        ("!(text => body = A)", "Text is given and Body is not “Plain, no print”"),
        (
            "text | (body = A & sleeve = RED)",
            "Text is given or (Body is “Plain, no print” and Sleeve is RED)",
        ),
        (
            "[1..2]{text, body = A}",
            "1 to 2 of these: text is given; Body is “Plain, no print”",
        ),
        (
            "[0..1]{text, body = A}",
            "At most 1 of these: text is given; Body is “Plain, no print”",
        ),
        (
            "[2..*]{text, body = A}",
            "At least 2 of these: text is given; Body is “Plain, no print”",
        ),
        ("![1..1]{text}", "Not exactly 1 of these: text is given"),
        ("length * 2 <= quantity + 10", "2 \u00d7 length ≤ the quantity + 10"),
        ("!(length < 5)", "Length ≥ 5"),
        ("length - quantity > -3", "Length + 3 > the quantity"),
        ("0 - length < 0", "0 < length"),
        (
            "table(sleeve, body): GOLD,A | RED,B",
            "Sleeve and Body are together Gold/“Plain, no print” or RED/B",
        ),
        (
            "not table(sleeve, body): GOLD,A",
            "Sleeve and Body are never together Gold/“Plain, no print”",
        ),
    ],
)
def test_a_rule_is_said_in_words(text, said):
    assert sentence(parse(text), read_release(DOCUMENT)) == said


def test_a_long_table_is_cut_short():
    rows = " | ".join(f"{n}" for n in range(1, 9))

    said = sentence(parse(f"table(length): {rows}"), read_release(DOCUMENT))

    assert said == "Length is 1, 2, 3, 4, 5, 6 or 2 more"
