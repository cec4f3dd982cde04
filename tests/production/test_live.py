"""Live streams: one listener for all, nobody kept waiting for news that cannot come."""

import asyncio
import json

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from redis.exceptions import ConnectionError as BrokerLost

from production import live
from production.live import OVER, WAITING_MESSAGES, Hub
from tests.factories.access import make_user
from tests.factories.floor import make_centre


class SilentHub(Hub):
    """A hub whose broker says only what the test says."""

    def __init__(self, *, is_there: bool = True) -> None:
        super().__init__()
        self.is_there = is_there
        self.n_tries = 0

    async def _hear(self) -> None:
        self.n_tries += 1
        if not self.is_there:
            raise BrokerLost("no broker")
        self._hearing.set()
        await asyncio.Event().wait()


def news(board, version=1):
    return json.dumps({"board": board, "version": version})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(live, "BROKER_WITHIN_S", 0.05)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(live, "RETRY_S", 0.01)


def test_news_goes_to_everybody_who_watches_that_board_alone():
    async def watch():
        hub = SilentHub()
        ours, theirs = [hub.join("MIX-1"), hub.join("MIX-1")], hub.join("OVEN-1")

        hub.tell(news("MIX-1"))

        return [queue.qsize() for queue in (*ours, theirs)]

    assert async_to_sync(watch)() == [1, 1, 0]


def test_a_reader_that_does_not_read_holds_nobody_up():
    async def watch():
        hub = SilentHub()
        slow = hub.join("MIX-1")

        for version in range(10 * WAITING_MESSAGES):
            hub.tell(news("MIX-1", version))

        return slow.qsize()

    assert async_to_sync(watch)() == WAITING_MESSAGES


def test_who_left_is_told_no_more():
    async def watch():
        hub = SilentHub()
        queue = hub.join("MIX-1")
        hub.leave("MIX-1", queue)

        hub.tell(news("MIX-1"))

        return queue.qsize()

    assert async_to_sync(watch)() == 0


def test_a_stream_begins_with_its_retry_tells_news_and_stays_alive(monkeypatch):
    async def read():
        hub = SilentHub()
        monkeypatch.setattr(live, "hub", hub)
        stream = live._events("MIX-1")
        first = await anext(stream)
        hub.tell(news("MIX-1", 7))
        told, alive = await anext(stream), await anext(stream)
        await stream.aclose()
        return first, told, alive

    first, told, alive = async_to_sync(read)()
    assert first == b"retry: 2000\n\n"
    assert told == b'event: board\ndata: {"board": "MIX-1", "version": 7}\n\n'
    assert alive.startswith(b":")


def test_without_a_broker_a_stream_ends_at_once(monkeypatch):
    async def read():
        hub = SilentHub(is_there=False)
        monkeypatch.setattr(live, "hub", hub)
        chunks = [chunk async for chunk in live._events("MIX-1")]
        return chunks, hub.n_tries

    chunks, n_tries = async_to_sync(read)()
    assert chunks == []
    assert n_tries >= 1


def test_a_lost_broker_ends_open_streams(monkeypatch):
    async def read():
        hub = SilentHub()
        monkeypatch.setattr(live, "hub", hub)
        stream = live._events("MIX-1")
        await anext(stream)
        hub.end_all()
        return [chunk async for chunk in stream], await hub.hears()

    chunks, hears = async_to_sync(read)()
    assert [chunk for chunk in chunks if not chunk.startswith(b":")] == []
    assert hears is False
    assert OVER == ""


@pytest.mark.django_db(transaction=True)  # the view looks from a thread of its own
@pytest.mark.parametrize(
    ("role", "code", "status"),
    [
        (None, "MIX-1", 401),
        ("customer", "MIX-1", 403),
        ("operator", "NOWHERE", 404),
        ("operator", "MIX-1", 204),
    ],
)
def test_only_people_of_the_floor_may_listen(client, settings, role, code, status):
    """Without a broker to listen to, who may is told to poll."""
    settings.REDIS_URL = ""
    make_centre("MIX-1")
    if role:
        user = make_user(role)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        client.force_login(user)

    answer = client.get(f"/live/boards/{code}/")

    assert answer.status_code == status


def test_a_stream_is_only_read():
    from django.test import RequestFactory

    answer = async_to_sync(live.board)(RequestFactory().post("/"), "MIX-1")

    assert answer.status_code == 405
