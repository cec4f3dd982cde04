"""The demo range: every definition can be sold, made and told apart."""

import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.formats.release_json import read_release
from configurator.engine.manufacture import resolve
from configurator.engine.model import Definition, Kind
from configurator.engine.pricing import price
from configurator.engine.rules import names_of, parse
from configurator.selectors.print_areas import area_problems
from configurator.selectors.texts import text_rule_problems
from configurator.services.examination import lowest_price
from production import demo
from tests.production.demo.walks import (
    Point,
    broken_rules,
    default_point,
    routings_of,
    walk,
)

FOLDER = Path(demo.__file__).parent
SLUGS = [
    *("t-shirt", "sneaker", "car", "cookies", "muffins", "croissants", "flyers"),
    *("beer", "juice-apple", "juice-orange", "juice-grape", "juice-mixed"),
    *("suit", "suit-alteration", "table", "logo", "app-edition"),
]
# How many numbers each command of a path takes.
N_NUMBERS = dict(zip("MLHVCSQTAZ", (2, 2, 1, 1, 6, 4, 4, 2, 7, 0), strict=True))
WITH_RULES = [slug for slug in SLUGS if not slug.startswith("juice")]


@cache
def document(slug: str) -> dict[str, Any]:
    path = FOLDER / "products" / f"{slug}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def definition(slug: str) -> Definition:
    return read_release(document(slug))


@cache
def walked(slug: str) -> list[tuple[Point, bool]]:
    return list(walk(definition(slug), seed=7, n=6_000))


def valid_points(slug: str) -> list[Point]:
    return [point for point, valid in walked(slug) if valid]


def test_every_product_of_the_range_has_one_definition() -> None:
    found = {path.stem for path in (FOLDER / "products").glob("*.json")}

    assert found == set(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_definition_is_told_in_english_and_german(slug: str) -> None:
    labels = [
        found
        for found in _objects(document(slug))
        if set(found) & {"en", "de"} and all(isinstance(v, str) for v in found.values())
    ]

    assert labels
    assert [found for found in labels if set(found) != {"en", "de"}] == []
    assert [found for found in labels if not all(found.values())] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_the_default_can_be_ordered_priced_and_made(slug: str) -> None:
    product = definition(slug)
    point = default_point(product)

    assert broken_rules(product, point) == []
    answered = {each.code for each in product.characteristics if each.required}
    assert answered <= point.choices.keys()
    assert price(product, point.choices, quantity=point.quantity).total_minor > 0
    assert resolve(product, point.choices, quantity=point.quantity).steps != ()


@pytest.mark.parametrize("slug", WITH_RULES)
def test_every_option_is_part_of_some_valid_configuration(slug: str) -> None:
    product = definition(slug)
    wanted = {
        (each.code, option.code)
        for each in product.characteristics
        for option in each.options
    }
    wanted |= {
        (each.code, "given")
        for each in product.characteristics
        if each.kind in (Kind.TEXT, Kind.FILE)
    }

    found = {pair for point in valid_points(slug) for pair in _pairs(product, point)}

    assert wanted - found == set()


@pytest.mark.parametrize("slug", WITH_RULES)
def test_each_rule_is_the_only_one_that_some_configuration_breaks(slug: str) -> None:
    product = definition(slug)

    alone = {
        broken[0]
        for point, valid in walked(slug)
        if not valid and len(broken := broken_rules(product, point)) == 1
    }

    assert alone == {rule.code for rule in product.rules}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_valid_configuration_has_one_routing_and_a_price(slug: str) -> None:
    product = definition(slug)
    for point in valid_points(slug) or [default_point(product)]:
        assert len(routings_of(product, point)) == 1, point
        assert price(product, point.choices, quantity=point.quantity).total_minor > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_every_routing_and_step_is_taken_by_some_configuration(slug: str) -> None:
    product = definition(slug)
    missing = {
        (routing.code, step.code)
        for routing in product.routings
        for step in routing.steps
    }
    points = iter(valid_points(slug) or [default_point(product)])
    while missing and (point := next(points, None)):
        made = resolve(product, point.choices, quantity=point.quantity)
        missing -= {(made.routing_code, step.code) for step in made.steps}

    assert missing == set()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_rule_gives_its_reason_and_collection_is_always_offered(slug: str) -> None:
    found = document(slug)

    assert [rule["code"] for rule in found["rules"] if not rule["reason"]] == []
    assert "COLLECTION" in found["deliveries"]


@pytest.mark.parametrize("slug", SLUGS)
def test_each_personal_text_says_how_it_is_made(slug: str) -> None:
    extra = document(slug).get("extra", {})
    ruled = {rule["of"] for rule in extra.get("text_rules", ())}
    texts = {
        each.code for each in definition(slug).characteristics if each.kind is Kind.TEXT
    }

    assert texts - ruled <= {"brief"}
    assert text_rule_problems(document(slug)) == ()
    assert area_problems(document(slug)) == ()


@pytest.mark.parametrize("slug", SLUGS)
def test_the_artwork_shows_only_what_can_be_chosen(slug: str) -> None:
    known = definition(slug).by_code
    path = FOLDER / "artwork" / document(slug)["artwork"]
    drawing = path.read_text(encoding="utf-8")

    shown = set(re.findall(r'data-(?:tint|text|image)="([^"]+)"', drawing))
    for condition in re.findall(r'data-when="([^"]+)"', drawing):
        shown |= names_of(parse(unescape(condition)))
    assert shown <= known.keys()


@pytest.mark.parametrize("slug", SLUGS)
def test_the_artwork_has_all_numbers_that_its_paths_need(slug: str) -> None:
    """A browser leaves out a path that lacks one, and complains."""
    path = FOLDER / "artwork" / document(slug)["artwork"]
    for drawn in re.findall(r'\sd="([^"]+)"', path.read_text(encoding="utf-8")):
        for command, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", drawn):
            n_numbers = len(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers))
            n_needed = N_NUMBERS[command.upper()]
            is_whole = n_numbers % n_needed == 0 if n_needed else n_numbers == 0
            assert is_whole, f"{command}{numbers} of {drawn}"


def test_a_shirt_has_exactly_one_blank_in_each_valid_configuration() -> None:
    product = definition("t-shirt")

    for point in valid_points("t-shirt"):
        made = resolve(product, point.choices, quantity=point.quantity)
        blanks = [m for m in made.materials if m.material.startswith("TEE-")]
        assert [blank.total for blank in blanks] == [point.quantity]


@pytest.mark.parametrize(
    ("slug", "changes", "quantity", "total"),
    [
        ("table", {}, 1, 139600),
        ("table", {"thickness": "T40"}, 1, 145080 + 28000),
        ("flyers", {"size": "A6"}, 250, 1900),
        ("flyers", {"size": "A4", "fold": "TRI"}, 1000, 8500 + 900 + 1000),
        ("flyers", {"size": "A6", "speed": "EXPRESS"}, 500, 3360),
        ("t-shirt", {}, 1, 2500),
        ("t-shirt", {"decoration": "SCREEN"}, 24, 24 * 2150 * 88 // 100 + 4 * 1800),
        ("cookies", {"icing": "COLOUR", "text": "HI"}, 2, 24 * (160 + 20 + 60 + 10)),
        ("muffins", {}, 1, 4 * 265),
        ("croissants", {"state": "FROZEN"}, 30, 30 * 130),
        ("beer", {"label": "TEXT", "cap": "GOLD"}, 5, 5 * (4400 + 20 * 25)),
        ("sneaker", {"stitching": "MATCH", "monogram": "AB"}, 1, 12800),
        ("juice-mixed", {}, 1, 1540),
        ("suit", {"cloth": "TWEED", "pieces": "P3"}, 1, 189000),
        ("suit-alteration", {"garment": "SUIT"}, 1, 9800),
        ("logo", {"package": "FULL", "concepts": 3, "revisions": 3}, 1, 214000),
        ("app-edition", {}, 1, 2900 + (1900 + 1500) * 45 // 10),
    ],
)
def test_prices_are_those_of_the_price_list(
    slug: str, changes: dict[str, Any], quantity: int, total: int
) -> None:
    product = definition(slug)
    choices = default_point(product).choices | changes

    assert broken_rules(product, Point(choices, quantity)) == []
    assert price(product, choices, quantity=quantity).total_minor == total


@pytest.mark.parametrize(("slug", "hours"), [("suit", 29.25), ("table", 12.75)])
def test_the_work_of_the_bespoke_default_adds_up(slug: str, hours: float) -> None:
    product = definition(slug)
    made = resolve(product, default_point(product).choices, quantity=1)

    work_ms = sum(step.run_ms for step in made.steps if step.crew)

    assert work_ms == hours * 3_600_000


def test_a_table_has_a_price_to_start_from_that_of_the_smallest() -> None:
    table = definition("table")

    found = lowest_price(table, compile_definition(table))

    # 1.2 by 0.7 m of ash on wooden legs.
    assert found == 84 * 58_000 // 100 + 28_000


def test_the_timber_of_a_table_follows_its_area() -> None:
    product = definition("table")
    choices = default_point(product).choices | {"legs": "STEEL"}

    made = resolve(product, choices, quantity=2)

    timber = [m for m in made.materials if m.material == "TIMBER-OAK"]
    assert [need.total for need in timber] == [2 * 65_610]


def _pairs(product: Definition, point: Point) -> Iterator[tuple[str, str]]:
    for code, value in point.choices.items():
        if product.by_code[code].kind in (Kind.TEXT, Kind.FILE):
            yield code, "given"
        elif isinstance(value, list):
            yield from ((code, each) for each in value)
        else:
            yield code, str(value)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
