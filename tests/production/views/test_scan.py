"""The scanner's page: work and command, in either order, do it once."""

import io
import re
from datetime import timedelta

import pytest
import zxingcpp
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from configurator.selectors.times import local
from production.documents.labels import labels_zpl
from production.models import (
    Batch,
    Operation,
    Operator,
    ProductionEvent,
    Site,
    StockItem,
    WorkOrder,
)
from production.selectors.work_orders import get_work_order
from production.services import batching
from production.states import SCAN_COMMANDS
from tests.factories.access import make_user
from tests.factories.floor import (
    at,
    bake,
    make_configuration,
    make_operator,
    make_work_order,
    operation,
    step,
)
from tests.factories.production import NOW
from tests.support.pdf import list_texts, read_codes, words_of

pytestmark = pytest.mark.django_db
PAGE = "/floor/scan/"
LABELS = "/floor/work-orders/W-7/labels"


@pytest.fixture
def client():
    user = make_user("olga")
    user.groups.set([Group.objects.get_or_create(name="operator")[0]])
    make_operator("W1", "WOOD", user=user)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def order():
    return make_work_order(step("SAW", skill="WOOD"), step("SAND"), quantity=3)


def scan(client, code, pending="", nonce="n", **headers):
    body = {"code": code, "pending": pending, "nonce": nonce}
    return client.post(PAGE, body, **headers).text


def test_the_work_and_then_the_command_begin_it(client, order):
    worker = Operator.objects.get()
    seen = scan(client, order.number)
    done = scan(client, "START", pending=order.number)

    assert f'data-pending="{order.number}"' in seen
    assert ("Now scan what you do" in seen, "NOT OK" in done) == (True, False)
    assert 'data-ok="yes"' in done
    found = operation(order, "SAW")
    assert (found.state, str(found.operator)) == ("RUNNING", str(worker))


def test_the_command_and_then_the_work_do_the_same(client, order):
    assert 'data-pending="START"' in scan(client, "start")

    scan(client, order.number, pending="START", nonce="a")
    scan(client, "DONE", pending=order.number, nonce="b")

    assert operation(order, "SAW").state == "DONE"


def test_a_scan_that_is_sent_again_changes_nothing(client, order):
    scan(client, "START", pending=order.number, nonce="a")

    for _twice in range(2):
        said = scan(client, "SCRAP", pending=order.number, nonce="b")

    assert 'data-ok="yes"' in said
    assert operation(order, "SAW").scrap == 1
    assert ProductionEvent.objects.filter(kind="SCRAP").count() == 1


def test_what_cannot_be_is_not_ok_with_the_reason(client, order):
    said = scan(client, "DONE", pending=order.number)
    unknown = scan(client, "W-404", pending="START")

    assert 'data-ok="no"' in said
    assert "Only a running operation can be finished" in said
    assert "names nothing that is worked on" in unknown


def test_what_is_paused_goes_on_by_start(client, order):
    for nonce, code in enumerate(("START", "PAUSE", "START")):
        scan(client, code, pending=order.number, nonce=f"n{nonce}")

    assert operation(order, "SAW").state == "RUNNING"


def test_a_load_sheet_begins_and_ends_its_batch(client):
    order = make_work_order(bake(), method="BATCH", quantity=24)
    centre_id = operation(order, "BAKE").work_centre_id or 0
    batching.plan_work_centre(work_centre_id=centre_id, now=at(60))
    number = Batch.objects.get().number

    for nonce, code in enumerate(("START", "DONE")):
        said = scan(client, code, pending=number, nonce=f"n{nonce}")

    assert 'data-ok="yes"' in said
    assert Batch.objects.get().state == "COMPLETED"
    assert Operation.objects.get().state == "DONE"


def test_alone_the_answer_is_only_what_changes(client, order):
    said = scan(client, order.number, headers={"HX-Request": "true"})

    assert said.lstrip().startswith('<div class="scan-result scan-result--asks"')


def test_a_camera_picture_is_read_and_rubbish_refused(client):
    code = zxingcpp.create_barcode("W-1-1-1", zxingcpp.BarcodeFormat.QRCode)
    pixels = zxingcpp.write_barcode_to_image(code, scale=8)
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "JPEG")

    def send(content):
        file = SimpleUploadedFile("frame.jpg", content, "image/jpeg")
        return client.post(f"{PAGE}picture/", {"file": file})

    assert send(picture.getvalue()).json() == {"code": "W-1-1-1"}
    assert [send(b"nothing").status_code, send(b"x" * 200_001).status_code] == [
        400,
        400,
    ]


def test_the_sheet_of_commands_reads_back(client):
    pdf = client.get(f"{PAGE}codes.pdf").content

    assert read_codes(pdf) == list(SCAN_COMMANDS)


def personal_order():
    configuration = make_configuration(text="Zoë ^~_")
    return make_work_order(
        step("SAW"), configuration=configuration, quantity=3, number="W-7"
    )


def test_each_piece_has_a_label_with_its_code_and_exact_text(client):
    personal_order()

    pdf = client.get(f"{LABELS}.pdf").content

    assert set(read_codes(pdf)) == {"W-7"}
    texts = list_texts(pdf)
    assert sum("^~_" in text for text in texts) == 3
    assert "2 of 3" in texts


def test_the_label_of_food_says_what_is_in_it_and_how_long_it_keeps(client):
    order = personal_order()
    shelf = {
        "product": "shirt",
        "days": 10,
        "allergens": [
            {"when": "colour = WHITE", "name": {"en": "Milk"}},
            {"when": "colour = NAVY", "name": {"en": "Walnut"}},
            {"when": "what is this", "name": {"en": "Soya"}},
            {"when": "colour = WHITE", "name": {"en": "Gluten"}, "in": ["FLOUR"]},
        ],
    }
    Site.objects.update(figures={"shelf_life": [shelf]})
    names = {"SUGAR": "Sugar", "FLOUR": "Wheat flour", "BOX": "Box"}
    for code, name in names.items():
        StockItem.objects.create(code=code, name={"en": name}, unit="g")
    units = {"SUGAR": "g", "FLOUR": "g", "BOX": "piece"}
    order.materials = [
        {"material": code, "quantity": place, "unit": unit}
        for place, (code, unit) in enumerate(units.items(), start=1)
    ]
    order.save()
    page = f"{LABELS}.pdf"
    WorkOrder.objects.update(due_at=NOW + timedelta(days=400))
    unbegun = words_of(client.get(page).content)
    WorkOrder.objects.update(started_at=NOW)

    words = words_of(client.get(page).content)
    zpl = client.get(f"{LABELS}.zpl").text

    best_before = f"Best before {local(NOW) + timedelta(days=10):%d.%m.%Y}"
    for told in ("Lot W-7", best_before, "Contains: Milk, Soya"):
        assert words.count(told) == 3
        assert zpl.count(told.replace(":", "_3A")) == 3
    assert words.count("Ingredients: Wheat flour (Gluten), Sugar") == 3
    # What stands out in bold on paper does so in capitals from a label printer.
    assert zpl.count("Ingredients_3A WHEAT FLOUR (GLUTEN), Sugar") == 3
    assert f"{local(NOW) + timedelta(days=410):%d.%m.%Y} (planned: not" in unbegun
    assert "planned" not in words
    assert "Box" not in words


def test_no_surplus_has_a_label(client):
    order = personal_order()
    WorkOrder.objects.filter(id=order.id).update(planned_quantity=5)

    words = words_of(client.get(f"{LABELS}.pdf").content)

    assert words.count("of 3") == 3
    assert "of 5" not in words


def test_where_nothing_is_packed_the_only_page_says_so(client):
    personal_order()
    WorkOrder.objects.update(state="CANCELLED")

    words = words_of(client.get(f"{LABELS}.pdf").content)

    assert "No box of its own" in words
    assert "of 3" not in words


def test_how_many_boxes_are_left_without_a_label_is_said(client, monkeypatch):
    personal_order()
    monkeypatch.setattr("production.documents.labels.MOST", 1)

    words = client.get(f"{LABELS}.zpl").text

    assert words.count("of 3") == 1
    assert "2 more boxes have no label here" in words


def test_a_label_printer_gets_every_letter_as_it_is(client):
    personal_order()

    answer = client.get(f"{LABELS}.zpl")

    assert answer["Content-Disposition"] == 'attachment; filename="W-7.zpl"'
    zpl = answer.text
    assert zpl == labels_zpl(get_work_order(number="W-7"), now=NOW)
    assert (zpl.count("^XA"), zpl.count("^XZ")) == (3, 3)
    assert zpl.count("^FDZo_C3_AB _5E_7E_5F^FS") == 3
    assert zpl.count("^FDQA,W-7^FS") == 3


def test_a_label_printer_gets_as_many_lines_as_ingredients_need(client):
    order = personal_order()
    Site.objects.update(figures={"shelf_life": [{"product": "shirt", "days": 10}]})
    StockItem.objects.create(code="X", name={"en": "Pumpkin seeds " * 20}, unit="g")
    WorkOrder.objects.update(materials=[{"material": "X", "quantity": 1, "unit": "g"}])

    zpl = labels_zpl(get_work_order(number=order.number), now=NOW)

    asked = re.search(r"\^FO24,252\^A0N,(\d+),\d+\^FB752,(\d+)\^", zpl)
    assert asked is not None
    size, n_lines = (int(each) for each in asked.groups())
    # Above the text that the customer has chosen.
    assert n_lines * size <= 290 - 252
    # A letter of it is about half as wide as it is high.
    assert len("Pumpkin seeds " * 20) * size / 2 <= 752 * n_lines


def test_what_is_too_long_for_a_label_printer_is_narrower(client):
    order = personal_order()
    what = {
        "product": "shirt",
        "days": 10,
        "allergens": [{"name": {"en": "Nut " * 20}}],
    }
    Site.objects.update(figures={"shelf_life": [what]})

    zpl = labels_zpl(get_work_order(number=order.number), now=NOW)

    assert "^A0N,18,18^FH_^FDContains" not in zpl
    assert re.search(r"\^A0N,18,1\d\^FH_\^FDContains_3A Nut", zpl)
