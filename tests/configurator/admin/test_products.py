"""The admin's page of a product."""

import pytest
from django.urls import reverse

from configurator.ports import ports
from tests.factories.catalogue import make_release

pytestmark = pytest.mark.django_db


def test_what_hangs_on_a_product_is_told(client, monkeypatch):
    release = make_release()
    monkeypatch.setattr(ports, "used_by", lambda *, product: [f"2 lines of {product}"])

    page = client.get(
        reverse("admin:configurator_product_change", args=[release.product_id])
    )

    assert "releases: 1, 2 lines of mug" in page.content.decode()
