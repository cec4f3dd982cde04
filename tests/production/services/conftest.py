"""What the tests of production's services share."""

import pytest

from tests.factories.production import make_places, publish


@pytest.fixture
def shirt():
    """Give a factory with a line, and a shirt on sale that it can make."""
    make_places()
    return publish()
