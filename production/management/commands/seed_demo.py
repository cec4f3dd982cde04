"""Load the demo: factory, products, accounts and sample orders."""

import time
from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from configurator.models import CatalogueRelease, Product, User
from configurator.selectors.clock import factory_now
from configurator.services.catalogue import create_draft, publish_release
from configurator.services.words import load_unwanted
from configurator.states import PUBLISHED_RELEASE_STATES
from orders.services.standing import load_standing_orders
from production.selectors import demo
from production.services.accounts import load_accounts, load_groups
from production.services.factory import load_factory
from production.services.floor_release import release_to_floor
from production.services.samples import load_samples


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--orders", type=int, default=settings.SAMPLE_ORDERS, metavar="N"
        )
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing where there is any product, or any user",
        )
        parser.add_argument(
            "--only-roles",
            action="store_true",
            help="make the groups of staff and nothing else: a factory of one's own",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only_roles"]:
            names = ", ".join(sorted(load_groups()))
            if options["verbosity"]:
                self.stdout.write(
                    f"Groups of staff, with what each may do: {names}. "
                    "There are no users yet: createsuperuser makes the first."
                )
            return
        if options["if_empty"] and (Product.objects.exists() or User.objects.exists()):
            return
        began_s = time.monotonic()
        # A first load that is cut short leaves nothing: the next start begins anew.
        # Beside running servers one long transaction would only make them wait.
        whole = transaction.atomic() if options["if_empty"] else nullcontext()
        with whole:
            n_products, n_accounts, n_orders = self.load(
                n_orders=options["orders"], seed=options["seed"]
            )
        if options["verbosity"]:
            took_s = time.monotonic() - began_s
            self.stdout.write(
                f"Demo factory: {n_products} products, {n_accounts} accounts and "
                f"{n_orders} orders in {took_s:.1f} s."
            )

    def load(self, *, n_orders: int, seed: int) -> tuple[int, int, int]:
        """Load places, products, people and orders; count what was added."""
        now = factory_now(real_now=timezone.now())
        factory = demo.read_factory()
        load_factory(document=factory, now=now)
        load_unwanted(demo.read_unwanted())
        n_products = self.publish(now)
        load_factory(document=factory, now=now)
        load_standing_orders(documents=factory["standing_orders"], now=now)
        n_accounts = load_accounts(accounts=demo.read_accounts())
        n_placed = load_samples(factory=factory, n_orders=n_orders, seed=seed, now=now)
        release_to_floor(now=now)
        return n_products, n_accounts, n_placed

    def publish(self, now: datetime) -> int:
        """Publish the products that are not on sale yet."""
        published = set(
            CatalogueRelease.objects.filter(
                state__in=PUBLISHED_RELEASE_STATES
            ).values_list("product__slug", flat=True)
        )
        documents = [
            each for each in demo.read_products() if each["product"] not in published
        ]
        for document in documents:
            draft = create_draft(document=document, now=now)
            publish_release(release_id=draft.pk, now=now)
        return len(documents)
