import subprocess
import time

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.views import APIView

from configurator.management.broker import choose_broker
from configurator.throttles import GuestThrottle, OneClientCache
from tests.factories.access import make_api_key, make_user


class Clock:
    """A clock that a test turns on."""

    def __init__(self):
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(GuestThrottle, "timer", staticmethod(clock))
    return clock


@pytest.fixture(params=["any cache", "Redis"])
def cache(request, monkeypatch, tmp_path):
    """Count in whatever cache there is, then in Redis."""
    if request.param == "any cache":
        yield
        return
    broker = choose_broker(redis_url="", folder=tmp_path)
    if not broker.redis_url:
        pytest.skip("there is no Redis or Valkey")
    with subprocess.Popen(broker.command) as server:
        redis_cache = OneClientCache(broker.redis_url, {})
        client = redis_cache._cache.get_client()
        until_s = time.monotonic() + 20
        while not is_answering(client) and time.monotonic() < until_s:
            time.sleep(0.02)
        monkeypatch.setattr(GuestThrottle, "cache", redis_cache)
        yield
        server.terminate()


def is_answering(client):
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def ask(rf, *, address="203.0.113.7", user=None, auth=None, forwarded=""):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = Request(rf.get("/", REMOTE_ADDR=address, headers=headers))
    request.user, request.auth = user or AnonymousUser(), auth
    throttle = GuestThrottle()
    return throttle.allow_request(request, APIView()), throttle


def test_the_three_hundred_and_first_call_in_a_minute_waits(rf, clock, cache):
    allowed = [ask(rf)[0] for _ in range(300)]

    is_allowed, throttle = ask(rf)

    assert allowed == [True] * 300
    assert not is_allowed
    assert throttle.wait() == 60


def test_a_minute_later_the_guest_may_call_again(rf, clock, cache):
    for _ in range(301):
        ask(rf)

    clock.now_s += 60.1

    assert ask(rf)[0]


def test_another_address_is_counted_apart_and_cannot_be_invented(rf, clock, cache):
    for number in range(300):
        ask(rf, forwarded=f"198.51.100.{number % 250}")

    assert not ask(rf, forwarded="192.0.2.1")[0]
    assert ask(rf, address="203.0.113.8")[0]


@pytest.mark.django_db
def test_who_is_signed_in_or_imports_orders_is_not_limited(rf, clock):
    user = make_user()
    key, _text = make_api_key("orders:import", user=user)

    assert all(ask(rf, user=user)[0] for _ in range(310))
    assert all(ask(rf, user=user, auth=key)[0] for _ in range(310))
    assert all(ask(rf, auth=key)[0] for _ in range(310))
