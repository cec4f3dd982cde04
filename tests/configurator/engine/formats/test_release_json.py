import datetime as dt
import json
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from configurator.engine.expression import Table
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError, Kind
from tests.configurator.engine.documents import shirt

SCHEMA = json.loads(
    (files("configurator.engine.formats") / "release.schema.json").read_text()
)
CHOICE = {"code": "a", "kind": "CHOICE", "options": [{"code": "X"}, {"code": "Y"}]}


def with_choice(**changes):
    return shirt(
        characteristics=[{**CHOICE, **changes}],
        rules=[],
        prices={},
        materials=[],
        routings=[],
    )


def refused(document):
    with pytest.raises(DefinitionError) as caught:
        read_release(document)
    return caught.value.path, caught.value.message


def is_valid(document):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return validator.is_valid(document)


def test_the_schema_is_a_schema_and_fits_the_shirt():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(shirt(), SCHEMA)

    definition = read_release(shirt())

    assert definition.by_code["extras"].kind is Kind.MULTI
    assert definition.by_code["extras"].at_most == 2
    assert definition.by_code["fabric"].options[0].tint == "#c8b89a"
    assert definition.document == shirt()


def test_a_rule_may_be_a_table_of_rows_and_have_dates():
    document = with_choice()
    document["rules"] = [
        {
            "code": "R",
            "table": {"of": ["a"], "rows": [["X"]], "allowed": False},
            "reason": {"en": "No."},
            "from": "2025-01-01",
            "to": None,
        }
    ]

    rule = read_release(document).rules[0]

    assert is_valid(document)
    assert rule.expression == Table(("a",), frozenset({("X",)}), False)
    assert rule.effective_from == dt.date(2025, 1, 1)
    assert not rule.applies(dt.date(2024, 12, 31))
    assert rule.applies(dt.date(2025, 1, 1))


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (shirt(format="x/2"), "format", "'x/2' is not"),
        (shirt(colour=1), "colour", "is not a field here"),
        (shirt(quantity={"min": 0}), "quantity.min", "0 is below 1"),
        (with_choice(code="Size"), "characteristics[0].code", "is not a name"),
        (with_choice(code="quantity"), "characteristics[0].code", "is not a name"),
        (with_choice(kind="LIST"), "characteristics[0].kind", "'LIST' is not one of"),
        (with_choice(options=[]), "characteristics[0].options", "at least one"),
        (with_choice(min=1), "characteristics[0].min", "is not a field here"),
        (
            with_choice(options=[{"code": 'a"b'}]),
            "characteristics[0].options[0].code",
            "is not an option code",
        ),
        (
            with_choice(options=[{"code": "A", "tint": "red"}]),
            "characteristics[0].options[0].tint",
            "is not a colour",
        ),
        (with_choice(required="yes"), "characteristics[0].required", "true or false"),
    ],
)
def test_reader_and_schema_refuse_the_same(document, path, message):
    found_path, found_message = refused(document)

    assert found_path == path
    assert message in found_message
    assert not is_valid(document)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"rules": [{"code": "R", "text": "a = "}]}, "rules[0].text", "column 5"),
        (
            {"rules": [{"code": "R", "text": "size = S"}]},
            "rules[0].text",
            "'size' has no option 'S'",
        ),
        (
            {"rules": [{"code": "R", "text": "colour = RED"}]},
            "rules[0].text",
            "there is no characteristic 'colour'",
        ),
        (
            {"rules": [{"code": "R", "text": "text = X"}]},
            "rules[0].text",
            "'text' is TEXT",
        ),
        (
            {"rules": [{"code": "R", "text": "size has M"}]},
            "rules[0].text",
            "'size' is CHOICE; here only MULTI",
        ),
        (
            {"rules": [{"code": "R", "text": "size * 2 <= 4"}]},
            "rules[0].text",
            "here only NUMBER",
        ),
        (
            {"rules": [{"code": "R", "text": "text"}, {"code": "R", "text": "text"}]},
            "rules",
            "'R' stands there twice",
        ),
        (
            {"rules": [{"code": "R", "table": {"of": ["size"], "rows": [["M", "M"]]}}]},
            "rules[0].table.rows[0]",
            "1 options are needed",
        ),
        (
            {"rules": [{"code": "R", "text": "text", "from": "soon"}]},
            "rules[0].from",
            "is not a date",
        ),
        (
            {"pieces": {"of": "size", "values": {"M": 1, "XL": 2}}},
            "pieces.values",
            "option '2XL' of 'size' has no number of pieces",
        ),
        (
            {"prices": {"entries": [{"code": "P", "basis": "EACH"}]}},
            "prices.entries[0].basis",
            "'EACH' is not one of",
        ),
        (
            {
                "prices": {
                    "entries": [
                        {
                            "code": "P",
                            "basis": "UNIT",
                            "table": {"of": ["size"], "rows": [["M", 1]]},
                        }
                    ]
                }
            },
            "prices.entries[0].table",
            "there is no row for ['XL']",
        ),
        (
            {
                "prices": {
                    "entries": [
                        {
                            "code": "P",
                            "basis": "CHARACTER",
                            "of": "text",
                            "amount_minor": -1,
                        }
                    ]
                }
            },
            "prices.entries[0].amount_minor",
            "-1 would make a longer text cheaper",
        ),
        (
            {"prices": {"breaks": [{"from": 5, "discount_bp": 1}] * 2}},
            "prices.breaks[1].from",
            "5 does not rise",
        ),
        (
            {"routings": [{"code": "R", "method": "by hand", "steps": []}]},
            "routings[0].method",
            "'by hand' is no code of a method",
        ),
        (
            {
                "routings": [
                    {
                        "code": "R",
                        "method": "JOB",
                        "steps": [{"code": "A", "after": ["B"]}, {"code": "B"}],
                    }
                ]
            },
            "routings[0].steps[0].after",
            "'B' is not a step before this one",
        ),
        (
            {
                "routings": [
                    {
                        "code": "R",
                        "method": "JOB",
                        "steps": [{"code": "A", "batch": {"key": ["colour"]}}],
                    }
                ]
            },
            "routings[0].steps[0].batch.key",
            "the step has no attribute 'colour'",
        ),
        (
            {
                "routings": [
                    {
                        "code": "R",
                        "method": "JOB",
                        "edit_window": {"cutoff": "25:00"},
                        "steps": [],
                    }
                ]
            },
            "routings[0].edit_window.cutoff",
            "'25:00' is not a local time",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change, path, message):
    found_path, found_message = refused(shirt(**change))

    assert found_path == path
    assert message in found_message


@pytest.mark.parametrize(
    ("characteristic", "message"),
    [
        ({"kind": "CHOICE", "default": "C"}, "'C' is archived"),
        ({"kind": "CHOICE", "default": "D"}, "'D' is not an option"),
        ({"kind": "CHOICE", "default": ["A"]}, "('A',) is not an answer to a CHOICE"),
        ({"kind": "MULTI", "default": "A"}, "'A' is not an answer to a MULTI"),
        (
            {"kind": "MULTI", "default": ["A", "B"], "at_most": 1},
            "2 options are more than 1",
        ),
        ({"kind": "NUMBER", "default": 3}, "3 is not a possible number"),
        ({"kind": "TEXT", "default": "ABCD"}, "'ABCD' is longer than 3 characters"),
        ({"kind": "TEXT", "default": "AbC"}, "'b' is not in its alphabet"),
    ],
)
def test_a_default_must_be_an_answer(characteristic, message):
    options = [{"code": "A"}, {"code": "B"}, {"code": "C", "archived": True}]
    limits: dict[str, Any] = {
        "CHOICE": {"options": options},
        "MULTI": {"options": options},
        "NUMBER": {"min": 0, "max": 8, "step": 2},
        "TEXT": {"max_length": 3, "alphabet": "CAPITALS"},
    }
    characteristic |= {"code": "a", **limits[characteristic["kind"]]}
    document = shirt(
        characteristics=[characteristic],
        rules=[],
        prices={"entries": []},
        materials=[],
        routings=[],
    )

    assert refused(document) == ("characteristics[0].default", message)
