"""Compare confirmed orders with work orders; exit 1 where anything is wrong."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.selectors.clock import factory_now
from production.selectors.pipeline_check import PipelineReport, check_pipeline

WORDS = {
    "pending_too_long": "confirmed orders wait too long for their work orders",
    "parked": "confirmed orders are parked after three failures",
    "lost": "lines of confirmed orders have no work order",
    "torn": "lines have work orders for only a part",
    "without_operations": "work orders have no operations",
    "alive_on_cancelled": "work orders live on cancelled orders",
    "not_reserved": "standard lines have no stock reserved or backordered",
    "late_to_the_floor": "planned work orders should be on the floor by now",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        report = check_pipeline(now=factory_now(real_now=timezone.now()))
        self.stdout.write(as_json(report) if options["json"] else as_text(report))
        if report.alarms:
            codes = ", ".join(check.code for check in report.alarms)
            raise CommandError(f"The pipeline is not in order: {codes}.")


def as_json(report: PipelineReport) -> str:
    return json.dumps(
        {
            "confirmed": report.n_confirmed,
            "work_orders": report.n_work_orders,
            "pending": report.n_pending,
            "oldest_pending_s": report.oldest_pending_s,
            "alarms": [check.as_json() for check in report.alarms],
        }
    )


def as_text(report: PipelineReport) -> str:
    summary = (
        f"{report.n_confirmed} confirmed orders, {report.n_work_orders} work orders, "
        f"{report.n_pending} pending, the oldest for {report.oldest_pending_s} s."
    )
    found = [
        f"{check.n_wrong} {WORDS[check.code]}: {', '.join(check.examples)}"
        for check in report.alarms
    ]
    return "\n".join([summary, *found])
