"""What the tests of production's selectors share."""

import pytest

from tests.factories.production import make_places, publish


@pytest.fixture
def shirt():
    make_places()
    return publish()
