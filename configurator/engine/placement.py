"""Where a customer's picture lies in its print area, and how finely it prints there.

A FILE answer is the name of an upload; behind a tilde it may say where the picture
lies: ``name~x.y.size``, each in percent. Where nothing is said it lies in the middle,
as large as it fits.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

MARK = "~"
LARGEST_SIZE = 400
MM_PER_INCH_TENTHS = 254
_WRITTEN = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)


class PlacementError(ValueError):
    """A place that no picture can have."""


class Fit(StrEnum):
    """How a picture and its area go together."""

    INSIDE = "INSIDE"
    COVER = "COVER"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies, in percent.

    ``x`` and ``y`` share out the room between picture and area: 0 is left or top, 50
    the middle, 100 right or bottom. ``size`` is of the largest that fits inside the
    area, or of the smallest that covers it.
    """

    x: int = 50
    y: int = 50
    size: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.x <= 100:
            raise PlacementError(f"{self.x} % from the left is not from 0 to 100")
        if not 0 <= self.y <= 100:
            raise PlacementError(f"{self.y} % from the top is not from 0 to 100")
        if not 1 <= self.size <= LARGEST_SIZE:
            raise PlacementError(
                f"a size of {self.size} % is not from 1 to {LARGEST_SIZE}"
            )


CENTRED = Placement()


@dataclass(frozen=True, slots=True)
class PrintArea:
    """What can be printed on, in millimetres, and the sizes a picture may have there.

    Raises
    ------
    PlacementError
        If a side is not at least 1 mm long.
    """

    width_mm: int
    height_mm: int
    fit: Fit = Fit.INSIDE

    def __post_init__(self) -> None:
        if min(self.width_mm, self.height_mm) < 1:
            raise PlacementError(
                f"a print area of {self.width_mm} by {self.height_mm} mm is none"
            )

    @property
    def sizes(self) -> tuple[int, int]:
        """The smallest and the largest size in percent."""
        return (10, 100) if self.fit is Fit.INSIDE else (100, LARGEST_SIZE)


@dataclass(frozen=True, slots=True)
class Box:
    """A picture's left upper corner and its sides, in the area's unit."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction


def read_file(answer: str) -> tuple[str, Placement]:
    """Give the upload that a FILE answer names, and where it lies.

    Raises
    ------
    PlacementError
        If what stands behind the tilde says no place.
    """
    name, mark, written = answer.partition(MARK)
    if not mark:
        return name, CENTRED
    found = _WRITTEN.fullmatch(written)
    if not name or found is None:
        raise PlacementError(f"{written!r:.40} is not a place like 50.50.100")
    return name, Placement(*map(int, found.groups()))


def name_of(answer: str) -> str:
    """Give the upload that a FILE answer names, wherever it lies."""
    return answer.partition(MARK)[0]


def write_file(name: str, placement: Placement) -> str:
    """Write a FILE answer; the usual place is left unsaid, so that it has one form."""
    if placement == CENTRED:
        return name
    return f"{name}{MARK}{placement.x}.{placement.y}.{placement.size}"


def lay(
    placement: Placement,
    *,
    area: tuple[Fraction, Fraction],
    picture: tuple[int, int],
    fit: Fit,
) -> Box:
    """Lay a picture into an area, exactly.

    Parameters
    ----------
    placement
        Where it lies.
    area
        Width and height in any unit, above 0.
    picture
        Width and height in pixels, above 0; only their proportion counts.
    fit
        Whether the picture lies inside the area or covers it.

    Returns
    -------
    Box
        Inside the area up to size 100 where it fits inside; around it from size 100
        on where it covers.
    """
    ratios = [side / each for side, each in zip(area, picture, strict=True)]
    scale = min(ratios) if fit is Fit.INSIDE else max(ratios)
    width, height = (each * scale * placement.size / 100 for each in picture)
    return Box(
        x=(area[0] - width) * placement.x / 100,
        y=(area[1] - height) * placement.y / 100,
        width=width,
        height=height,
    )


def printed_mm(
    placement: Placement, *, area: PrintArea, picture: tuple[int, int]
) -> tuple[int, int]:
    """Give the printed width and height of a picture in millimetres, rounded."""
    box = _printed(placement, area, picture)
    return round(box.width), round(box.height)


def corner_mm(
    placement: Placement, *, area: PrintArea, picture: tuple[int, int]
) -> tuple[int, int]:
    """Give how far a picture lies from the left and the top, rounded.

    Below 0 where it stands out of an area that it covers.
    """
    box = _printed(placement, area, picture)
    return round(box.x), round(box.y)


def printed_dpi(
    placement: Placement, *, area: PrintArea, picture: tuple[int, int]
) -> int:
    """Give how many of a picture's pixels are printed on an inch, rounded down."""
    box = _printed(placement, area, picture)
    return int(picture[0] * MM_PER_INCH_TENTHS / (box.width * 10))


def largest_size(min_dpi: int, *, area: PrintArea, picture: tuple[int, int]) -> int:
    """Give the largest size at which a picture still has so many dots per inch.

    0 where even the smallest size is too large.
    """
    whole = _printed(CENTRED, area, picture)
    exact = Fraction(picture[0] * MM_PER_INCH_TENTHS * 100, 10 * min_dpi) / whole.width
    least, most = area.sizes
    return min(int(exact), most) if exact >= least else 0


def _printed(placement: Placement, area: PrintArea, picture: tuple[int, int]) -> Box:
    sides = (Fraction(area.width_mm), Fraction(area.height_mm))
    return lay(placement, area=sides, picture=picture, fit=area.fit)
