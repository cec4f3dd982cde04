"""Tell live boards that what they show has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

import redis
import structlog
from django.conf import settings
from django.db import transaction

from production.models import Line, WorkCentre

LIVE_CHANNEL = "live"

log = structlog.get_logger(__name__)


def touch(*, work_centre_ids: Iterable[int | None]) -> None:
    """Announce after the commit that these work centres' boards changed.

    Nothing is stored: a board's ETag comes from its content, so a lost message
    costs one polling interval and no more.
    """
    ids = sorted({key for key in work_centre_ids if key is not None})
    if ids and settings.REDIS_URL:
        transaction.on_commit(lambda: _publish(ids))


def touch_makers(*, item_id: int) -> None:
    """Announce the same of the lines that make an item."""
    makers = Line.objects.filter(product__stockitem=item_id)
    touch(work_centre_ids=makers.values_list("work_centre_id", flat=True))


def _publish(work_centre_ids: list[int]) -> None:
    codes = WorkCentre.objects.filter(id__in=work_centre_ids).values_list(
        "code", flat=True
    )
    try:
        pipe = _client(settings.REDIS_URL).pipeline(transaction=False)
        for code in codes:
            version = _client(settings.REDIS_URL).incr(f"live:version:{code}")
            pipe.publish(
                LIVE_CHANNEL, json.dumps({"board": code, "version": int(version)})
            )
        pipe.execute()
    except redis.RedisError as error:
        log.warning("live_message_lost", error=str(error))


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=0.5)
