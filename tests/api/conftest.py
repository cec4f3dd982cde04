"""One world for each module; each test leaves it as it was."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.api.shop import Boss
from tests.api.world import World, build_world, stop_the_clock
from tests.factories.orders import NOW


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Build the world once; it goes with the transaction at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = build_world(now=NOW)
        stop_the_clock(at=NOW)
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def boss(world) -> Boss:
    cache.clear()
    return Boss(world)
