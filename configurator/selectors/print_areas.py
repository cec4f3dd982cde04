"""Print areas: where a customer's picture may lie, and how finely it prints there.

A release may hold them: ``{"extra": {"print_areas": [{"of": "artwork", "when":
"place = POCKET", "width_mm": 90, "height_mm": 90, "fit": "INSIDE"}]}}``. The first
whose condition holds counts; ``fit`` is INSIDE where it is not said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.placement import (
    CENTRED,
    Fit,
    Placement,
    PlacementError,
    PrintArea,
    corner_mm,
    largest_size,
    lay,
    name_of,
    printed_dpi,
    printed_mm,
    read_file,
    write_file,
)
from configurator.models import Upload
from configurator.selectors.conditions import is_condition_true
from configurator.selectors.errors import Problem
from configurator.selectors.extras import extra_problems, list_extra
from configurator.selectors.uploads import map_uploads

__all__ = [
    "Placed",
    "area_problems",
    "check_placement",
    "describe_print",
    "find_area",
    "find_placed",
    "find_placings",
    "lay_picture",
    "name_of",
    "name_placement",
]

PRINT_AREAS = "print_areas"


@dataclass(frozen=True, slots=True)
class Placed:
    """A customer's picture in its print area."""

    token: str
    placement: Placement
    area: PrintArea
    picture: tuple[int, int]
    min_dpi: int

    @property
    def dpi(self) -> int:
        return printed_dpi(self.placement, area=self.area, picture=self.picture)

    @property
    def sides_mm(self) -> tuple[int, int]:
        return printed_mm(self.placement, area=self.area, picture=self.picture)

    @property
    def corner_mm(self) -> tuple[int, int]:
        """How far its left upper corner is from that of the area."""
        return corner_mm(self.placement, area=self.area, picture=self.picture)

    @property
    def is_cover(self) -> bool:
        return self.area.fit is Fit.COVER

    @property
    def is_centred(self) -> bool:
        return (self.placement.x, self.placement.y) == (CENTRED.x, CENTRED.y)

    @property
    def is_coarse(self) -> bool:
        return self.dpi < self.min_dpi

    @property
    def sharp_size(self) -> int:
        """The largest size that still prints sharp, 0 where none does."""
        least, most = self.area.sizes
        if not self.min_dpi:
            return most
        found = largest_size(self.min_dpi, area=self.area, picture=self.picture)
        return found if found >= least else 0

    @property
    def answer(self) -> str:
        """The answer that places the picture so."""
        return write_file(self.token, self.placement)

    def moved(self, x: int, y: int) -> "Placed":
        return replace(self, placement=replace(self.placement, x=x, y=y))

    def resized(self, size: int) -> "Placed":
        return replace(self, placement=replace(self.placement, size=size))


def find_area(
    document: Mapping[str, Any],
    code: str,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
) -> PrintArea | None:
    """Give the area in which a picture lies with these choices, if it is placed."""
    for each in list_extra(document, PRINT_AREAS):
        when = each.get("when")
        if each["of"] == code and (
            not when or is_condition_true(when, choices, quantity=quantity)
        ):
            return _area(each)
    return None


def find_placed(
    definition: Definition,
    each: Characteristic,
    choices: Mapping[str, Any],
    upload: Upload | None,
    *,
    quantity: int | None = None,
) -> Placed | None:
    """Give a picture in its area; none without a picture, an area or a place."""
    area = find_area(definition.document or {}, each.code, choices, quantity=quantity)
    if upload is None or area is None:
        return None
    try:
        token, placement = read_file(str(choices[each.code]))
    except PlacementError:
        return None
    picture = (upload.width_px, upload.height_px)
    return Placed(token, placement, area, picture, each.min_dpi or 0)


def find_placings(
    definition: Definition, choices: Mapping[str, Any], *, quantity: int
) -> dict[str, Placed]:
    """Give the pictures that lie in an area, by characteristic.

    One query where there are pictures at all.
    """
    given = [
        each
        for each in definition.characteristics
        if each.kind is Kind.FILE and isinstance(choices.get(each.code), str)
    ]
    uploads = map_uploads(tokens=[name_of(choices[each.code]) for each in given])
    placings = {}
    for each in given:
        upload = uploads.get(name_of(choices[each.code]))
        placed = find_placed(definition, each, choices, upload, quantity=quantity)
        if placed is not None:
            placings[each.code] = placed
    return placings


def check_placement(placed: Placed, field: str) -> list[Problem]:
    """Say why a picture cannot lie where it does, or would print coarsely there."""
    least, most = placed.area.sizes
    if not least <= placed.placement.size <= most:
        text = _("A picture may have from %(least)s to %(most)s %% of its size here.")
        words = {"least": least, "most": most}
        return [Problem("placement", text % words, field)]
    if not placed.is_coarse:
        return []
    text = _(
        "Printed %(width)s mm wide, your picture has %(dpi)s dots per inch and would "
        "look blurred; %(needed)s are needed."
    )
    if placed.sharp_size:
        advice = _("Make it smaller, or choose one with more pixels.")
    else:
        advice = _("Choose one with more pixels.")
    words = {
        "width": placed.sides_mm[0],
        "dpi": placed.dpi,
        "needed": placed.min_dpi,
    }
    return [Problem("resolution", f"{text % words} {advice}", field)]


def lay_picture(
    document: Mapping[str, Any],
    code: str,
    choices: Mapping[str, Any],
    *,
    quantity: int | None,
    slot: tuple[str, str],
    picture: tuple[int, int],
) -> tuple[float, float, float, float] | None:
    """Lay a picture into its slot of a drawing: left, top, width, height from there.

    ``slot`` is the drawing's own width and height; none where nothing is placed.
    """
    area = find_area(document, code, choices, quantity=quantity)
    if area is None or not choices.get(code) or min(picture) < 1:
        return None
    placement = read_file(str(choices[code]))[1]
    sides = (Fraction(slot[0]), Fraction(slot[1]))
    box = lay(placement, area=sides, picture=picture, fit=area.fit)
    return float(box.x), float(box.y), float(box.width), float(box.height)


def name_placement(answer: str) -> str:
    """Say where a picture lies, for people; "" where it is the usual place."""
    try:
        placement = read_file(answer)[1]
    except PlacementError:
        return ""
    if placement == CENTRED:
        return ""
    text = _("%(size)s %% of its size, %(x)s %% from the left, %(y)s %% from the top")
    return text % {"size": placement.size, "x": placement.x, "y": placement.y}


def describe_print(placed: Placed) -> str:
    """Say in millimetres where a picture is printed, for whoever prints it."""
    left, top = placed.corner_mm
    width, height = placed.sides_mm
    text = _(
        "%(width)s × %(height)s mm; %(left)s mm from the left, %(top)s mm from the "  # noqa: RUF001
        "top of %(area_width)s × %(area_height)s mm"  # noqa: RUF001
    )
    return text % {
        "width": width,
        "height": height,
        "left": left,
        "top": top,
        "area_width": placed.area.width_mm,
        "area_height": placed.area.height_mm,
    }


def area_problems(document: Mapping[str, Any]) -> tuple[str, ...]:
    """List what is wrong with a release's print areas."""
    return extra_problems(document, PRINT_AREAS, kind="FILE", check=_area)


def _area(each: Mapping[str, Any]) -> PrintArea:
    fit = Fit(each.get("fit", Fit.INSIDE))
    return PrintArea(each["width_mm"], each["height_mm"], fit)
