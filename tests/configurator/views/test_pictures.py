"""Pictures of configurations and of products, as PNG."""

import pytest

from configurator.services.configurations import pin_configuration
from tests.factories.catalogue import NOW, RED_MUG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mug")]
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
