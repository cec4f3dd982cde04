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
            )
        for row in answer["ruled_out"]:
            self.stdout.write(f"{row['method']:<20}ruled out: {row['because']}")
        for text in answer["reasons"]:
            self.stdout.write(f"- {text}")
        for turn in answer["turns"]:
            self.stdout.write(
                f"- with set-ups between {turn['from_value'] / 10_000:g} and "
                f"{turn['to_value'] / 10_000:g} times as long it turns from "
                f"{turn['from_method']} to {turn['to_method']}"
            )
