"""The picture of a product as configured: inline SVG for pages, PNG for the rest.

A release's artwork is one layered SVG. Its elements may carry:

``data-tint="colour"``
    The fill becomes the tint of the option chosen for that characteristic;
    ``data-shade="-12"`` makes it 12 percent darker (positive: lighter).
``data-when="decoration = PRINT"``
    The element shows only while the condition holds.
``data-text="text"``
    The content is the answer, byte for byte; ``data-fit="140"`` makes the type
    smaller until it is at most that wide.
``data-image="artwork"``
    The uploaded picture is placed here: inside the element's own box, as the release's
    print area and the customer say.
``data-area="artwork"``
    A ``<rect>`` without fill over the box, wherever that is seen: there the customer
    takes hold of the picture.

Everything else is plain SVG with literal attributes, so a strict content security
policy holds, and every renderer agrees. The marks stay in the result: the browser
tints by the same rules before the server has answered.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import resvg_py
from django.utils.safestring import SafeString, mark_safe
from reportlab.pdfbase.ttfonts import TTFontFile

from configurator.selectors.conditions import (
    RuleSyntaxError,
    is_condition_true,
    read_condition,
)
from configurator.selectors.print_areas import lay_picture

__all__ = [
    "FONT_FAMILY",
    "FONT_FILES",
    "ArtworkError",
    "Picture",
    "artwork_problems",
    "missing_glyphs",
    "render_preview",
    "render_thumbnail",
    "text_width",
]

FONT_FAMILY = "Bricolage Grotesque"
_FONT_DIR = Path(__file__).resolve().parent / "static" / "site" / "fonts"
FONT_FILES = {
    weight: _FONT_DIR / f"bricolage-grotesque-{weight}.ttf"
    for weight in (400, 600, 800)
}

MAX_ARTWORK_CHARACTERS = 400_000
MAX_ELEMENTS = 5_000
MAX_THUMBNAIL_PX = 2_000
NO_ARTWORK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480"><path
fill="none" stroke="#958d82" stroke-width="6" stroke-linejoin="round" d="M240 128l102
51v122l-102 51-102-51V179zm-102 51l102 51 102-51M240 230v122"/></svg>"""
BOX = ("x", "y", "width", "height")
SVG = "{http://www.w3.org/2000/svg}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
ALLOWED_ELEMENTS = frozenset(
    {
        *("svg", "g", "defs", "title", "desc", "use", "image", "text", "tspan"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
    }
)
_DECLARATION = re.compile(r"<!(?!--)|<\?(?!xml )")
_REFERENCE = re.compile(r"url\(\s*(?!#)", re.IGNORECASE)
_LOCAL = re.compile(r"url\(#([^)]+)\)")
_TINT = re.compile(r"#[0-9a-fA-F]{6}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_IMAGE_HREF = re.compile(r"/(?!/)|data:image/(png|jpeg);base64,|$")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ArtworkError(ValueError):
    """The artwork is not a picture that we show; the message says where."""


class Picture(NamedTuple):
    """A customer's picture: a path on this host, or ``data:`` PNG or JPEG."""

    href: str
    width_px: int
    height_px: int


class _Look(NamedTuple):
    choices: Mapping[str, Any]
    tints: Mapping[str, str]
    images: Mapping[str, Picture]
    quantity: int | None


def render_preview(
    definition: Mapping[str, Any],
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    images: Mapping[str, Picture] | None = None,
    prefix: str = "",
    label: str = "",
) -> SafeString:
    """Draw the artwork of a release as configured.

    Parameters
    ----------
    definition
        The release's definition as stored (release JSON).
    choices
        Answers by characteristic; a characteristic without one shows its default.
    quantity
        For layers whose condition names it.
    images
        The uploaded pictures by FILE characteristic; the answer says where they lie.
    prefix
        Makes ids unique where one page shows a product twice. Default: its code.
    label
        What a screen reader says; without it the picture is decoration.

    Returns
    -------
    SafeString
        One ``<svg>`` element; layers that do not show have ``display="none"``.

    Raises
    ------
    ArtworkError
        If the artwork is refused or a layer's condition cannot be read.
    """
    root = copy.deepcopy(_parse(str(definition.get("artwork") or NO_ARTWORK)))
    look = _look(definition, choices, images or {}, quantity)
    _dress(root, look, 400)
    _place_pictures(root, definition, look)
    _isolate(root, prefix or str(definition.get("product", "")))
    _size(root)
    root.set("xmlns", SVG[1:-1])
    for each in root.iter():  # its prefix is for the whole process, and others set it
        each.tag = each.tag.removeprefix(SVG)
    if label:
        root.set("role", "img")
        root.set("aria-label", _in_xml(label))
    else:
        root.set("aria-hidden", "true")
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308 -- escaped


def render_thumbnail(svg: str, width_px: int) -> bytes:
    """Turn a rendered preview into PNG, as wide as told and transparent behind."""
    if not 1 <= width_px <= MAX_THUMBNAIL_PX:
        message = f"a thumbnail is 1 to {MAX_THUMBNAIL_PX} px wide, not {width_px}"
        raise ArtworkError(message)
    png = resvg_py.svg_to_bytes(
        svg_string=str(svg),
        width=width_px,
        skip_system_fonts=True,
        font_family=FONT_FAMILY,
        font_files=[str(path) for path in FONT_FILES.values()],
    )
    return bytes(png)


def missing_glyphs(text: str) -> tuple[tuple[int, str], ...]:
    """Find the characters that our font cannot print, with their positions from 0."""
    known = _font(400).charToGlyph
    return tuple(
        (position, character)
        for position, character in enumerate(text)
        if ord(character) not in known
    )


def text_width(text: str, *, size: float, weight: int = 400) -> float:
    """Measure a line of text in units of ``size``, without kerning."""
    font = _font(weight)
    widths = (font.charWidths.get(ord(each), font.defaultWidth) for each in text)
    thousandths = sum(widths)
    return float(thousandths) * size / 1000


def artwork_problems(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """List what is wrong with a release's artwork, for the check before publishing."""
    try:
        root = _parse(str(definition.get("artwork") or NO_ARTWORK))
    except ArtworkError as error:
        return (str(error),)
    known = {each["code"] for each in definition.get("characteristics", ())}
    problems = []
    for element in root.iter():
        for mark in ("data-tint", "data-text", "data-image", "data-area"):
            code = element.get(mark)
            if code is not None and code not in known:
                problems.append(f'{mark}="{code}": no such characteristic')
        try:
            read_condition(element.get("data-when") or "quantity")
        except RuleSyntaxError as error:
            problems.append(f'data-when="{element.get("data-when")}": {error}')
    return tuple(problems)


@lru_cache(maxsize=64)
def _parse(artwork: str) -> ET.Element:
    if len(artwork) > MAX_ARTWORK_CHARACTERS:
        size = len(artwork)
        message = f"the artwork has {size} characters, over {MAX_ARTWORK_CHARACTERS}"
        raise ArtworkError(message)
    if _DECLARATION.search(artwork):
        message = (
            "the artwork has a document type, an entity or a processing instruction"
        )
        raise ArtworkError(message)
    try:
        root = ET.fromstring(artwork)  # noqa: S314 -- declarations are refused above
    except ET.ParseError as error:
        message = f"the artwork is not XML: {error}"
        raise ArtworkError(message) from error
    elements = list(root.iter())
    if len(elements) > MAX_ELEMENTS:
        message = f"the artwork has {len(elements)} elements, at most {MAX_ELEMENTS}"
        raise ArtworkError(message)
    for element in elements:
        _admit(element)
    return root


def _admit(element: ET.Element) -> None:
    name = element.tag.removeprefix(SVG)
    if name not in ALLOWED_ELEMENTS:
        message = f"<{name}> has no place in artwork"
        raise ArtworkError(message)
    for key, value in element.attrib.items():
        is_script = key.startswith("on") or key in {"style", "class"}
        is_reference = key.endswith("href") and not value.startswith("#")
        if is_script or is_reference or _REFERENCE.search(value):
            message = f'{key}="{value[:40]}" on <{name}> has no place in artwork'
            raise ArtworkError(message)


def _look(
    definition: Mapping[str, Any],
    choices: Mapping[str, Any],
    images: Mapping[str, Picture],
    quantity: int | None,
) -> _Look:
    answers: dict[str, Any] = {}
    tints: dict[str, str] = {}
    for characteristic in definition.get("characteristics", ()):
        code = characteristic["code"]
        answers[code] = choices.get(code, characteristic.get("default"))
        for option in characteristic.get("options") or ():
            tint = option.get("tint") or ""
            if option["code"] == answers[code] and _TINT.fullmatch(tint):
                tints[code] = tint
    for code, picture in images.items():
        if not _IMAGE_HREF.match(picture.href):
            message = f"the picture of {code!r} is neither on this host nor PNG or JPEG"
            raise ArtworkError(message)
    return _Look(answers, tints, images, quantity)


def _dress(element: ET.Element, look: _Look, weight: int) -> None:
    weight = _weight(element, weight)
    condition = element.get("data-when")
    if condition is not None and not _holds(condition, look):
        element.set("display", "none")
    tint = look.tints.get(element.get("data-tint", ""))
    if tint is not None:
        element.set("fill", shade(tint, int(element.get("data-shade", "0"))))
    if "data-text" in element.attrib:
        _write(element, look.choices.get(element.attrib["data-text"]), weight)
    if "data-image" in element.attrib:
        picture = look.images.get(element.attrib["data-image"])
        element.set("href", picture.href if picture else "")
    for child in element:
        _dress(child, look, weight)


def _place_pictures(
    root: ET.Element, definition: Mapping[str, Any], look: _Look
) -> None:
    for number, element in enumerate(list(root.iter(f"{SVG}image"))):
        code = element.get("data-image", "")
        slot = {key: element.get(key, "0") for key in BOX}
        picture = look.images.get(code)
        if picture is None or not all(map(_NUMBER.fullmatch, slot.values())):
            continue
        box = lay_picture(
            definition,
            code,
            look.choices,
            quantity=look.quantity,
            slot=(slot["width"], slot["height"]),
            picture=(picture.width_px, picture.height_px),
        )
        if box is not None:
            _lay(element, slot, box, number)


def _lay(
    element: ET.Element, slot: dict[str, str], box: tuple[float, ...], number: int
) -> None:
    """Turn a slot into a group: its box cuts off what of the picture lies outside."""
    image = {key: element.attrib.pop(key) for key in ("data-image", "href")}
    for key in (*BOX, "preserveAspectRatio"):
        element.attrib.pop(key, None)
    element.tag = f"{SVG}g"
    element.set("data-slot", image["data-image"])
    clip = ET.SubElement(element, f"{SVG}clipPath", {"id": f"slot-{number}"})
    ET.SubElement(clip, f"{SVG}rect", slot)
    shown = ET.SubElement(element, f"{SVG}g", {"clip-path": f"url(#slot-{number})"})
    corner = (float(slot["x"]), float(slot["y"]), 0, 0)
    sides = zip(BOX, corner, box, strict=True)
    placed = {key: f"{start + side:.3f}" for key, start, side in sides}
    image |= {**placed, "preserveAspectRatio": "none"}
    ET.SubElement(shown, f"{SVG}image", image)


def _weight(element: ET.Element, inherited: int) -> int:
    weight = element.get("font-weight", "")
    return int(weight) if weight.isdecimal() else inherited


def _holds(condition: str, look: _Look) -> bool:
    try:
        return is_condition_true(condition, look.choices, quantity=look.quantity)
    except RuleSyntaxError as error:
        message = f'data-when="{condition}": {error}'
        raise ArtworkError(message) from error


def shade(tint: str, percent: int) -> str:
    """Mix a colour with white (above 0) or black (below), rounded per channel."""
    target, share = (0, -percent) if percent < 0 else (255, percent)
    channels = (int(tint[at : at + 2], 16) for at in (1, 3, 5))
    mixed = ((each * (100 - share) + target * share + 50) // 100 for each in channels)
    return "#" + "".join(f"{each:02x}" for each in mixed)


def _write(element: ET.Element, answer: Any, weight: int) -> None:
    text = "" if answer is None else _in_xml(str(answer))
    element.text = text
    element.set(XML_SPACE, "preserve")
    size = float(element.get("font-size", "16"))
    room = float(element.get("data-fit", "0"))
    width = text_width(text, size=size, weight=weight)
    if 0 < room < width:
        element.set("data-size", f"{size:g}")
        element.set("font-size", f"{size * room / width:.2f}")


def _in_xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def _isolate(root: ET.Element, prefix: str) -> None:
    """Put a prefix before ids and the references to them.

    Two pictures on one page would otherwise paint with each other's gradients, and
    with none at all once the first is hidden.
    """
    named = partial(_LOCAL.sub, lambda found: f"url(#{prefix}-{found[1]})")
    for element in root.iter():
        for key, value in element.attrib.items():
            element.set(key, _renamed(key, value, prefix, named))


def _renamed(key: str, value: str, prefix: str, named: Callable[[str], str]) -> str:
    if key == "id":
        return f"{prefix}-{value}"
    if key.endswith("href") and value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
    return named(value)


def _size(root: ET.Element) -> None:
    *_, width, height = _numbers(root.get("viewBox", "0 0 480 480"))
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")


def _numbers(text: str) -> Iterator[float]:
    return (float(each) for each in text.replace(",", " ").split())


@lru_cache(maxsize=3)
def _font(weight: int) -> TTFontFile:
    nearest = min(FONT_FILES, key=lambda each: (abs(each - weight), each))
    return TTFontFile(str(FONT_FILES[nearest]))
