"""Send a sales history through the API of a running Lot One and watch it arrive."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.models import ApiKey, User
from configurator.services.api_keys import (
    issue_api_key,
    renew_api_key,
    revoke_api_key,
)
from production.models import Line, LineSlot
from production.services.replaying import BUILT, Api, ReplayError, replay
from production.states import SlotState

ARRIVE_WITHIN_S = 600
EVERY = 500


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--product", required=True, metavar="SLUG")
        parser.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}")
        parser.add_argument("--threads", type=int, default=4)
        parser.add_argument("--run", default="1", help="the same name orders once")

    def handle(self, *args: Any, **options: Any) -> None:
        began_s = time.monotonic()
        key, text = take_key()
        try:
            report = replay(
                path=options["file"],
                product=options["product"],
                api=Api(options["url"].rstrip("/"), text),
                n_threads=options["threads"],
                run=options["run"],
                on_progress=self.say_progress,
            )
        except ReplayError as error:
            raise CommandError(str(error)) from error
        finally:
            revoke_api_key(key=key, now=timezone.now())
        sent_s = time.monotonic() - began_s
        n_queued = self.wait(report.orders, report.units[BUILT])
        found = {
            "rows": sum(report.rows.values()),
            "rows_by_outcome": dict(report.rows),
            "units_by_outcome": dict(report.units),
            "commonest_reasons": dict(report.reasons.most_common(12)),
            "orders": len(report.orders),
            "work_orders_in_queue": n_queued,
            "sent_s": round(sent_s, 1),
            "seconds": round(time.monotonic() - began_s, 1),
        }
        self.stdout.write(json.dumps(found))
        if n_queued < report.units[BUILT]:
            raise CommandError("Not all work orders stand in the line's queue.")

    def say_progress(self, n_done: int) -> None:
        if n_done % EVERY == 0:
            self.stderr.write(f"{n_done} rows sent")

    def wait(self, orders: Sequence[str], n_wanted: int) -> int:
        """Wait until all units stand in their line's queue, as planned by a worker."""
        deadline_s = time.monotonic() + ARRIVE_WITHIN_S
        n_queued = count_queued(orders)
        while n_queued < n_wanted and time.monotonic() < deadline_s:
            time.sleep(1)
            n_queued = count_queued(orders)
        return n_queued


def take_key() -> tuple[ApiKey, str]:
    """Give the replay's own key, the same each time: repeats are known by it."""
    user, _is_new = User.objects.get_or_create(username="replay-orders")
    now = timezone.now()
    expires_at = now + timedelta(hours=6)
    key = ApiKey.objects.filter(user=user, name="replay").order_by("pk").first()
    if key is not None:
        return key, renew_api_key(key=key, expires_at=expires_at)
    return issue_api_key(
        user=user,
        name="replay",
        scopes=["orders:import"],
        now=now,
        expires_at=expires_at,
    )


def count_queued(orders: Sequence[str]) -> int:
    """Count the units of some orders that their lines have planned, or had."""
    slots = LineSlot.objects.filter(work_order__order_line__order__number__in=orders)
    planned: set[int] = set()
    for line in Line.objects.filter(slots__in=slots).distinct():
        plan = line.plans.filter(version=line.plan_version).first()
        planned |= set(plan.sequence if plan else ())
    return sum(
        key in planned or state != SlotState.SEQUENCED
        for key, state in slots.values_list("id", "state")
    )
