"""What the configurator says about a picture: where it lies and how it prints."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.fields import write_changes
from configurator.selectors.print_areas import Placed

FULL_SIZE = 100


def describe_placing(code: str, placed: Placed) -> dict[str, Any]:
    """Put a picture in its print area into what the page shows."""
    least, most = placed.area.sizes
    return {
        "code": code,
        "x": placed.placement.x,
        "y": placed.placement.y,
        "size": placed.placement.size,
        "least": least,
        "most": most,
        "is_cover": placed.is_cover,
        "ratio": f"{placed.picture[0] / placed.picture[1]:.5f}",
        "printed": _printed(placed),
        "sharpness": _sharpness(placed),
        "is_coarse": placed.is_coarse,
        "fixes": list(_fixes(code, placed)),
    }


def _printed(placed: Placed) -> str:
    width, height = placed.sides_mm
    words = {
        "width": width,
        "height": height,
        "area_width": placed.area.width_mm,
        "area_height": placed.area.height_mm,
    }
    if placed.is_cover:
        text = _(
            "Your picture is %(width)s × %(height)s mm large and covers "  # noqa: RUF001
            "%(area_width)s × %(area_height)s mm; what stands out is cut off."  # noqa: RUF001
        )
    else:
        text = _(
            "Printed %(width)s × %(height)s mm large; there is room for "  # noqa: RUF001
            "%(area_width)s × %(area_height)s mm."  # noqa: RUF001
        )
    return text % words


def _sharpness(placed: Placed) -> str:
    words = {"dpi": placed.dpi, "needed": placed.min_dpi}
    if placed.is_coarse:
        text = _("%(dpi)s dots per inch: too coarse, %(needed)s are needed.")
    else:
        text = _("%(dpi)s dots per inch: it prints sharp.")
    return text % words


def _fixes(code: str, placed: Placed) -> list[dict[str, Any]]:
    """Offer the places that people ask for, those that change something."""
    found = []
    if placed.is_coarse and placed.sharp_size:
        sharp = placed.resized(placed.sharp_size)
        label = _("Print it %(width)s mm wide: that is sharp")
        words = {"width": sharp.sides_mm[0]}
        found.append(_fix(code, label % words, sharp))
    if not placed.is_centred:
        found.append(_fix(code, _("Put it in the middle"), placed.moved(50, 50)))
    if placed.placement.size != FULL_SIZE and not placed.is_coarse:
        label = _("As small as it covers") if placed.is_cover else _("As large as fits")
        found.append(_fix(code, label, placed.resized(FULL_SIZE)))
    return found


def _fix(code: str, label: str, placed: Placed) -> dict[str, Any]:
    return {"label": label, "value": write_changes({code: placed.answer})}
