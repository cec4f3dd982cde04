"""News from orders: a nudge for the worker, never the only way to be heard."""

from __future__ import annotations

import time
from typing import Any

import structlog
from prometheus_client import Counter

from production.tasks import release_confirmed_orders

# A drain takes all there is, so a burst of orders needs few nudges; what comes in
# between is found by the beat within a second.
NUDGE_EVERY_S = 0.05
# A broker that is down is not asked by every checkout.
ASK_AGAIN_AFTER_S = 5.0
USELESS_AFTER_S = 10

nudges_lost = Counter("lotone_nudges_lost", "Wake-ups that no broker took")
log = structlog.get_logger(__name__)


class _Pace:
    """When the next nudge may be sent from this process."""

    next_s = 0.0


def nudge_release(**_: Any) -> None:
    """Wake a worker after orders were confirmed; a lost nudge costs at most a beat."""
    now_s = time.monotonic()
    if now_s < _Pace.next_s:
        return
    _Pace.next_s = now_s + NUDGE_EVERY_S
    try:
        release_confirmed_orders.apply_async(retry=False, expires=USELESS_AFTER_S)
    except Exception as error:
        _Pace.next_s = time.monotonic() + ASK_AGAIN_AFTER_S
        nudges_lost.inc()
        log.warning("nudge_lost", error=str(error))
