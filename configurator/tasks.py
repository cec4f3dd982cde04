"""Wake-ups of the catalogue; what is to be done stands in the database."""

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.catalogue import activate_scheduled
from configurator.services.designs import forget_deleted_designs
from configurator.services.once import forget_old_keys
from configurator.services.publishing import carry_out, list_left_behind
from configurator.services.uploads import forget_unused

log = structlog.get_logger(__name__)


@shared_task(name="configurator.examine_release", time_limit=600)
def examine_release(*, release_id: int, **_: Any) -> None:
    """Examine or publish what stands in the row; safe to run twice, or never."""
    is_mine = carry_out(
        release_id=release_id,
        now=factory_now(real_now=timezone.now()),
        clock=timezone.now,
    )
    log.info("release_examined", release_id=release_id, is_mine=is_mine)


@shared_task(name="configurator.continue_examinations", time_limit=600)
def continue_examinations(**_: Any) -> None:
    """Go on with what a lost message or a dead worker has left behind."""
    for release_id in list_left_behind(real_now=timezone.now()):
        examine_release(release_id=release_id)


@shared_task(name="configurator.activate_scheduled", time_limit=300)
def activate(**_: Any) -> None:
    for release in activate_scheduled(now=factory_now(real_now=timezone.now())):
        log.info("release_activated", release=str(release))


@shared_task(name="configurator.forget_old_keys", time_limit=300)
def forget_keys(**_: Any) -> None:
    n_forgotten = forget_old_keys(now=timezone.now())
    if n_forgotten:
        log.info("idempotency_keys_forgotten", n=n_forgotten)


@shared_task(name="configurator.forget_unused_uploads", time_limit=600)
def forget_uploads(**_: Any) -> None:
    n_forgotten = forget_unused(now=factory_now(real_now=timezone.now()))
    if n_forgotten:
        log.info("unused_uploads_forgotten", n=n_forgotten)


@shared_task(name="configurator.forget_deleted_designs", time_limit=300)
def forget_designs(**_: Any) -> None:
    n_forgotten = forget_deleted_designs(now=factory_now(real_now=timezone.now()))
    if n_forgotten:
        log.info("deleted_designs_forgotten", n=n_forgotten)
