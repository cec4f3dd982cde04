"""Pictures of configurations and of products, as PNG."""

import io
import json
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from configurator.services.configurations import pin_configuration
from tests.factories.catalogue import NOW, RED_MUG, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mug")]
DEMO = Path(settings.BASE_DIR) / "production/demo"
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_configuration_has_its_own_picture_which_browsers_keep(client):
    pinned = pin_configuration(product="mug", choices=RED_MUG, quantity=1, now=NOW)

    response = client.get(f"/thumbnails/{pinned.configuration.sha256}.png")

    assert response.content.startswith(PNG)
    assert "immutable" in response["Cache-Control"]


def test_a_product_has_the_picture_that_it_starts_from(client, mug):
    response = client.get(f"/pictures/{mug.pk}-abc.png")

    assert response.content.startswith(PNG)
    assert response["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    "path",
    ["/thumbnails/nonsense.png", f"/thumbnails/{'0' * 64}.png", "/pictures/0-a.png"],
)
def test_what_nobody_configured_has_no_picture(client, path):
    assert client.get(path).status_code == 404


def test_other_designs_of_a_product_are_drawn_each_unlike_the_others(client):
    document = json.loads((DEMO / "products/sneaker.json").read_text())
    document["artwork"] = (DEMO / "artwork/sneaker.svg").read_text()
    shoe = make_release(document)
    base = f"/pictures/{shoe.pk}-x"

    pictures = [client.get(f"{base}/{number}.png") for number in range(4)]

    assert [each.status_code for each in pictures] == [200] * 4
    assert len({each.content for each in pictures}) == 4
    assert client.get(f"{base}/4.png").status_code == 404


def test_a_product_has_a_card_for_other_sites(client, mug):
    answer = client.get(f"/pictures/{mug.pk}-x/card-de.png")

    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (1200, 630)
    assert client.get(f"/pictures/{mug.pk}-x/card-xx.png").status_code == 404
    assert client.get("/pictures/999999-x/card-en.png").status_code == 404
