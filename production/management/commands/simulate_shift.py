"""Let a simulated shift work through the queues on the factory clock."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.clock import set_factory_clock
from production.services.simulation import (
    STEP,
    ShiftReport,
    find_opening,
    pass_closed,
    simulate,
)

NOW = "now"
DAY_AND_TIME = "%a %d %b %Y, %H:%M"
LONGEST_STEP = 60
LONGEST_SHIFT = 366 * 24


class Command(BaseCommand):
    help = "Work through the queues for some hours of factory time, with disturbances."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=int, default=8)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--step",
            type=int,
            default=STEP // timedelta(minutes=1),
            metavar="MINUTES",
            help="how often people look up from their work; longer steps pass sooner",
        )
        parser.add_argument(
            "--calm", action="store_true", help="let no disturbance strike"
        )
        parser.add_argument(
            "--from",
            dest="begin",
            type=read_begin,
            metavar="TIME",
            help="when it begins, as 2026-11-23T06:00 in the time of the works, or "
            "'now' even if all is closed; without it at the next opening, if nobody "
            "works in these hours",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["hours"] <= LONGEST_SHIFT:
            raise CommandError(f"A shift has from 1 to {LONGEST_SHIFT} hours.")
        if not 1 <= options["step"] <= LONGEST_STEP:
            raise CommandError(f"A step has from 1 to {LONGEST_STEP} minutes.")
        zone = ZoneInfo(settings.SHOP_TIME_ZONE)
        begin = self.find_begin(options["begin"], hours=options["hours"], zone=zone)

        def keep_time(now: datetime) -> None:
            set_factory_clock(real_now=timezone.now(), factory_at=now)

        now = factory_now(real_now=timezone.now())
        pass_closed(begin=now, end=begin, on_step=keep_time)
        report = simulate(
            begin=begin,
            hours=options["hours"],
            seed=options["seed"],
            step=timedelta(minutes=options["step"]),
            is_calm=options["calm"],
            on_step=keep_time,
        )
        if options["json"]:
            self.stdout.write(json.dumps(written(report)))
            return
        for line in list_lines(report, zone=zone):
            self.stdout.write(line)

    def find_begin(
        self, wanted: datetime | str | None, *, hours: int, zone: ZoneInfo
    ) -> datetime:
        """Give when the shift begins; say so where that is not now."""
        now = factory_now(real_now=timezone.now())
        if isinstance(wanted, datetime):
            begin = wanted if wanted.tzinfo else wanted.replace(tzinfo=zone)
            if begin < now:
                told = f"{now.astimezone(zone):%Y-%m-%dT%H:%M}"
                raise CommandError(f"The clock of the works shows {told} already.")
            return begin
        opening = find_opening(at=now)
        if opening < now + timedelta(hours=hours):
            return now
        told = f"{opening.astimezone(zone):{DAY_AND_TIME}}"
        if wanted == NOW:
            self.stderr.write(f"Nobody works in these hours: the works open {told}.")
            return now
        self.stderr.write(
            f"The works are closed now: the shift begins when they open, {told}. "
            "With --from now it begins at once."
        )
        return opening


def written(report: ShiftReport) -> dict[str, Any]:
    return {
        "begin": report.begin.isoformat(),
        "end": report.end.isoformat(),
        "done": dict(sorted(report.done.items())),
        "disturbances": report.disturbances,
        "completed": report.n_completed,
        "open": report.n_open,
    }


def list_lines(report: ShiftReport, *, zone: ZoneInfo) -> Iterator[str]:
    """Tell people what a shift has brought about, at the times of the works."""
    begin, end = report.begin.astimezone(zone), report.end.astimezone(zone)
    yield f"The works have gone on from {begin:{DAY_AND_TIME}} to {end:{DAY_AND_TIME}}."
    yield f"Work orders: {report.n_completed} completed, {report.n_open} still open."
    done = {name: n for name, n in sorted(report.done.items()) if n}
    yield "Done:" if done else "Nothing was to be done."
    for name, n in done.items():
        yield f"  {n:>7,}  {name}"
    if report.disturbances:
        yield "Went wrong:"
    for code, at in report.disturbances.items():
        told = datetime.fromisoformat(at).astimezone(zone)
        yield f"  {told:{DAY_AND_TIME}}  {code.replace('_', ' ').lower()}"


def read_begin(text: str) -> datetime | str:
    if text == NOW:
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is neither 'now' nor a time such as 2026-11-23T06:00"
        raise ArgumentTypeError(message) from error
