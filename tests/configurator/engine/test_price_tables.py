"""Tables of prices: a row for whatever can be ordered, or no release."""

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError
from configurator.engine.reuse import compiled_like
from tests.configurator.engine.documents import shirt

CHOICE = {"code": "c", "kind": "CHOICE", "options": [{"code": "A"}, {"code": "B"}]}
NUMBER = {"code": "n", "kind": "NUMBER", "min": 2, "max": 20}


def with_table(of, rows, when=None):
    entry = {"code": "E", "basis": "UNIT", "when": when}
    return shirt(
        quantity={"min": 1, "max": 50},
        characteristics=[CHOICE, NUMBER],
        rules=[],
        prices={"entries": [{**entry, "table": {"of": of, "rows": rows}}]},
        materials=[],
        routings=[],
    )


@pytest.mark.parametrize(
    ("of", "rows", "when", "missing"),
    [
        (["quantity"], [[10, 500]], None, "no row for ['1']"),
        (["n"], [[10, 500]], None, "no row for ['2']"),
        (["n", "c"], [[1, "A", 5], [10, "B", 3], [1, "B", 1]], None, "['10', 'A']"),
        (["c"], [["A", 5]], "c = A | n > 4", "no row for ['B']"),
        (["n"], [[10, 500]], "c = A", "no row for n=2"),
        (["quantity"], [[10, 500]], "quantity >= 9", "no row for quantity=9"),
        (["quantity", "c"], [[10, "A", 5], [10, "B", 5]], "n > 3", "quantity=1, c=A"),
    ],
)
def test_a_combination_without_a_row_is_refused_by_name(of, rows, when, missing):
    with pytest.raises(DefinitionError) as caught:
        compile_definition(read_release(with_table(of, rows, when)))

    assert caught.value.path == "prices.entries[0].table"
    assert missing in caught.value.message


@pytest.mark.parametrize(
    ("of", "rows", "when", "bounds"),
    [
        (["quantity"], [[10, 500]], "quantity >= 10", (0, 0)),
        (["n"], [[0, 40], [10, 500]], None, (40, 500)),
        (["n"], [[10, 500]], "n >= 10", (0, 500)),
        (["n"], [[10, 500]], "n >= 10 & c = A", (0, 500)),
        (["c"], [["A", 5]], "c = A", (0, 5)),
    ],
)
def test_rows_are_needed_only_where_the_entry_counts(of, rows, when, bounds):
    compiled = compile_definition(read_release(with_table(of, rows, when)))

    state = evaluate(compiled, {}, quantity=1)

    assert (state.lowest_total_minor, state.highest_total_minor) == bounds


def test_a_diagram_is_not_taken_over_for_prices_that_lack_a_row():
    whole = read_release(with_table(["n"], [[1, 40], [10, 500]], "c = A"))
    lacking = read_release(with_table(["n"], [[10, 500]], "c = A"))
    compiled = compile_definition(whole)

    with pytest.raises(DefinitionError, match="no row for n=2"):
        compiled_like(lacking, compiled)
