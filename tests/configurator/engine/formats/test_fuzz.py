"""No input crashes or hangs a reader: it is read, or refused by a clear error."""

import gzip
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.formats import boolean, dimacs, uvl, xcsp3
from configurator.engine.formats.files import READERS, read_model
from configurator.engine.model import DefinitionError
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.formats.test_boolean import UVL
from tests.configurator.engine.formats.test_xcsp import SMALL
from tests.configurator.engine.formats.test_xcsp3 import XCSP3

CNF = "c 1 engine\nc 2 a b\np cnf 4 3\n1 -2 0\n-3 4 0\n2 3 -1 0\n"
SEEDS = {
    ".uvl": (UVL,),
    ".cnf": (CNF,),
    ".xcsp.xml": (SMALL, XCSP3),
    ".json": (json.dumps(shirt()),),
}
FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LIMIT_S = 5.0


@st.composite
def damaged(draw, text):
    """A good text with pieces cut out, put in twice, or replaced by noise."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        noise = draw(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    [
                        *'()[]{}"<>=|&!%*/,:\\\t\n',
                        "9" * 20,
                        "-1",
                        "/*",
                        "//",
                        "\0",
                        "=>",
                    ]
                ),
                st.just(text[start:end] * 2),
            )
        )
        text = text[:start] + noise + text[end:]
    return text


def read_or_refuse(path, content):
    path.write_bytes(content)
    began = time.process_time()
    try:
        _, definition = read_model(path)
        if len(definition.characteristics) <= 40 and path.suffix != ".json":
            compile_definition(definition, budget=Budget(1 << 16, 2.0))
    except DefinitionError as refused:
        told = str(refused)
        if not told:
            raise
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize("ending", SEEDS)
@FUZZ
@given(data=st.data())
def test_a_damaged_model_is_read_or_refused(tmp_path, ending, data):
    text = data.draw(st.sampled_from(SEEDS[ending]).flatmap(damaged))

    read_or_refuse(tmp_path / f"model{ending}", text.encode("utf-8", "replace"))


@pytest.mark.parametrize("ending", SEEDS)
@FUZZ
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path, ending, content):
    read_or_refuse(tmp_path / f"model{ending}", content)
    read_or_refuse(tmp_path / f"model{ending}.gz", content)
    read_or_refuse(tmp_path / f"model{ending}.gz", gzip.compress(content)[:-4])


NESTED = 20_000
DEEP = {
    "constraint.uvl": f"features\n\tA\nconstraints\n\t{'(' * NESTED}A{')' * NESTED}\n",
    "not.uvl": f"features\n\tA\nconstraints\n\t{'!' * NESTED}A\n",
    "arrows.uvl": "features\n\tA\nconstraints\n\t" + "A => " * NESTED + "A\n",
    "iffs.uvl": "features\n\tA\nconstraints\n\t" + "A <=> " * NESTED + "A\n",
    "open.uvl": "features\n\tA {\n" + "x\n" * 200_000,
    "tree.uvl": "features\n"
    + "".join(
        f"{' ' * (8 * at)}F{at}\n{' ' * (8 * at + 4)}optional\n" for at in range(400)
    ),
    "brackets.json": "[" * NESTED,
    "objects.json": '{"a":' * NESTED,
    "digits.json": "9" * NESTED,
    "digits.cnf": f"p cnf {'9' * NESTED} 1\n",
    "clause.cnf": f"p cnf 1 1\n{'1' * NESTED} 0\n",
    "elements.xml": "<instance>" + "<a>" * NESTED + "</a>" * NESTED + "</instance>",
    "arity.xml": SMALL.replace('arity="2"', f'arity="{"9" * NESTED}"'),
    "encoding.xml": '<?xml version="1.0" encoding="klingon"?><instance/>',
    "entities.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><instance>&b;</instance>",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_deep_or_long_neither_crashes_nor_hangs(tmp_path, name):
    read_or_refuse(tmp_path / name, DEEP[name].encode())


def test_a_text_that_is_no_utf_8_is_refused(tmp_path):
    for ending in READERS:
        path = tmp_path / f"model{ending}"
        path.write_bytes("größe".encode("utf-16"))

        with pytest.raises(DefinitionError, match="is not UTF-8"):
            read_model(path)


def test_models_beyond_the_limits_are_refused_with_their_place(tmp_path, monkeypatch):
    for module in (dimacs, uvl, xcsp3, boolean):
        monkeypatch.setattr(module, "MAX_FEATURES", 3, raising=False)
        monkeypatch.setattr(module, "MAX_RULES", 2, raising=False)
    features = "".join(f"\t\t\tF{at}\n" for at in range(3))
    cases = {
        "many.uvl": (
            f"features\n\tA\n\t\toptional\n{features}",
            "line 6: more than 3 features",
        ),
        "rules.uvl": (
            "features\n\tA\nconstraints\n" + "\tA\n" * 3,
            "line 6: more than 2 constraints",
        ),
        "many.cnf": ("p cnf 4 1\n1 0\n", "line 1: more than 3 variables"),
        "rules.cnf": ("p cnf 1 3\n1 0\n1 0 1 0\n", "line 3: more than 2 clauses"),
        "rules.xml": (XCSP3.replace("0..2", "0..1"), "z: more than 3 variables"),
    }

    for name, (text, message) in cases.items():
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(DefinitionError, match=message):
            read_model(path)


def test_a_million_clauses_are_refused_with_their_line(tmp_path):
    path = tmp_path / "many.cnf.gz"
    path.write_bytes(gzip.compress(b"p cnf 2 1000000\n" + b"1 -2 0\n" * 1_000_000))

    with pytest.raises(DefinitionError, match="line 500002: more than 500000 clauses"):
        read_model(path)
