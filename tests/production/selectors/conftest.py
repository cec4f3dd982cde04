"""What the tests of production's selectors share."""

import pytest

from production.services.release import release_confirmed_orders
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    place_order,
    publish,
)


@pytest.fixture
def shirt():
    make_places()
    return publish()


@pytest.fixture
def ordered(shirt):
    """Two orders of shirts that have their work orders."""
    for colour in ("NAVY", "WHITE"):
        place_order({"configuration": configure(shirt, colour=colour), "quantity": 2})
    release_confirmed_orders(limit=9, now=NOW)
    return shirt
