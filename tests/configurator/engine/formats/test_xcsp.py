import gzip
from pathlib import Path

import pytest

from configurator.engine.artefact import compile_definition, load, save
from configurator.engine.choices import evaluate
from configurator.engine.expression import Table
from configurator.engine.formats.release_json import read_release
from configurator.engine.formats.xcsp import read_xcsp, to_release_document
from configurator.engine.model import DefinitionError

RENAULT = Path(__file__).parents[5] / "shared/data/config/renault"
needs_renault = pytest.mark.skipif(
    not RENAULT.is_dir(), reason=f"the Renault instances are not in {RENAULT}"
)
SMALL = """<instance><presentation format="XCSP 2.1"/>
<domains nbDomains="2"><domain name="d" nbValues="3">0 1 -1</domain>
<domain name="e" nbValues="4">3..6</domain></domains>
<variables><variable name="v0" domain="d"/><variable name="v1" domain="e"/>
</variables><relations nbRelations="2">
<relation name="r" arity="2" nbTuples="3" semantics="supports">0 3|1 4|-1 5</relation>
<relation name="s" arity="1" nbTuples="1" semantics="conflicts">1</relation>
</relations><constraints nbConstraints="2">
<constraint name="c1" arity="2" scope="v0 v1" reference="r"/>
<constraint name="c2" arity="1" scope="v0" reference="s"/></constraints></instance>
"""


def written(tmp_path, text=SMALL, name="range.xcsp.xml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_variables_become_choices_and_relations_tables(tmp_path):
    definition = read_xcsp(written(tmp_path))

    options = [[o.code for o in c.options] for c in definition.characteristics]
    assert options == [["0", "1", "-1"], ["3", "4", "5", "6"]]
    assert [rule.expression for rule in definition.rules] == [
        Table(("v0", "v1"), frozenset({("0", "3"), ("1", "4"), ("-1", "5")})),
        Table(("v0",), frozenset({("1",)}), False),
    ]
    assert compile_definition(definition).n_products == 2


def test_a_packed_file_reads_the_same(tmp_path):
    packed = tmp_path / "range.xcsp.xml.gz"
    packed.write_bytes(gzip.compress(SMALL.encode()))

    assert read_xcsp(packed).rules == read_xcsp(written(tmp_path)).rules


def test_a_range_goes_through_a_release_document_unchanged(tmp_path):
    definition = read_xcsp(written(tmp_path))
    prices = {
        "entries": [
            {"code": "A", "basis": "UNIT", "amount_minor": 7, "when": "v0 = -1"}
        ]
    }

    document = to_release_document(definition, product="range", prices=prices)
    again = read_release(document)
    compiled = compile_definition(again)

    assert again.rules == definition.rules
    assert evaluate(compiled, {}, quantity=2).highest_total_minor == 14
    sha = save(compiled, tmp_path / "artefacts")
    assert load(tmp_path / "artefacts", sha).n_products == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('semantics="conflicts"', 'semantics="soft"', "semantics 'soft' is not known"),
        ('reference="s"', 'reference="t"', "'t' is not a relation"),
        ('scope="v0"', 'scope="v9"', "there is no variable 'v9'"),
        ('scope="v0 v1"', 'scope="v0 v0"', "a variable stands twice"),
        ("0 3|", "0 3 3|", "a row does not have 2 values"),
        ('domain="e"', 'domain="f"', "there is no domain 'f'"),
        ("3..6", "0..999999", "more than 100000 values"),
        ("<instance>", "<!DOCTYPE a []><instance>", "entities are not read"),
        ("</instance>", "", "is not XML"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, old, new, message):
    path = written(tmp_path, SMALL.replace(old, new))

    with pytest.raises(DefinitionError, match=message):
        read_xcsp(path)


@needs_renault
@pytest.mark.parametrize(
    ("name", "n_characteristics", "n_rules", "n_products"),
    [
        ("renault_small.xcsp.xml", 139, 147, 172_056),
        ("renault_medium.xcsp.xml", 148, 174, 278_744),
    ],
)
def test_a_renault_range_compiles_at_once_and_counts_exactly(
    name, n_characteristics, n_rules, n_products
):
    definition = read_xcsp(RENAULT / name)

    compiled = compile_definition(definition)

    assert len(definition.characteristics) == n_characteristics
    assert len(definition.rules) == n_rules
    assert compiled.n_products == n_products
    assert compiled.figures.compile_cpu_s < 10
