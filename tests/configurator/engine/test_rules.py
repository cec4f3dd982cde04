import pytest

from configurator.engine.expression import (
    And,
    Group,
    Has,
    Iff,
    Implies,
    In,
    Linear,
    Not,
    Or,
    Present,
    Table,
    names_of,
)
from configurator.engine.rules import RuleSyntaxError, holds, parse

A, B, C = In("a", ("X",)), In("b", ("Y",)), Present("text")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = X", A),
        ("a != X", Not(A)),
        ("a in {X, Y}", In("a", ("X", "Y"))),
        ("a not in {X}", Not(A)),
        ("files has PDF", Has("files", "PDF")),
        ("text", C),
        ('a = "two words"', In("a", ("two words",))),
        ("size = 2XL", In("size", ("2XL",))),
        ("v1 = -1", In("v1", ("-1",))),
        ("v1 in {0, -1}", In("v1", ("0", "-1"))),
        ("feature = true", In("feature", ("true",))),
        ("length = 2000", In("length", ("2000",))),
        ("quantity >= 24", Linear((("quantity", 1),), ">=", 24)),
        ("24 <= quantity", Linear((("quantity", -1),), "<=", -24)),
        (
            "length * 2 <= width + 10",
            Linear((("length", 2), ("width", -1)), "<=", 10),
        ),
        ("length = width", Linear((("length", 1), ("width", -1)), "=", 0)),
        ("n != 2 * m - 1", Linear((("n", 1), ("m", -2)), "!=", -1)),
        ("!a = X", Not(A)),
        ("!!a = X", A),
        ("a = X & b = Y | text", Or((And((A, B)), C))),
        ("a = X | b = Y & text", Or((A, And((B, C))))),
        ("a = X => b = Y", Implies(A, B)),
        ("a = X requires b = Y", Implies(A, B)),
        ("a = X excludes b = Y", Not(And((A, B)))),
        ("a = X => b = Y => text", Implies(A, Implies(B, C))),
        ("a = X <=> b = Y => text", Iff(A, Implies(B, C))),
        ("[1..2]{a = X, b = Y, text}", Group(1, 2, (A, B, C))),
        ("[2..*]{a = X, text}", Group(2, None, (A, C))),
        (
            "table(size, motor): S,A | M,A",
            Table(("size", "motor"), frozenset({("S", "A"), ("M", "A")})),
        ),
        ("not table(a): 1 | -2", Table(("a",), frozenset({("1",), ("-2",)}), False)),
        ("(a = X)", A),
    ],
)
def test_a_rule_is_read_as_it_is_meant(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("", 1, 1, "a name, '!', '(', '[' or 'table'"),
        ("a =", 1, 4, "an option code, a number or a name"),
        ("a =>\n  => b", 2, 3, "a name, '!', '(', '[' or 'table'"),
        ("a b", 1, 3, "the end or one of & | => <=>"),
        ("(a", 1, 3, "')'"),
        ("a in {X", 1, 8, "',' or '}'"),
        ("a in X", 1, 6, "'{'"),
        ("table(a, b): X | Y", 1, 16, "','"),
        ("[2..1]{a, b}", 1, 5, "a number of at least 2"),
        ("a * 2 <=", 1, 9, "the name of a characteristic"),
        ("a * 2", 1, 6, "one of < <= > >= = !="),
        ("a & §", 1, 5, "a name, option or operator"),
        ("(" * 60 + "a", 1, 41, "at most 40 levels of nesting"),
        ("quantity > 9999999999999", 1, 12, "a whole number of at most 12 digits"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text, line, column, expected):
    with pytest.raises(RuleSyntaxError) as caught:
        parse(text)

    found = caught.value
    assert (found.line, found.column, found.expected) == (line, column, expected)
    assert str(found).startswith(f"line {line}, column {column}: expected {expected}")


def test_a_rule_of_endless_length_is_refused():
    with pytest.raises(RuleSyntaxError, match="at most 100000 characters"):
        parse("a | " * 30_000 + "a")


@pytest.mark.parametrize(
    ("text", "choices", "quantity", "expected"),
    [
        ("a = X", {"a": "X"}, None, True),
        ("a = X", {}, None, False),
        ("a != X", {}, None, True),
        ("text", {"text": ""}, None, False),
        ("text", {"text": " "}, None, True),
        ("files", {"files": []}, None, False),
        ("files has PDF", {"files": ["PDF", "AI"]}, None, True),
        ("files has PDF", {"files": "PDF"}, None, False),
        ("length <= 10", {}, None, False),
        ("length <= 10", {"length": 10}, None, True),
        ("length = 10", {"length": 10}, None, True),
        ("quantity >= 24", {}, 24, True),
        ("quantity >= 24", {}, None, False),
        ("table(a, b): X,Y", {"a": "X", "b": "Y"}, None, True),
        ("table(a, b): X,Y", {"a": "X"}, None, False),
        ("not table(a, b): X,Y", {"a": "X"}, None, True),
        ("[1..1]{a = X, b = Y}", {"a": "X", "b": "Y"}, None, False),
        ("a = X <=> b = Y", {}, None, True),
    ],
)
def test_a_condition_decides_given_choices(text, choices, quantity, expected):
    assert holds(parse(text), choices, quantity) is expected


def test_no_condition_always_holds():
    assert holds(None, {}) is True


def test_a_condition_names_what_it_looks_at():
    text = "a = X & n * 2 < quantity | (table(b, c): X,Y) & files has P | text"

    assert names_of(parse(text)) == {
        "a",
        "n",
        "quantity",
        "b",
        "c",
        "files",
        "text",
    }
