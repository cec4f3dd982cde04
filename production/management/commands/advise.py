"""Compare the four methods on a product's latest orders, and say which fits and why."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.errors import DomainError
from production.selectors.advice import (
    COMPARISONS,
    USUAL_WEIGHTS,
    Question,
    get_advice,
)

HOUR_S = 3600
TURNS = {
    "setup": "with set-ups between {low} and {high} times as long it turns from "
    "{from_method} to {to_method}",
    "volume": "with orders between {low} and {high} times as large it turns from "
    "{from_method} to {to_method}",
    "variety": "between {low} and {high} variants it turns from {from_method} to "
    "{to_method}",
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
            "--setup-factor", type=float, default=1.0, help="scale every set-up"
        )
        parser.add_argument(
            "--demand-factor", type=float, default=1.0, help="scale every order"
        )
        parser.add_argument(
            "--shifts-factor", type=float, default=1.0, help="scale working time"
        )
        parser.add_argument(
            "--automation", type=float, default=0.0, help="from 0 to 1: a flow plant"
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
        if not options["json"]:
            self.write_table(answer)
        self.stdout.write(json.dumps(answer))

    def write_table(self, answer: dict[str, Any]) -> None:
        """Write what a person reads, above the JSON that ends the output."""
        self.stdout.write(
            f"{answer['product']}: {answer['orders']} orders, {answer['pieces']} "
            f"pieces, at {answer['work_centre']} ({answer['step']})"
        )
        head = ("method", "score", "lead h", "change h", "late %", "in work", "cost")
        self.stdout.write("{:<20}{:>7}{:>10}{:>10}{:>8}{:>9}{:>12}".format(*head))
        for row in answer["methods"]:
            self.stdout.write(
                f"{row['method']:<20}{row['score']:>7}{row['lead_s'] / HOUR_S:>10.1f}"
                f"{row['change_s'] / HOUR_S:>10.1f}{row['tardy_bp'] / 100:>8.1f}"
                f"{row['wip_pieces']:>9}{row['cost_minor'] / 100:>12.2f}"
                f"{'  not today: ' + row['lacks'] if row['lacks'] else ''}"
            )
        for row in answer["ruled_out"]:
            self.stdout.write(f"{row['method']:<20}ruled out: {row['because']}")
        for text in answer["reasons"]:
            self.stdout.write(f"- {text}")
        for turn in answer["turns"]:
            self.stdout.write(f"- {TURNS[turn['by']].format(**_factors(turn))}")
        for design in answer["routes"]:
            self.write_routes(design)

    def write_routes(self, design: dict[str, Any]) -> None:
        """Write how else one design could be made, and from how many it pays."""
        self.stdout.write(f"Ways to make {design['design'] or _alike(design)}:")
        for route in design["routes"]:
            self.stdout.write(
                f"  {route['name']}: {route['once_s']} s and "
                f"{route['once_minor'] / 100:.2f} once, {route['piece_ms'] / 1000:g} s "
                f"and {route['piece_milli'] / 100_000:.4f} a piece"
            )
        for pays in design["break_evens"]:
            self.stdout.write(
                f"- {pays['route_name']} instead of {pays['instead_of_name']}: "
                f"by time from {pays['by_time'] or 'no number of'} pieces, "
                f"by cost from {pays['by_cost'] or 'no number of'} pieces"
            )


def _alike(design: dict[str, Any]) -> str:
    return f"{design['pieces']} pieces alike"


def _factors(turn: dict[str, Any]) -> dict[str, Any]:
    """Write a turn's places as people read them: factors, or numbers of variants."""
    scale = 1 if turn["by"] == "variety" else 10_000
    return {
        **turn,
        "low": f"{turn['from_value'] / scale:g}",
        "high": f"{turn['to_value'] / scale:g}",
    }
