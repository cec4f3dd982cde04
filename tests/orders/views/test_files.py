"""Finished files go from the desk to their buyer, and to nobody else."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from orders.models import FinishedFile, Order, OrderLine
from orders.services.downloads import hand_out_files
from orders.services.quoting import accept_quotation
from tests.factories.access import make_user
from tests.factories.orders import BENCH, NOW, make_sent_quotation, publish
from tests.orders.views.conftest import WHITE, Buyer

pytestmark = pytest.mark.django_db
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
NAME = 'logo "Zoë" <b>.svg'


@pytest.fixture
def staff(shop) -> Buyer:
    client = Buyer()
    user = make_user("dora")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    return client


@pytest.fixture
def order(buyer, progress) -> Order:
    publish({**BENCH, "product": "logo", "deliveries": ["DOWNLOAD"]})
    buyer.post("/cart/add/logo/", WHITE)
    buyer.order(delivery="DOWNLOAD")
    line = OrderLine.objects.get()
    accept_quotation(quotation_id=make_sent_quotation(line).pk, now=NOW)
    path = f"/orders/{line.order.number}/payment/?token={line.order.token}"
    buyer.post(path, {"outcome": "SUCCEEDED"})
    progress({line.pk: "MADE"}, "MADE")
    return Order.objects.get()


def upload(staff: Buyer, order: Order, *files: tuple[str, bytes]):
    path = f"/desk/{order.number}/lines/{order.lines.get().pk}/files/"
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return staff.post(path, {"files": sent}, follow=True)


def test_a_file_goes_from_the_desk_to_its_buyer(staff, buyer, order):
    assert "Put them there" in staff.see(f"/desk/{order.number}/")
    told = upload(staff, order, (NAME, SVG), ("bad.png", b"GIF89a")).content.decode()
    file = FinishedFile.objects.get()
    path = f"/orders/{order.number}/files/{file.pk}/"
    early = buyer.get(f"{path}?token={order.token}")

    hand_out_files(now=NOW)

    page = buyer.see(f"/orders/{order.number}/?token={order.token}")
    track = page[page.index('class="stages"') :].split("</ol>")[0]
    answer = buyer.get(f"{path}?token={order.token}")
    assert "bad.png: The file is no PNG" in told
    assert early.status_code == 404
    assert f'href="{path}?token={order.token}"' in page
    assert "Ready to download" in track
    assert "Shipped" not in track
    assert "logo &quot;Zoë&quot; &lt;b&gt;.svg" in page
    assert answer.content == SVG
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_nobody_else_gets_it(staff, buyer, order):
    upload(staff, order, ("logo.svg", SVG))
    hand_out_files(now=NOW)
    path = f"/orders/{order.number}/files/{FinishedFile.objects.get().pk}/"

    assert Buyer().get(f"{path}?token=wrong").status_code == 404
    assert Buyer().get(path).status_code == 302
    assert buyer.get(f"/orders/{order.number}/files/999/").status_code == 302


def test_the_api_names_the_files(staff, buyer, order):
    upload(staff, order, ("logo.svg", SVG))
    hand_out_files(now=NOW)

    answer = buyer.get(f"/api/v1/orders/{order.number}/?token={order.token}").json()

    (file,) = answer["lines"][0]["files"]
    assert (file["name"], file["size_bytes"]) == ("logo.svg", len(SVG))
    assert order.token not in file["url"]
