"""Compare the four methods on a product's latest orders, and say which fits and why."""

import json
import math
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.errors import DomainError
from production.documents.advice import write_answer
from production.selectors.advice import (
    COMPARISONS,
    USUAL_WEIGHTS,
    Question,
    get_advice,
)

NAME_WIDTH, WIDTH = 28, 20
LARGEST_FACTOR = 100
COMPARISON_NAMES = {
    "same": "the same equipment under four queue rules",
    "four": "four plants, each built for its method",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--product", required=True, metavar="SLUG")
        parser.add_argument("--from-orders", type=int, default=60, metavar="N")
        parser.add_argument(
            "--comparison",
            choices=sorted(COMPARISONS),
            default="same",
            help="the same equipment under four queue rules, or four plants",
        )
        parser.add_argument(
            "--setup-factor", type=read_factor, default=1.0, help="scale every set-up"
        )
        parser.add_argument(
            "--demand-factor", type=read_factor, default=1.0, help="scale every order"
        )
        parser.add_argument(
            "--shifts-factor", type=read_factor, default=1.0, help="scale working time"
        )
        parser.add_argument(
            "--automation",
            type=read_factor,
            default=0.0,
            help="from 0 to 1: a flow plant",
        )
        parser.add_argument(
            "--matrix", default="", metavar="CODE", help="another set-up matrix"
        )
        for goal, usual in USUAL_WEIGHTS.items():
            parser.add_argument(f"--{goal}", type=int, default=usual, metavar="WEIGHT")
        parser.add_argument("--json", action="store_true", help="one JSON object only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = get_advice(
                question=Question(
                    product=options["product"],
                    n_orders=options["from_orders"],
                    comparison=options["comparison"],
                    setup_bp=round(options["setup_factor"] * 10_000),
                    demand_bp=round(options["demand_factor"] * 10_000),
                    shifts_bp=round(options["shifts_factor"] * 10_000),
                    automation_bp=round(options["automation"] * 10_000),
                    matrix=options["matrix"],
                    weights={goal: options[goal] for goal in USUAL_WEIGHTS},
                ),
                now=factory_now(real_now=timezone.now()),
                sweeps=True,
            )
        except (DomainError, ValueError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        for line in list_lines(write_answer(answer)):
            self.stdout.write(line)


def read_factor(text: str) -> float:
    """Read a factor; float itself takes ``inf``, ``nan`` and ``1e300`` as well."""
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0 <= factor <= LARGEST_FACTOR:
        message = f"{text} is no number from 0 to {LARGEST_FACTOR}"
        raise ArgumentTypeError(message)
    return factor


def list_lines(words: Mapping[str, Any]) -> Iterator[str]:
    """Write an answer for a terminal, in the words of the page."""
    found = words["found"]
    name = COMPARISON_NAMES[found["comparison"]]
    yield f"{found['product']}: {words['basis']}; {name}"
    yield from (text for text in (words["fewer"], words["beside"]) if text)
    if words["fewest"]:
        yield f"Fewer than {words['fewest']} orders: too little to rest a decision on."
    yield ""
    yield f"{words['best']} fits best" if words["best"] else "None can make it"
    if words["best_today"] and not words["is_best_today"]:
        yield f"  of what the plant is laid out for today: {words['best_today']}"
    yield from _listed("because", found["reasons"])
    yield from _listed("what turns it", words["turns"])
    yield from _listed("what does not turn it", words["steady"])
    yield from filter(None, [words["swept"]])
    yield ""
    yield _row("", [column["name"] for column in words["columns"]])
    for row in words["figures"]:
        yield _row(row["name"], [cell["text"] for cell in row["cells"]])
    lacking = [each for each in words["columns"] if each["lacks"]]
    yield from _listed(
        "not today", [f"{each['name']}: {each['lacks']}" for each in lacking]
    )
    yield from _listed(
        "ruled out, not ranked",
        [f"{each['name']}: {each['because']}" for each in words["ruled_out"]],
    )
    for design in words["routes"]:
        yield from _routes(design)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def _listed(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield f"{title}:"
    yield from (f"  - {text}" for text in texts)


def _routes(design: Mapping[str, Any]) -> Iterator[str]:
    """Write how else one design could be made, and from how many it pays."""
    yield ""
    yield f"Ways to make {design['design'] or str(design['pieces']) + ' pieces alike'}:"
    for route in design["routes"]:
        yield (
            f"  {route['name']}: {route['once']} and {route['once_cost']} once, "
            f"{route['piece']} and {route['piece_cost']} a piece"
        )
    yield from (f"  - {text}" for text in design["pays"])
