"""A real sales history, row by row: what the engine alone says of each sale."""

import csv
import gzip
from collections import Counter

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import ChoiceError, evaluate
from configurator.engine.formats.files import read_model
from tests.bench.history import DATA, RANGE, ROWS, SALES, UNITS

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the car range and its sales are not in {DATA}"
)


@pytest.mark.slow
def test_each_sale_of_the_car_range_is_outside_it_against_its_rules_or_built():
    _, definition = read_model(DATA / RANGE)
    compiled = compile_definition(definition)
    rows, units = Counter[str](), Counter[str]()

    with gzip.open(DATA / SALES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity = int(row.pop("nombre"))
            verdict = judge(compiled, {name: v for name, v in row.items() if v})
            rows[verdict] += 1
            units[verdict] += quantity

    assert (rows, units["built"]) == (ROWS, UNITS)


def judge(compiled, choices: dict[str, str]) -> str:
    try:
        is_valid = evaluate(compiled, choices).valid
    except ChoiceError:
        return "outside_range"
    return "built" if is_valid else "breaks_rules"
