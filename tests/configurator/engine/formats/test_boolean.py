import gzip
from itertools import product
from pathlib import Path

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.formats.dimacs import read_dimacs
from configurator.engine.formats.files import read_model
from configurator.engine.formats.uvl import read_uvl
from configurator.engine.model import DefinitionError
from configurator.engine.rules import holds

SHARED = Path(__file__).parents[5] / "shared/data/config/uvl"
UVL = """namespace shop

features
\tShop {abstract}
\t\tmandatory
\t\t\t"Cash desk"
\t\t\t\talternative
\t\t\t\t\tOne
\t\t\t\t\tTwo {note "a b"}
\t\toptional
\t\t\tDelivery // by van
\t\tor
\t\t\tFood
\t\t\tDrink
\t\t[1..2]
\t\t\tRed
\t\t\tGreen
\t\t\tBlue

constraints
\tDelivery => "Cash desk" & !One
\t!Food | (Red <=> Blue)
"""


def written(tmp_path, text, name="model.uvl"):
    path = tmp_path / name
    path.write_text(text)
    return path


def counted(definition):
    """Count products by enumerating all assignments."""
    names = [each.code for each in definition.characteristics]
    return sum(
        all(
            holds(rule.expression, dict(zip(names, row, strict=True)))
            for rule in definition.rules
        )
        for row in product(("true", "false"), repeat=len(names))
    )


def test_a_feature_tree_means_what_uvl_says(tmp_path):
    definition = read_uvl(written(tmp_path, UVL))

    assert [each.code for each in definition.characteristics] == [
        "Shop",
        "Cash desk",
        "One",
        "Two",
        "Delivery",
        "Food",
        "Drink",
        "Red",
        "Green",
        "Blue",
    ]
    food_red_blue = {
        (food, drink): [
            (r, g, b)
            for r, g, b in product((0, 1), repeat=3)
            if 1 <= r + g + b <= 2 and (not food or r == b)
        ]
        for food, drink in ((0, 1), (1, 0), (1, 1))
    }
    desk_and_delivery = 3
    expected = desk_and_delivery * sum(map(len, food_red_blue.values()))
    assert counted(definition) == expected
    assert compile_definition(definition).n_products == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Delivery =>", "Van =>", "line 21: column 1: there is no feature 'Van'"),
        ("!One", "(!One", r"line 21: column 32: '\)' is missing"),
        ("=>", "= >", "line 21: column 9: cannot be read"),
        ("[1..2]", "some", "line 15: 'some' is not a kind of group"),
        ("Blue\n\n", "Red\n\n", "line 18: 'Red' stands there twice"),
        ("Food\n", "Food cardinality [1..3]\n", "line 13: cardinalities of features"),
        ("features", "constraints", "there is no feature tree"),
    ],
)
def test_what_is_not_boolean_uvl_is_refused_with_its_line(tmp_path, old, new, message):
    with pytest.raises(DefinitionError, match=message):
        read_uvl(written(tmp_path, UVL.replace(old, new, 1)))


def test_a_formula_takes_names_from_comments(tmp_path):
    text = "c made by hand\nc 1 engine\nc 3 with blanks\np cnf 3 2\n1 -2 0\n2\n3 0\n"

    definition = read_dimacs(written(tmp_path, text, "model.cnf"))

    names = [each.code for each in definition.characteristics]
    assert names == ["engine", "2", "with blanks"]
    assert [rule.code for rule in definition.rules] == ["1", "2"]
    assert compile_definition(definition).n_products == counted(definition) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p cnf two 2\n", "line 1: 'p cnf two 2' is not"),
        ("p cnf 1 1\n2 0\n", "line 2: variable 2 is not one of 1"),
        ("p cnf 1 1\na 0\n", "line 2: 'a 0' is not a clause"),
        ("1 0\n", "variable 1 is not one of -1"),
        ("c nothing\n", "the line 'p cnf n m' is missing"),
        ("p cnf 2 3\n1 0\n2\n", "ends after 2 of 3 clauses: it is cut off"),
    ],
)
def test_a_broken_formula_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(DefinitionError, match=message):
        read_dimacs(written(tmp_path, text, "model.cnf"))


def test_the_file_name_decides_the_format(tmp_path):
    packed = tmp_path / "model.uvl.gz"
    packed.write_bytes(gzip.compress(UVL.encode()))

    assert read_model(packed)[0] == "uvl"
    with pytest.raises(DefinitionError, match="does not end in"):
        read_model(written(tmp_path, UVL, "model.txt"))
    with pytest.raises(DefinitionError, match="is not JSON"):
        read_model(written(tmp_path, "{", "model.json"))
    with pytest.raises(DefinitionError):
        read_model(tmp_path / "missing.uvl")


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no feature models in {SHARED}")
def test_a_bank_s_feature_model_is_counted_exactly():
    model = SHARED / "financialservices01_2018-05-09.uvl.gz"

    compiled = compile_definition(read_uvl(model))

    assert compiled.method == "diagram"
    assert compiled.n_products == 97_451_212_554_676


def test_comments_and_attributes_may_hold_anything_in_quotes(tmp_path):
    text = """features // a shop
\t"http://shop" {note 'a } b // c', price 3}
\t\t/* two
\t\t   lines */
\t\tmandatory
\t\t\tDesk {
\t\t\t\tprice 5,
\t\t\t\tnote "}"
\t\t\t}
"""

    definition = read_uvl(written(tmp_path, text))

    names = [each.code for each in definition.characteristics]
    assert names == ["http://shop", "Desk"]


def test_a_model_that_imports_another_is_refused_rather_than_read_in_part(tmp_path):
    text = "imports\n\tsub as s\nfeatures\n\tA\n\t\toptional\n\t\t\ts.B\n"

    with pytest.raises(DefinitionError, match="line 2: 'sub as s': models that import"):
        read_uvl(written(tmp_path, text))


def test_an_attribute_that_never_ends_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="line 2: '}' is missing"):
        read_uvl(written(tmp_path, "features\n\tA {price 5\n"))
