"""Let a simulated shift work through the queues on the factory clock."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.clock import set_factory_clock
from production.services.simulation import simulate


class Command(BaseCommand):
    help = "Work through the queues for some hours of factory time, with disturbances."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=int, default=8)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        begin = factory_now(real_now=timezone.now())

        def keep_time(now: datetime) -> None:
            set_factory_clock(real_now=timezone.now(), factory_at=now)

        report = simulate(
            begin=begin,
            hours=options["hours"],
            seed=options["seed"],
            on_step=keep_time,
        )
        self.stdout.write(
            json.dumps(
                {
                    "begin": report.begin.isoformat(),
                    "end": report.end.isoformat(),
                    "done": dict(sorted(report.done.items())),
                    "disturbances": report.disturbances,
                    "completed": report.n_completed,
                    "open": report.n_open,
                }
            )
        )
