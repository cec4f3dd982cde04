"""A picture lies where it is said to, and prints as finely as the sum says."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurator.engine.placement import (
    CENTRED,
    Fit,
    Placement,
    PlacementError,
    PrintArea,
    corner_mm,
    largest_size,
    lay,
    printed_dpi,
    printed_mm,
    read_file,
    write_file,
)

SQUARE = PrintArea(200, 200)
LABEL = PrintArea(90, 120, Fit.COVER)
SIDES = st.integers(1, 4_000)
PERCENT = st.integers(0, 100)
AREAS = st.builds(PrintArea, SIDES, SIDES, st.sampled_from(Fit))


@st.composite
def laid(draw):
    area, picture = draw(AREAS), (draw(SIDES), draw(SIDES))
    size = draw(st.integers(*area.sizes))
    return area, picture, Placement(draw(PERCENT), draw(PERCENT), size)


@given(laid())
def test_a_picture_stays_inside_its_area_or_covers_it(case):
    area, picture, placement = case
    sides = (Fraction(area.width_mm), Fraction(area.height_mm))

    box = lay(placement, area=sides, picture=picture, fit=area.fit)

    spans = [
        (box.x, box.x + box.width, sides[0]),
        (box.y, box.y + box.height, sides[1]),
    ]
    for low, high, side in spans:
        if area.fit is Fit.INSIDE:
            assert 0 <= low < high <= side
        else:
            assert low <= 0 < side <= high


@given(laid())
def test_a_picture_keeps_its_proportion(case):
    area, picture, placement = case

    box = lay(placement, area=(Fraction(7), Fraction(9)), picture=picture, fit=area.fit)

    assert box.width * picture[1] == box.height * picture[0]


@given(laid(), st.integers(1, 1_200))
def test_the_largest_sharp_size_is_sharp_and_one_more_is_not(case, min_dpi):
    area, picture, _placement = case
    least, most = area.sizes

    size = largest_size(min_dpi, area=area, picture=picture)

    def dpi(percent):
        return printed_dpi(Placement(size=percent), area=area, picture=picture)

    assert size == 0 or (least <= size <= most and dpi(size) >= min_dpi)
    if size < most:
        assert dpi(max(size + 1, least)) < min_dpi


@given(st.builds(Placement, PERCENT, PERCENT, st.integers(1, 400)))
def test_a_place_reads_back_as_it_was_written(placement):
    assert read_file(write_file("a-token_1", placement)) == ("a-token_1", placement)


def test_the_usual_place_is_left_unsaid():
    assert write_file("token", CENTRED) == "token"
    assert read_file("token") == ("token", CENTRED)


@pytest.mark.parametrize(
    "answer",
    [
        "token~",
        "token~50.50",
        "token~50.50.100.1",
        "token~101.50.100",
        "token~50.-1.100",
        "token~50.50.0",
        "token~50.50.401",
        "token~a.b.c",
        "token~\u0665\u0660.50.100",
        "~50.50.100",
    ],
)
def test_what_says_no_place_is_refused(answer):
    with pytest.raises(PlacementError):
        read_file(answer)


@pytest.mark.parametrize(
    ("placement", "area", "sides_mm", "dpi"),
    [
        (CENTRED, SQUARE, (200, 100), 254),
        (Placement(size=50), SQUARE, (100, 50), 508),
        (CENTRED, LABEL, (240, 120), 211),
        (Placement(size=200), LABEL, (480, 240), 105),
    ],
)
def test_dots_per_inch_follow_the_printed_size(placement, area, sides_mm, dpi):
    picture = (2_000, 1_000)

    assert printed_mm(placement, area=area, picture=picture) == sides_mm
    assert printed_dpi(placement, area=area, picture=picture) == dpi


def test_a_corner_is_told_in_millimetres_from_that_of_the_area():
    picture = (2_000, 1_000)

    inside = corner_mm(Placement(100, 50, 50), area=SQUARE, picture=picture)
    cover = corner_mm(Placement(50, 0, 100), area=LABEL, picture=picture)

    assert (inside, cover) == ((100, 75), (-75, 0))


def test_an_area_without_extent_is_none():
    with pytest.raises(PlacementError, match="0 by 20 mm"):
        PrintArea(0, 20)
