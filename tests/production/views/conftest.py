"""What the tests of the floor's pages share."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.utils import timezone

from configurator.models import User
from production import live
from tests.factories.access import make_user
from tests.factories.production import make_places, publish


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shirt():
    make_places()
    return publish()


@pytest.fixture
def sign_in(client):
    """Give a client of somebody with a role of the floor."""

    def as_(role):
        user = User.objects.filter(username=role).first() or make_user(role)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        client.force_login(user)
        return client

    return as_


class _OneConnection:
    def close_all(self) -> None:
        """Keep the connection that holds what the test has written."""


@pytest.fixture
def live_here(monkeypatch) -> None:
    """Let streams look their callers up inside the test's transaction."""

    def in_this_thread(function, **_words):
        return sync_to_async(function, thread_sensitive=True)

    monkeypatch.setattr(live, "sync_to_async", in_this_thread)
    monkeypatch.setattr(live, "connections", _OneConnection())
