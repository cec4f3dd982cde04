"""The visual language keeps its promises: small, legible, free of inline code."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings
from django.template.loader import get_template

SITE = Path(settings.BASE_DIR) / "configurator" / "static" / "site"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("_*.html"))
STYLES = sorted((SITE / "css").glob("*.css"))
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
STATES = ("waiting", "ready", "running", "done", "held", "blocked", "cancelled")
TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "accent-wash"),
    ("ink-soft", "paper"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunken"),
    ("accent", "paper"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("on-inverse", "inverse"),
    *((state, f"{state}-wash") for state in STATES),
    *((state, "surface") for state in STATES),
]
PAIR = re.compile(r"--color-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def colours():
    tokens = (SITE / "css" / "tokens.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in PAIR.findall(tokens)}


def contrast(first, second):
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
            for each in channels
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out_from_its_ground(text, ground, theme):
    known = colours()

    assert contrast(known[text][theme], known[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
@pytest.mark.parametrize("line", ["control-line", "focus"])
def test_controls_and_focus_stand_out_from_their_ground(line, ground, theme):
    known = colours()

    assert contrast(known[line][theme], known[ground][theme]) >= 3


def test_scripts_and_styles_stay_in_the_budget():
    files = [*STYLES, *(SITE / "js").glob("*.js"), HTMX]

    assert sum(len(gzip.compress(each.read_bytes(), 9)) for each in files) <= 60_000


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_need_no_force(path):
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    css = re.sub(r"\"[^\"]*\"", "", css)  # what is quoted names no element
    selectors = re.findall(r"(?m)^\s*([^{}@;]+)\{", css)

    assert "!important" not in css
    assert [each for each in selectors if re.search(r"#[a-zA-Z]", each)] == []


# A mail carries its style with it: no reader of mails fetches a sheet.
PAGES = [
    each for each in sorted(TEMPLATES.rglob("*.html")) if each.parent.name != "mail"
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_templates_carry_no_inline_style_or_script(path):
    html = path.read_text(encoding="utf-8")

    assert re.findall(r"\s(style|on[a-z]+)=[\"']", html) == []
    # What search engines read is no script, and carries the nonce all the same.
    html = html.replace('<script type="application/ld+json" nonce=', "")
    assert re.findall(r"<style|<script(?![^>]*\bsrc=)", html) == []


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_each_component_says_what_it_takes(path):
    source = path.read_text(encoding="utf-8")

    get_template(f"components/{path.name}")
    assert re.match(r"(\{% load [a-z0-9_ ]+ %\})?\{% comment %\}\n", source)


def test_each_icon_in_a_component_exists():
    icons = (SITE / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([a-z]+)"', icons))
    used = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(
            r'_icon\.html" with name="([a-z]+)"', path.read_text(encoding="utf-8")
        )
    }

    assert used - known == set()


def test_what_scrolls_sideways_is_reached_by_keyboard_and_has_a_name():
    wraps = [
        tag
        for path in PAGES
        for tag in re.findall(
            r'<div class="table-wrap"[^>]*>', path.read_text(encoding="utf-8")
        )
    ]

    assert len(wraps) > 10
    for tag in wraps:
        assert 'role="region"' in tag
        assert 'tabindex="0"' in tag
        assert "aria-label" in tag
