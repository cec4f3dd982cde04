"""What the tests of production's services share."""

from collections.abc import Iterator

import pytest

from tests.factories.production import make_places, publish
from tests.support.invariants import list_problems


@pytest.fixture
def shirt():
    """Give a factory with a line, and a shirt on sale that it can make."""
    make_places()
    return publish()


@pytest.fixture
def sound_floor(db) -> Iterator[None]:
    """Look at the whole floor after a test: nothing may be out of step."""
    yield
    assert list_problems() == []
