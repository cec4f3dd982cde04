"""What the tests of the floor's pages share."""

import pytest
from asgiref.sync import sync_to_async

from production import live


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
