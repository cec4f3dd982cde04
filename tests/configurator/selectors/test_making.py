"""How things are made, worked out once for all configurations that agree."""

import random
from typing import Any

import pytest

from configurator.engine.manufacture import resolve
from configurator.models import CatalogueRelease
from configurator.selectors.making import get_conditions, map_making
from production.selectors.demo import read_products
from tests.factories.production import SHIRT, publish

pytestmark = pytest.mark.django_db
PRODUCTS = {document["product"]: document for document in read_products()}


def making_of(document: dict[str, Any]) -> Any:
    release = publish(document)
    return map_making(release_ids=[release.id])[release.id]


def answers(rng: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    """Answer every question somehow; no rule is asked."""
    found: dict[str, Any] = {}
    for each in document["characteristics"]:
        code = each["code"]
        if each["kind"] == "CHOICE":
            found[code] = rng.choice(each["options"])["code"]
        elif each["kind"] == "MULTI":
            found[code] = [o["code"] for o in each["options"] if rng.random() < 0.5]
        elif each["kind"] == "NUMBER":
            found[code] = rng.randrange(each["min"], each["max"] + 1, each["step"])
        elif each["kind"] == "TEXT" and rng.random() < 0.5:
            found[code] = rng.choice(["A", "B", "Long text"])
    return found


@pytest.mark.parametrize("slug", PRODUCTS)
def test_it_agrees_with_resolving_each_configuration_by_itself(slug):
    document = PRODUCTS[slug]
    making = making_of(document)
    rng = random.Random(slug)  # noqa: S311 -- a test
    applies = [routing for routing in document["routings"] if not routing.get("when")]

    for _ in range(60):
        choices, quantity = answers(rng, document), rng.choice([1, 7, 24, 500])
        try:
            whole = resolve(making.definition, choices, quantity=quantity)
        except ValueError:
            assert not applies
            continue
        _key, steps = making.resolve_steps(choices, quantity)
        _key, needs = making.list_materials(choices, quantity)

        assert (steps.routing_code, steps.steps) == (whole.routing_code, whole.steps)
        assert steps.pieces_per_unit == whole.pieces_per_unit
        assert [(n.material, n.quantity, n.basis, n.scrap_bp) for n in needs] == [
            (n.material, n.quantity, n.basis, n.scrap_bp) for n in whole.materials
        ]


def test_a_text_counts_by_its_presence_where_nothing_reads_it():
    making = making_of(SHIRT)

    keys = {
        making.resolve_steps({"colour": "NAVY", **text}, 1)[0]
        for text in ({}, {"text": "one"}, {"text": "two"})
    }

    assert len(keys) == 2


def test_a_text_that_a_step_takes_over_counts_in_full():
    step = {
        "code": "ENGRAVE",
        "work_centre": "FL",
        "basis": "UNIT",
        "run_ms": 1,
        "attributes": {"words": {"of": "text"}},
    }
    routing = {**SHIRT["routings"][0], "when": None, "steps": [step]}
    making = making_of({**SHIRT, "routings": [routing]})

    steps = [
        making.resolve_steps({"colour": "NAVY", "text": text}, 1)[1].steps[0]
        for text in ("one", "two")
    ]

    assert [each.attributes for each in steps] == [{"words": "one"}, {"words": "two"}]


def test_many_releases_take_one_query(django_assert_num_queries):
    ids = _published(3)
    map_making(release_ids=ids)

    with django_assert_num_queries(1):
        assert set(map_making(release_ids=ids)) == set(ids)


def _published(n: int) -> list[int]:
    for number in range(n):
        publish(SHIRT, product=f"shirt-{number}")
    return list(CatalogueRelease.objects.values_list("id", flat=True))


def test_a_condition_that_cannot_be_read_never_holds():
    conditions = get_conditions(
        texts=(("GOOD", "colour = NAVY"), ("BAD", "colour = = NAVY"))
    )

    assert conditions.holding({"colour": "NAVY"}, 1) == {"GOOD": 1}
    assert conditions.holding({"colour": "WHITE"}, 1) == {"GOOD": 0}
