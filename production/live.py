"""Live streams of the boards: one listener a process, fanned out to every browser."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import suppress

import redis.asyncio as redis
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from configurator.selectors.roles import roles_of
from production.models import WorkCentre
from production.permissions import READERS
from production.selectors import devices
from production.services.boards import LIVE_CHANNEL

HEARTBEAT_S = 15
WAITING_MESSAGES = 16
RETRY_S = 1.0
# So long a new stream waits for the broker; without it the page goes on polling.
BROKER_WITHIN_S = 2.0
# The board of all boards: pages that show the whole floor hear of every change.
ALL = "all"
# Ends a stream: its page polls and comes back.
OVER = ""

log = structlog.get_logger(__name__)


class Hub:
    """The boards' listeners of this process; a slow one misses, never blocks others.

    While the broker is not heard, nobody is kept waiting for what cannot come: open
    streams end, and the pages poll until they are let in again.
    """

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._hearing = asyncio.Event()

    def join(self, board: str) -> asyncio.Queue[str]:
        """Begin to hear of a board; the first to come starts the listener."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=WAITING_MESSAGES)
        self._queues[board].add(queue)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return queue

    async def hears(self) -> bool:
        """Say whether news arrives; a listener that is just starting is awaited."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hearing.wait(), BROKER_WITHIN_S)
        return self._hearing.is_set()

    def leave(self, board: str, queue: asyncio.Queue[str]) -> None:
        self._queues[board].discard(queue)

    def tell(self, text: str) -> None:
        """Hand a message to everybody who watches its board."""
        board = json.loads(text).get("board", "")
        for queue in (*self._queues.get(board, ()), *self._queues.get(ALL, ())):
            # A full queue already holds a reason to refetch.
            with suppress(asyncio.QueueFull):
                queue.put_nowait(text)

    def end_all(self) -> None:
        """End every stream: what it missed from now on it would never hear."""
        self._hearing.clear()
        for queue in (queue for queues in self._queues.values() for queue in queues):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(OVER)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                log.warning("live_listener_lost", error=str(error))
            self.end_all()
            await asyncio.sleep(RETRY_S)

    async def _hear(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        async with client, client.pubsub() as pubsub:
            await pubsub.subscribe(LIVE_CHANNEL)
            self._hearing.set()
            async for message in pubsub.listen():
                if message["type"] == "message":
                    self.tell(message["data"].decode())


hub = Hub()


@require_GET
async def board(request: HttpRequest, code: str) -> HttpResponseBase:
    """Stream ``{board, version}`` whenever what the board shows has changed."""
    status = await sync_to_async(_status, thread_sensitive=False)(request, code)
    if status != 200:
        return _allow(request, HttpResponse(status=status))
    if not settings.REDIS_URL:
        return _allow(request, HttpResponse(status=204))
    response = StreamingHttpResponse(
        _events(code), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return _allow(request, response)


async def _events(code: str) -> AsyncGenerator[bytes, None]:
    queue = hub.join(code)
    try:
        if not await hub.hears():
            return
        yield b"retry: 2000\n\n"
        while True:
            try:
                text = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if text == OVER:
                return
            yield f"event: board\ndata: {text}\n\n".encode()
    finally:
        hub.leave(code, queue)


def _status(request: HttpRequest, code: str) -> int:
    """Look the caller and the board up once, and let the connection go again."""
    try:
        if not request.user.is_authenticated:
            token = request.COOKIES.get(devices.COOKIE, "")
            if devices.find_active(token=token) is None:
                return 401
        elif not roles_of(request.user) & READERS:
            return 403
        is_known = code == ALL or WorkCentre.objects.filter(code=code).exists()
        return 200 if is_known else 404
    finally:
        connections.close_all()


def _allow(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Let exactly the pages' own origin read the answer, with its cookies."""
    origin = getattr(request, "web_origin", "")
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Vary"] = "Origin"
    return response


urlpatterns = [path("boards/<str:code>/", board, name="live-board")]
