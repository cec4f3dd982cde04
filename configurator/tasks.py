"""Wake-ups of the catalogue; what is to be done stands in the database."""

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.catalogue import activate_scheduled, publish_release
from configurator.services.once import forget_old_keys
from configurator.services.uploads import forget_unused

log = structlog.get_logger(__name__)


@shared_task(name="configurator.publish_release", time_limit=600)
def publish(*, release_id: int, **_: Any) -> None:
    """For a release that takes long to compile."""
    release = publish_release(
        release_id=release_id, now=factory_now(real_now=timezone.now())
    )
    log.info("release_published", release=str(release), state=release.state)


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
