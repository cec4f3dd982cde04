import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError
from configurator.engine.rules import RuleSyntaxError, holds, parse, read
from tests.configurator.engine.documents import shirt

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fabric = WOOL", "line 1, column 10: 'fabric' has no option 'WOOL'"),
        (
            "fabric = SPORT =>\n  colour = RED",
            "line 2, column 3: there is no characteristic 'colour'",
        ),
        (
            'size in {M, "WOOL"} & size != M',
            "line 1, column 13: 'size' has no option 'WOOL'",
        ),
        (
            "size = M & (table(size, fabric): M,SPORT | XL,SILK)",
            "line 1, column 47: 'fabric' has no option 'SILK'",
        ),
        (
            "(table(size, size): M,M)",
            "line 1, column 8: the table names 'size' twice",
        ),
        (
            "text & fabric * 2 > 4",
            "line 1, column 8: 'fabric' is CHOICE; here only NUMBER will do",
        ),
        ("extras has PEN", "line 1, column 12: 'extras' has no option 'PEN'"),
        ("size = S", "line 1, column 8: 'S' of 'size' is archived"),
        ("quantity = XL", "line 1, column 12: 'quantity' is a number, 'XL' is not one"),
        ('quantity = "²"', "line 1, column 12: 'quantity' is a number, '²' is not one"),
        (
            f"quantity = {'9' * 60}",
            f"line 1, column 12: 'quantity' is a number, '{'9' * 60}' is not one",
        ),
    ],
)
def test_a_word_that_does_not_fit_is_told_with_its_place(text, expected):
    document = shirt(rules=[{"code": "R", "text": text}])
    document["characteristics"][2]["options"].append({"code": "S", "archived": True})

    with pytest.raises(DefinitionError) as caught:
        read_release(document)

    assert (caught.value.path, caught.value.message) == ("rules[0].text", expected)


def test_an_archived_option_can_no_longer_be_had():
    document = shirt()
    document["characteristics"][2]["options"].append({"code": "S", "archived": True})

    size = read_release(document).by_code["size"]

    assert list(size.positions) == ["M", "XL", "2XL"]
    assert size.archived == {"S"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[9999..9999]{" + ", ".join(["a"] * 9_000) + "}", "a group whose parts"),
        ("a" + "".join(f" + b{n}" for n in range(9)) + " < 1", "a sum of at most 8"),
        ("a" + " => a" * 50, "at most 40 implications in a row"),
        ("!" * 50_000 + "a = ", "an option code"),
    ],
)
def test_what_would_take_too_long_is_refused_with_its_place(text, expected):
    with pytest.raises(RuleSyntaxError, match=expected):
        parse(text)


def test_a_million_rules_are_refused_before_they_are_read():
    rules = [{"code": "R", "text": "fabric = SPORT"}] * 1_000_000

    began_s = time.process_time()
    with pytest.raises(DefinitionError, match=r"rules: 1000000 are more than 100000"):
        read_release(shirt(rules=rules))

    assert time.process_time() - began_s < 1


WORDS = st.sampled_from(
    [
        *("a", "B", "9", "table", "not", "in", "has", "requires", "excludes"),
        *("=>", "<=>", "<=", "!=", "!", "&", "|", "(", ")", "[", "]", "{", "}", ".."),
        *(",", ":", "=", "<", "+", "-", "*", '"x y"', '"', "\n", " ", "true", "²"),
        *("quantity", "\x00"),
    ]
)
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=string.printable, max_size=60),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.lists(WORDS, max_size=40).map("".join),
)


def parsed_or_refused(text):
    try:
        return read(text)
    except RuleSyntaxError as error:
        return error


@settings(max_examples=150)
@given(ANYTHING)
@example("(" * 100_000)
@example("[" * 100_000)
@example("[1..2]{" * 14_000)
@example("!" * 100_000)
@example("a=>" * 33_333)
@example("a<=>" * 25_000)
@example("a|" * 50_000)
@example('"' * 100_000)
@example("1+" * 50_000)
@example("- - 1")
def test_no_text_crashes_or_hangs_the_parser(text):
    began_s = time.process_time()
    found = parsed_or_refused(text)

    if isinstance(found, RuleSyntaxError):
        assert 1 <= found.line <= text.count("\n") + 1
        assert 1 <= found.column <= len(text) + 1
        assert found.expected
    else:
        assert isinstance(holds(found.expression, {}, 1), bool)
        for n in range(len(found.starts))[:20]:
            assert found.locate(n, "?").startswith("line ")
    assert time.process_time() - began_s < 2


@settings(max_examples=150)
@given(ANYTHING)
def test_no_text_of_a_rule_crashes_the_reading_of_a_release(text):
    document = shirt(rules=[{"code": "R", "text": text}])
    caught = None

    try:
        read_release(document)
    except DefinitionError as error:
        caught = error

    if caught is not None:
        assert caught.path == "rules[0].text"
        assert caught.message.startswith("line ")
