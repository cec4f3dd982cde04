"""The browser's first answer to a click equals the server's."""

import itertools
from pathlib import Path

import pytest
from django.conf import settings

from configurator.documents import shade
from configurator.selectors.conditions import is_condition_true

MODULE = (
    Path(settings.BASE_DIR)
    / "configurator"
    / "static"
    / "site"
    / "js"
    / "lot-preview.js"
)
CONDITIONS = [
    "colour = NAVY",
    "colour != NAVY",
    'colour = "NAVY"',
    "colour in {NAVY, RED}",
    "colour not in {NAVY, RED}",
    "!(colour in {NAVY, RED})",
    "text",
    "!text",
    "files has PDF",
    "files",
    "length_mm > 2000",
    "length_mm <= 2000 & colour = RED",
    "colour = RED | text & !files",
    "(colour = RED | text) & !files",
    "size in {2XL, 3XL}",
]
CHOICES = [
    {"colour": colour, "text": text, "files": files, "length_mm": length, "size": "2XL"}
    for colour, text, files, length in itertools.product(
        ["NAVY", "GREY"], ["", "Ada"], [[], ["PDF", "SVG"]], [1999, 2000, 2001]
    )
]


@pytest.fixture
def module_page(browser):
    """A tab with the module's functions on ``window``."""
    page = browser.new_page()
    page.goto("about:blank")
    page.evaluate(
        """async (source) => {
          const file = new Blob([source], {type: "text/javascript"});
          Object.assign(window, await import(URL.createObjectURL(file)));
        }""",
        MODULE.read_text(encoding="utf-8"),
    )
    yield page
    page.close()


def as_form(choices):
    """A form knows text only; a list stays a list."""
    return {
        code: value if isinstance(value, list) else str(value)
        for code, value in choices.items()
    }


def test_conditions_of_layers_mean_the_same_in_the_browser(module_page):
    pairs = [
        [text, as_form(choices)]
        for text, choices in itertools.product(CONDITIONS, CHOICES)
    ]

    answers = module_page.evaluate(
        "(pairs) => pairs.map((pair) => new Condition(...pair).holds())",
        pairs,
    )

    assert answers == [
        is_condition_true(text, choices)
        for text, choices in itertools.product(CONDITIONS, CHOICES)
    ]


def test_a_condition_beyond_the_browser_is_left_to_the_server(module_page):
    script = """(text) => {
      try { return new Condition(text, {colour: "RED"}).holds(); }
      catch { return "left"; }
    }"""

    answers = [
        module_page.evaluate(script, text)
        for text in ("colour = RED => text", "[1..2]{colour = RED, text}")
    ]

    assert answers == ["left", "left"]


def test_shades_are_the_same_in_the_browser(module_page):
    pairs: list[tuple[str, int]] = [
        (tint, percent)
        for tint in ("#20304f", "#ffffff", "#000000", "#c8b89a", "#7f8081")
        for percent in range(-100, 101, 7)
    ]

    answers = module_page.evaluate(
        "(pairs) => pairs.map((pair) => shaded(...pair))", pairs
    )

    assert answers == [shade(tint, percent) for tint, percent in pairs]
