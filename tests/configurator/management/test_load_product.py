"""A product that is kept as a document comes into the catalogue by one command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from configurator.models import CatalogueRelease
from configurator.states import ReleaseState

DEMO = Path(__file__).resolve().parents[3] / "production" / "demo"
MUFFINS = DEMO / "products" / "muffins.json"
DRAWING = ("--artwork", DEMO / "artwork" / "muffins.svg")
pytestmark = pytest.mark.django_db


def load(*words) -> str:
    out = StringIO()
    call_command("load_product", *map(str, words), stdout=out)
    return out.getvalue()


def test_a_document_becomes_a_draft():
    load(MUFFINS)

    release = CatalogueRelease.objects.get()
    assert (release.product.slug, release.state) == ("muffins", ReleaseState.DRAFT)


def test_told_to_it_goes_on_sale_with_its_drawing():
    said = load(MUFFINS, *DRAWING, "--publish")

    release = CatalogueRelease.objects.get()
    assert release.state == ReleaseState.ACTIVE
    assert release.definition is not None
    assert "<svg" in release.definition["artwork"]
    assert said.splitlines()[-1].endswith("is on sale.")


def test_loaded_again_it_is_the_next_release_with_the_drawing_that_it_names():
    load(MUFFINS, *DRAWING, "--publish")

    load(MUFFINS, "--publish")

    first, second = CatalogueRelease.objects.order_by("id")
    assert first.definition is not None
    assert second.definition is not None
    assert second.definition["artwork"] == first.definition["artwork"]
    assert (first.number, first.state) == (1, "SUPERSEDED")
    assert (second.number, second.state) == (2, "ACTIVE")


def test_what_contradicts_itself_stays_a_draft(tmp_path):
    document = json.loads(MUFFINS.read_text())
    for code, text in (("X1", "size = MINI"), ("X2", "size = STANDARD")):
        rule = {"code": code, "text": text, "reason": {"en": "so"}}
        document["rules"].append(rule)
    path = tmp_path / "void.json"
    path.write_text(json.dumps(document))

    with pytest.raises(CommandError, match="X1, X2 contradict each other"):
        load(path, *DRAWING, "--publish")

    assert CatalogueRelease.objects.get().state == ReleaseState.DRAFT


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("size = MINI &", r"rules\[\d+\].text: line 1, column 14: expected a name"),
        ("size = TINY", r"rules\[\d+\].text: line 1, column 8: 'size' has no option"),
        ("table(size, size)", r"rules\[\d+\].text: line 1, column 18: expected ':'"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, rule, message):
    document = json.loads(MUFFINS.read_text())
    document["rules"].append({"code": "X1", "text": rule})
    path = tmp_path / "faulty.json"
    path.write_text(json.dumps(document))

    with pytest.raises(CommandError, match=message):
        load(path)


def test_who_publishes_hears_that_a_solver_will_answer(settings):
    settings.COMPILE_SECONDS = 0

    said = load(MUFFINS, *DRAWING, "--publish")

    assert "warning: The diagram is over its budget" in said


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"product": "x"}', b"[" * 100_000]
)
def test_what_is_no_product_makes_nothing(tmp_path, content):
    path = tmp_path / "product.json"
    path.write_bytes(content)

    with pytest.raises(CommandError):
        load(path)

    assert not CatalogueRelease.objects.exists()
