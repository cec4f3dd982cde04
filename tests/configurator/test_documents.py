"""The renderer of previews: tints, layers, texts, pictures, and what it refuses."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from PIL import Image

from configurator.documents import (
    FONT_FAMILY,
    FONT_FILES,
    MAX_ELEMENTS,
    ArtworkError,
    Picture,
    artwork_problems,
    missing_glyphs,
    render_preview,
    render_thumbnail,
    shade,
    text_width,
)

DEMO = Path(settings.BASE_DIR) / "production" / "demo"
PRODUCTS = sorted((DEMO / "products").glob("*.json"))
SVG = "{http://www.w3.org/2000/svg}"


def definition(body, **attributes):
    """A release with a colour, a text, a picture and some artwork."""
    options = [
        {"code": "WHITE", "tint": "#ffffff"},
        {"code": "NAVY", "tint": "#20304f"},
        {"code": "PLAIN"},
    ]
    return {
        "product": "shirt",
        "characteristics": [
            {"code": "colour", "default": "WHITE", "options": options},
            {"code": "text", "kind": "TEXT", "default": ""},
            {"code": "artwork", "kind": "FILE", "default": None},
        ],
        "artwork": f'<svg xmlns="{SVG[1:-1]}" viewBox="0 0 480 480">{body}</svg>',
        **attributes,
    }


def tree(svg):
    return ET.fromstring(svg)  # noqa: S314 -- our own output


def parts(body, choices, **options):
    svg = render_preview(definition(body), choices, **options)
    return list(tree(svg))


def test_a_picture_is_plain_svg_whatever_prefix_another_library_has_registered():
    ET.register_namespace("svg", SVG[1:-1])

    drawn = render_preview(definition('<path d="M0 0h9"/>'), {})

    assert drawn.startswith("<svg ")
    assert f'xmlns="{SVG[1:-1]}"' in drawn
    assert '<path d="M0 0h9" />' in drawn


def test_a_part_takes_the_tint_of_the_chosen_option():
    (part,) = parts('<path data-tint="colour" fill="#000000"/>', {"colour": "NAVY"})

    assert part.get("fill") == "#20304f"


def test_a_part_takes_the_tint_of_the_default_before_a_choice():
    (part,) = parts('<path data-tint="colour" fill="#000000"/>', {})

    assert part.get("fill") == "#ffffff"


def test_a_part_keeps_its_own_fill_where_the_option_has_no_tint():
    (part,) = parts('<path data-tint="colour" fill="#123456"/>', {"colour": "PLAIN"})

    assert part.get("fill") == "#123456"


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (0, "#20304f"),
        (-100, "#000000"),
        (100, "#ffffff"),
        (-50, "#101828"),
        (12, "#3b4964"),
    ],
)
def test_a_shade_mixes_with_black_or_white(percent, expected):
    assert shade("#20304f", percent) == expected


def test_layers_that_do_not_hold_stay_but_are_not_shown():
    body = '<g data-when="colour = NAVY"/><g data-when="colour in {WHITE, PLAIN}"/>'

    navy, other = parts(body, {"colour": "NAVY"})

    assert (navy.get("display"), other.get("display")) == (None, "none")


def test_a_layer_may_name_the_quantity():
    few, many = parts(
        '<g data-when="quantity &lt; 24"/><g data-when="quantity &gt;= 24"/>',
        {},
        quantity=24,
    )

    assert (few.get("display"), many.get("display")) == ("none", None)


@pytest.mark.parametrize("text", ["Ada  Lovelace", " <b>&\"'</b> ", "Łódź №7 · ½", ""])
def test_a_text_slot_holds_the_answer_byte_for_byte(text):
    (slot,) = parts('<text data-text="text">old</text>', {"text": text})

    assert (slot.text or "") == text
    assert slot.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"


def test_a_character_that_xml_forbids_shows_as_a_replacement():
    (slot,) = parts('<text data-text="text"/>', {"text": "a\x00b"})

    assert slot.text == "a\ufffdb"


def test_long_text_gets_smaller_until_it_fits():
    body = '<text data-text="text" data-fit="100" font-size="40" font-weight="800"/>'
    text = "A text that is too long"

    (slot,) = parts(body, {"text": text})

    size = float(slot.get("font-size"))
    assert size < 40
    assert text_width(text, size=size, weight=800) == pytest.approx(100, abs=0.5)


def test_short_text_keeps_its_size():
    body = '<text data-text="text" data-fit="100" font-size="40"/>'

    (slot,) = parts(body, {"text": "Hi"})

    assert slot.get("font-size") == "40"


def test_the_weight_of_a_text_may_come_from_its_group():
    body = (
        '<g font-weight="800"><text data-text="text" data-fit="60" font-size="40"/></g>'
    )

    (group,) = parts(body, {"text": "WIDE LETTERS"})

    size = float(group[0].get("font-size"))
    assert text_width("WIDE LETTERS", size=size, weight=800) == pytest.approx(
        60, abs=0.5
    )


def test_an_uploaded_picture_is_placed():
    picture = Picture("/media/a", 40, 20)
    (slot,) = parts('<image data-image="artwork"/>', {}, images={"artwork": picture})

    assert slot.get("href") == "/media/a"


@pytest.mark.parametrize(
    "href",
    [
        "//elsewhere/a",
        "javascript:alert(1)",
        "data:image/svg+xml;base64,AA",
        "file:///a",
    ],
)
def test_a_picture_from_elsewhere_is_refused(href):
    picture = Picture(href, 40, 20)

    with pytest.raises(ArtworkError, match="artwork"):
        parts('<image data-image="artwork"/>', {}, images={"artwork": picture})


def test_ids_are_made_unique_and_references_follow():
    body = '<clipPath id="a"/><g clip-path="url(#a)"/><use href="#a"/>'

    clip, group, use = parts(body, {}, prefix="line-7")

    assert clip.get("id") == "line-7-a"
    assert group.get("clip-path") == "url(#line-7-a)"
    assert use.get("href") == "#line-7-a"


def test_a_preview_says_its_label_or_is_decoration():
    named = tree(render_preview(definition(""), {}, label='A "shirt"'))
    silent = tree(render_preview(definition(""), {}))

    assert (named.get("role"), named.get("aria-label")) == ("img", 'A "shirt"')
    assert silent.get("aria-hidden") == "true"


def test_one_preview_does_not_change_the_next():
    body = '<path data-tint="colour" fill="#000000"/><g data-when="colour = NAVY"/>'

    before = render_preview(definition(body), {"colour": "WHITE"})
    render_preview(definition(body), {"colour": "NAVY"})

    assert render_preview(definition(body), {"colour": "WHITE"}) == before


@pytest.mark.parametrize(
    "artwork",
    [
        "<svg",
        "plain text",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        "<svg><script>alert(1)</script></svg>",
        "<svg><foreignObject/></svg>",
        '<svg><path onclick="alert(1)"/></svg>',
        '<svg><path style="fill:red"/></svg>',
        '<svg><image href="https://example.org/a.png"/></svg>',
        '<svg><path fill="url(https://example.org/a)"/></svg>',
        "<?xml-stylesheet href='a.css'?><svg/>",
        "<svg>" + "<g/>" * MAX_ELEMENTS + "</svg>",
        "<svg>" + " " * 400_001 + "</svg>",
    ],
)
def test_artwork_that_is_more_than_a_picture_is_refused(artwork):
    with pytest.raises(ArtworkError):
        render_preview({"product": "a", "artwork": artwork}, {})


def test_problems_name_unknown_characteristics_and_unreadable_conditions():
    body = '<path data-tint="size"/><g data-when="colour ="/><text data-text="text"/>'

    problems = artwork_problems(definition(body))

    assert len(problems) == 2
    assert problems[0] == 'data-tint="size": no such characteristic'
    assert problems[1].startswith('data-when="colour ="')


def test_a_release_without_artwork_has_an_empty_picture():
    assert artwork_problems({"product": "a", "characteristics": []}) == ()
    assert render_preview({"product": "a"}, {}).startswith("<svg")


def test_missing_glyphs_are_found_with_their_positions():
    assert missing_glyphs("Łódź") == ()
    assert missing_glyphs("a☃b") == ((1, "☃"),)


def test_the_same_font_file_family_serves_pages_and_pictures():
    for weight, path in FONT_FILES.items():
        assert path.is_file()
        assert path.with_suffix(".woff2").stat().st_size <= 60_000, weight
    css = (FONT_FILES[400].parents[1] / "css" / "base.css").read_text(encoding="utf-8")
    assert FONT_FAMILY in css


def test_a_thumbnail_is_a_png_as_wide_as_told_and_draws_its_text():
    body = '<text data-text="text" x="40" y="240" font-size="90" fill="#000000"/>'
    body = body.replace("<text", f'<text font-family="{FONT_FAMILY}"')
    blank = render_thumbnail(render_preview(definition(body), {}), 96)

    written = render_thumbnail(render_preview(definition(body), {"text": "Ada"}), 96)

    with Image.open(io.BytesIO(written)) as image:
        assert (image.format, image.size) == ("PNG", (96, 96))
    assert written != blank


@pytest.mark.parametrize("width_px", [0, -1, 2001])
def test_a_thumbnail_of_no_or_giant_width_is_refused(width_px):
    with pytest.raises(ArtworkError, match=str(width_px)):
        render_thumbnail("<svg/>", width_px)


def demo_definition(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    name = document["artwork"]
    document["artwork"] = (DEMO / "artwork" / name).read_text(encoding="utf-8")
    return document


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_the_picture_of_each_demo_product_follows_its_choices(path):
    document = demo_definition(path)
    plain = render_preview(document, {})

    assert artwork_problems(document) == ()
    assert 'style="' not in plain
    for characteristic in document["characteristics"]:
        for option in characteristic.get("options") or ():
            choice = option["code"]
            if characteristic["kind"] == "MULTI":
                choice = [choice]
            drawn = render_preview(document, {characteristic["code"]: choice})
            assert tree(drawn).tag == f"{SVG}svg"


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_each_demo_product_has_a_thumbnail(path):
    svg = render_preview(demo_definition(path), {})

    with Image.open(io.BytesIO(render_thumbnail(svg, 96))) as image:
        extrema = image.convert("RGBA").getchannel("A").getextrema()

    assert image.width == 96
    assert extrema == (0, 255)
