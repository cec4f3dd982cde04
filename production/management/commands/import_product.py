"""Put on sale a range of an XCSP file, with prices, a routing and a line."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.errors import DomainError
from production.services.ranges import (
    USUAL_COLOUR,
    USUAL_RATIOS,
    Ratio,
    make_product,
)
from production.states import LineState

STANDS = (
    "Line {line} stands still: what is ordered waits in its queue until somebody "
    "presses “Start the takt” at /floor/lines/{line}/."
)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--slug", required=True)
        parser.add_argument("--seed", type=int, default=1, help="of the option prices")
        parser.add_argument(
            "--ratio",
            action="append",
            metavar="CHARACTERISTIC=OPTION:P:Q",
            help="at most P of Q in a row; repeatable; without it what the range "
            f"has of {', '.join(USUAL_RATIOS)}",
        )
        parser.add_argument(
            "--colour",
            metavar="CHARACTERISTIC",
            help=f"what runs are limited of; {USUAL_COLOUR} if the range has that",
        )
        parser.add_argument("--colour-max-run", type=int, default=12)

    def handle(self, *args: Any, **options: Any) -> None:
        began_s = time.monotonic()
        asked = options["ratio"]
        try:
            imported, line, n_ratios = make_product(
                path=options["file"],
                slug=options["slug"],
                seed=options["seed"],
                ratios=[Ratio.read(text) for text in asked] if asked else None,
                colour=options["colour"],
                colour_max_run=options["colour_max_run"],
                now=factory_now(real_now=timezone.now()),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        definition = imported.definition
        found = {
            "product": options["slug"],
            "release": str(imported.release.number),
            "characteristics": len(definition.characteristics),
            "options": sum(len(each.options) for each in definition.characteristics),
            "rules": len(definition.rules),
            "ratios": n_ratios,
            "line": line.code,
            "line_state": line.state,
            "seconds": round(time.monotonic() - began_s, 1),
        }
        self.stdout.write(json.dumps(found))
        if line.state == LineState.STOPPED:
            self.stderr.write(STANDS.format(line=line.code), self.style.NOTICE)
