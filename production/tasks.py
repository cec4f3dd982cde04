"""Wake-ups of production; what is to be done stands in the database."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

import structlog
from celery import current_app, shared_task, signals
from django.utils import timezone

from configurator.selectors.clock import factory_now
from production.services import (
    advising,
    checkouts,
    driving,
    flow,
    lines,
    lots,
    planning,
    sequencing,
    shortages,
    showing,
    supplying,
)
from production.services.floor_release import drain_to_floor
from production.services.outlooks import watch_promises
from production.services.release import drain_confirmed_orders
from production.services.watching import watch_pipeline

# A drain ends itself long before anybody would have to kill it.
DRAIN_S = 20.0
SEARCHING = frozenset({"planning", "searching"})
WRITERS = 2  # connections on which one drain writes a backlog

log = structlog.get_logger(__name__)


@signals.worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Load the compiled search where lines are planned, so that no plan waits."""
    if SEARCHING.isdisjoint(current_app.amqp.queues.consume_from):
        return
    threading.Thread(target=sequencing.warm_up, name="warm-up", daemon=True).start()


def _now() -> datetime:
    return factory_now(real_now=timezone.now())


@shared_task(name="production.release_confirmed_orders", time_limit=300)
def release_confirmed_orders(**_: Any) -> None:
    report = drain_confirmed_orders(
        now=_now,
        seconds=time.monotonic,
        until_s=time.monotonic() + DRAIN_S,
        n_writers=WRITERS,
    )
    if report.n_claimed:
        log.info(
            "orders_released",
            orders=report.n_orders,
            work_orders=report.n_work_orders,
            failed=report.n_failed,
        )


@shared_task(name="production.release_to_floor", time_limit=300)
def release_to_floor(**_: Any) -> None:
    n_released = drain_to_floor(
        now=_now, seconds=time.monotonic, until_s=time.monotonic() + DRAIN_S
    )
    if n_released:
        log.info("released_to_floor", work_orders=n_released)


@shared_task(name="production.tend", time_limit=300)
def tend(**_: Any) -> None:
    report = driving.tend(now=_now())
    if not report.is_idle:
        log.info("floor_tended", woken=report.n_woken, ended=report.n_ended)


@shared_task(name="production.plan", time_limit=300)
def plan(**_: Any) -> None:
    report = driving.plan(now=_now())
    if not report.is_idle:
        log.info(
            "floor_planned", batches=report.n_batches, sequenced=report.n_sequenced
        )


@shared_task(name="production.search_queue", time_limit=300)
def search_queue(*, code: str, seconds: int, **_: Any) -> None:
    outcome = planning.search_queue(
        code=code, seconds=seconds, now=_now(), clock_s=time.monotonic
    )
    log.info("queue_searched", place=code, outcome=outcome)


@shared_task(name="production.advance_lines", time_limit=120)
def advance_lines(**_: Any) -> None:
    lines.advance_due(now=_now())
    flow.run_lines(now=_now())


@shared_task(name="production.replenish", time_limit=120)
def replenish(**_: Any) -> None:
    runs = flow.replenish(now=_now())
    if runs:
        log.info("replenishment_planned", runs=[run.number for run in runs])


@shared_task(name="production.supply", time_limit=120)
def supply(**_: Any) -> None:
    n_resumed = shortages.receive_due(now=_now())
    n_moved = supplying.supply(now=_now())
    n_back = shortages.restock(now=_now())
    if n_moved or n_resumed or n_back:
        log.info("supplies_moved", supplies=n_moved, resumed=n_resumed, back=n_back)


@shared_task(name="production.release_held_stock", time_limit=120)
def release_held_stock(**_: Any) -> None:
    n_released = checkouts.release_held(now=_now())
    if n_released:
        log.info("held_stock_released", n=n_released)


@shared_task(name="production.sweep_lots", time_limit=120)
def sweep_lots(**_: Any) -> None:
    n_moved = lots.sweep(now=_now())
    if n_moved:
        log.info("lots_moved", lots=n_moved)


@shared_task(name="production.check_pipeline", time_limit=120)
def watch(**_: Any) -> None:
    watch_pipeline(now=_now())


@shared_task(name="production.watch_promises", time_limit=300)
def watch_what_was_promised(**_: Any) -> None:
    n_moved = watch_promises(now=_now())
    if n_moved:
        log.info("promises_moved", promises=n_moved)


@shared_task(name="production.advise", time_limit=120)
def advise(*, question: dict[str, Any], **_: Any) -> None:
    advising.work_out_advice(question=question, now=_now())


@shared_task(name="production.refresh_advice", time_limit=300)
def refresh_advice(**_: Any) -> None:
    n_classes = advising.refresh_class_advice(now=_now())
    if n_classes:
        log.info("class_advice_refreshed", classes=n_classes)
    n_products = showing.refresh_comparisons(now=_now())
    if n_products:
        log.info("ways_compared", products=n_products)
