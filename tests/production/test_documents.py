"""The paper that travels with the work says exactly what was chosen."""

import io
import re

import pytest
import zxingcpp
from PIL import Image

from configurator.services.configurations import pin_configuration
from configurator.services.uploads import store_upload
from production.documents.load_sheet import load_sheet_pdf
from production.documents.traveller import traveller_pdf
from production.selectors.batch_answers import get_batch
from production.selectors.work_orders import get_work_order
from production.services import membership
from tests.factories.catalogue import RED_MUG, make_release, mug_document
from tests.factories.floor import bake, make_configuration, make_work_order, step
from tests.factories.production import NOW
from tests.support.pdf import list_texts, read_codes, read_with, words_of

pytestmark = pytest.mark.django_db


def sheet_of(text="Mia", n_steps=2, inspection=None, **fields):
    configuration = make_configuration(colour="NAVY", text=text)
    order = make_work_order(
        *[
            step(f"STEP_{place}", inspection=inspection or {})
            for place in range(n_steps)
        ],
        configuration=configuration,
        **fields,
    )
    return traveller_pdf(get_work_order(number=order.number)), order


def test_its_code_reads_back_the_work_order(settings):
    pdf, order = sheet_of()

    assert read_codes(pdf) == [order.number]


def test_its_code_reads_back_from_the_printed_page():
    pdf, order = sheet_of()

    page = read_with("pdftoppm", "-r", "110", "-gray", "-singlefile", pdf=pdf)

    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))
    assert [code.text for code in codes] == [order.number]


@pytest.mark.parametrize(
    "text",
    [
        "Mia",
        "Für Jo & Åsa",
        "<b>No. 1</b>",
        "it's 100 % \\o/",
        "WWWWWWWWWWWWWWWWWWWW",
    ],
)
def test_the_personal_text_stands_on_it_to_the_letter(text):
    pdf, _order = sheet_of(text)

    assert text in words_of(pdf)


def test_it_shows_the_customers_picture_and_where_it_is_printed():
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        '<image data-image="artwork" width="9" height="9"/></svg>'
    )
    areas = [{"of": "artwork", "width_mm": 80, "height_mm": 80}]
    make_release(mug_document(artwork=drawing, extra={"print_areas": areas}))
    file = io.BytesIO()
    Image.new("RGB", (800, 400), "red").save(file, "PNG")
    upload = store_upload(content=file.getvalue(), file_name="crest.png", now=NOW)
    choices = {**RED_MUG, "artwork": f"{upload.token}~100.0.50"}
    pinned = pin_configuration(product="mug", choices=choices, quantity=1, now=NOW)
    order = make_work_order(step("PRINT"), configuration=pinned.configuration)

    pdf = traveller_pdf(get_work_order(number=order.number))

    words = words_of(pdf)
    place = "40 × 20 mm; 40 mm from the left, 0 mm from the top of 80 × 80 mm"  # noqa: RUF001
    assert place in words
    assert "uploaded picture, 50 % of its size, 100 % from the left" in words
    assert len(re.findall(rb"/Subtype /Image", pdf)) >= 2


def test_spaces_are_neither_stripped_nor_joined():
    pdf, _order = sheet_of(" a  b ")

    assert " a  b " in list_texts(pdf)


def test_it_carries_the_hash_of_the_configuration():
    pdf, order = sheet_of()

    assert order.configuration.sha256 in words_of(pdf)


def test_a_text_wider_than_the_page_is_printed_smaller_not_cut():
    text = "W" * 60  # longer than any product allows
    pdf, _order = sheet_of(text)

    boxes = read_with("pdftotext", "-bbox", "-", pdf=pdf).decode()

    rights = [float(found) for found in re.findall(r'xMax="([0-9.]+)"', boxes)]
    assert text in boxes
    assert max(rights) <= 420


def test_many_steps_go_on_over_the_page_each_with_what_is_measured():
    limits = {"what": {"en": "Gap"}, "min": 3, "max": 5, "unit": "mm"}
    pdf, _order = sheet_of(n_steps=60, inspection=limits)

    words = words_of(pdf)
    assert words.count("Gap: 3 to 5 mm") == 60
    assert all(f"STEP_{place}" in words for place in range(60))
    assert words.count("\f") >= 2


def test_every_page_says_whose_it_is():
    pdf, order = sheet_of(n_steps=60)

    pages = words_of(pdf).rstrip("\f").split("\f")
    assert all(order.number in page for page in pages)


def load_of(*texts, **fields):
    """Give a batch of cookies, an order for each text, and its load sheet."""
    orders = [
        make_work_order(
            bake(),
            configuration=make_configuration(colour="NAVY", text=text),
            quantity=36,
            **fields,
        )
        for text in texts
    ]
    ids = [order.id for order in orders]
    (batch,) = membership.carry_on(work_order_ids=ids, fed_by=None, now=NOW)
    return load_sheet_pdf(get_batch(number=batch.number)), batch, orders


def test_a_load_sheet_names_its_members_their_places_and_texts():
    pdf, batch, orders = load_of(" Mia  ", "Für Åsa")

    words = words_of(pdf)
    assert read_codes(pdf) == [batch.number]
    assert " Mia  " in list_texts(pdf)
    assert "Für Åsa" in words
    assert "3 of 18 trays" in words
    assert "Programme" in words
    rows = [line.split() for line in words.splitlines()]
    places = {row[1]: row[0] for row in rows if len(row) > 1 and row[1][:2] == "W-"}
    assert places == {orders[0].number: "1-2", orders[1].number: "2-3"}


def test_the_sheet_of_a_gang_run_shows_each_design_on_its_plate():
    slots = {"measure": "SLOT", "max": 16, "max_wait_s": 0}
    impose = {
        "basis": "LOAD",
        "run_s": 120,
        "batch_key": "stock=G135|sheets=500",
        "batch_rule": slots,
    }
    orders = [
        make_work_order(
            step("IMPOSE", "PREP-1", **impose, load_num=4 // n, load_den=500),
            quantity=500,
        )
        for n in (4, 2, 1)
    ]
    ids = [order.id for order in orders]
    (batch,) = membership.carry_on(work_order_ids=ids, fed_by=None, now=NOW)

    words = words_of(load_sheet_pdf(get_batch(number=batch.number)))

    small, middle, large = (order.number for order in orders)
    assert "7 of 16 slot" in words
    rows = [line.split() for line in words.splitlines()]
    places = {row[1]: row[0] for row in rows if len(row) > 1 and row[1][:2] == "W-"}
    assert places == {large: "A1-B2", middle: "C1-D1", small: "C2"}


def test_a_long_load_sheet_says_on_every_page_whose_it_is():
    pdf, batch, _orders = load_of(*("Mia",) * 10)
    numbers = " ".join(words_of(pdf).split("\f")[:-1])

    assert numbers.count(batch.number) >= 2
