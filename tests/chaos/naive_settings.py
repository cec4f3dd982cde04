"""The product's settings with the naive design in place of beat and outbox drain."""

from configurator.settings import *  # noqa: F403
from configurator.settings import CELERY_BEAT_SCHEDULE, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.naive.NaiveConfig"]
CELERY_BEAT_SCHEDULE = {
    name: entry
    for name, entry in CELERY_BEAT_SCHEDULE.items()
    if name not in {"production.release_confirmed_orders"}
}
