"""``make chaos``: break everything while orders come in, then count what is missing.

The last line is one JSON object. The exit code is 1 where anything was lost, doubled,
torn or grouped twice, as it must be for the naive design. It is 2 where the harness
did not do what it was asked for, told under ``undone``: such a run proves nothing.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from configurator.management.broker import program_from_pip
from tests.chaos.client import Customers, Ledger
from tests.chaos.compare import compare, rows_of
from tests.chaos.floor import Floor
from tests.chaos.hands import TURNS, WAKE_UP, Hands, OwnBroker, own_broker
from tests.support import postgres
from tests.support.stack import LiveStack

# What waits for a worker to come back takes long on a crowded machine.
HANDS_END_WITHIN_S = 180
DRAIN_WITHIN_S = 240
NAIVE_WAITS_S = 30
# Less would mean that the breaking is too gentle to tell the designs apart.
NAIVE_LOSES_AT_LEAST = 0.01
REACHED = ("released", "in_batches", "on_lines", "from_stock")
FAILURES = ("lost", "duplicated", "torn", "in_two_batches")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--design", choices=("outbox", "naive"), default="outbox")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lotone-chaos-"))
    try:
        with ExitStack() as cleanups:
            result = run(options, folder, cleanups)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))  # noqa: T201 -- the harness's answer
    return exit_code(result)


def exit_code(result: dict[str, Any]) -> int:
    """Tell a design that loses (1) from a harness that fell short (2)."""
    return 2 if result["undone"] else int(any(result[name] for name in FAILURES))


def run(
    options: argparse.Namespace, folder: Path, cleanups: ExitStack
) -> dict[str, Any]:
    url, restart = database(options.db, folder, cleanups)
    broker = own_broker(program_from_pip(), folder)
    broker.start()
    cleanups.callback(broker.stop)
    stack = LiveStack(
        folder, database_url=url, environment=environment(options, broker.url)
    )
    cleanups.enter_context(stack)
    key = poison_and_let_in(stack)
    baseline = rows_of(url, "SELECT max(id) FROM orders_order")[0][0]
    ledger = Ledger(folder / "ledger.jsonl")
    ledger.write(event="baseline", id=baseline)
    customers = Customers(stack.url, key, ledger, bodies(stack.url), options.seed)
    hands = make_hands(options, stack, broker, customers, Floor(url, baseline))
    hands.restart_database = restart
    breaking = threading.Thread(target=hands.run, daemon=True)
    began_s = time.monotonic()
    breaking.start()
    customers.run(options.orders)
    placed_s = time.monotonic() - began_s
    hands.stop.set()
    breaking.join(HANDS_END_WITHIN_S)
    is_drained = drain(hands.floor, is_naive=options.design == "naive")
    routed_s = time.monotonic() - began_s
    result = report(options, hands, customers, ledger, placed_s, routed_s)
    undone = list_undone(result, asked_of(options, hands), is_drained=is_drained)
    return result | {"undone": undone + customers.refused}


def asked_of(options: argparse.Namespace, hands: Hands) -> dict[str, int]:
    """Say how often each thing must have happened for the run to prove anything."""
    asked = {
        "orders": options.orders,
        "worker_kills": hands.n_kills,
        "broker_wipes": hands.n_wipes,
        "web_kills": 1,
        "broker_cuts": 1,
    }
    if options.design == "outbox":
        asked |= {
            "doubled_wake_ups": 1,
            "placed_while_broker_down": hands.n_while_down,
            "planner_kills": len(TURNS),
            **dict.fromkeys(REACHED, 1),
        }
    if hands.restart_database is not None:
        asked["db_restarts"] = 1
    return asked


def make_hands(
    options: argparse.Namespace,
    stack: LiveStack,
    broker: OwnBroker,
    customers: Customers,
    floor: Floor,
) -> Hands:
    """Plan so many kills and wipes as the number of orders asks for."""
    return Hands(
        stack=stack,
        broker=broker,
        floor=floor,
        restart_database=None,
        rng=random.Random(options.seed),  # noqa: S311 -- repeatable
        progress=lambda: customers.n_done / options.orders,
        count_placed=customers.count_placed,
        n_kills=max(5, options.orders * 30 // 10_000),
        n_wipes=max(3, options.orders * 15 // 10_000),
        n_while_down=min(10, options.orders // 30),
        # A doubled drain would rescue what the naive design has lost.
        wake_up="" if options.design == "naive" else WAKE_UP,
    )


def list_undone(
    result: dict[str, Any], asked: dict[str, int], *, is_drained: bool
) -> list[str]:
    """Say where the harness fell short: a run that broke nothing proves nothing."""
    undone = [
        f"{result[name]} of {wanted} {name}"
        for name, wanted in asked.items()
        if result[name] < wanted
    ]
    if result["design"] == "naive":
        share = result["lost"] / max(1, result["orders"])
        if share < NAIVE_LOSES_AT_LEAST:
            undone.append(f"the naive design lost {share:.2%} only")
        return undone
    if not is_drained:
        undone.append(f"orders still waited after {DRAIN_WITHIN_S} s")
    if not result["parked"]:
        undone.append("the poisoned order was not parked")
    return undone


def report(
    options: argparse.Namespace,
    hands: Hands,
    customers: Customers,
    ledger: Ledger,
    placed_s: float,
    routed_s: float,
) -> dict[str, Any]:
    found = compare(ledger.path, hands.floor.url)
    return {
        "design": options.design,
        "db": options.db,
        "orders": found["orders"],
        "worker_kills": hands.done["worker_kills"],
        "broker_wipes": hands.done["broker_wipes"],
        "db_restarts": hands.done["db_restarts"],
        "planner_kills": hands.done["planner_kills"],
        "web_kills": hands.done["web_kills"],
        "broker_cuts": hands.done["broker_cuts"],
        "placed_while_broker_down": hands.done["placed_while_broker_down"],
        "doubled_wake_ups": hands.done["doubled_wake_ups"],
        "client_retries": customers.n_retries,
        **{name: hands.floor.count(name) for name in REACHED},
        **{name: found[name] for name in FAILURES},
        "parked": found["parked"],
        "placed_per_s": round(found["orders"] / placed_s, 1),
        "routed_per_s": round(found["orders"] / routed_s, 1),
    }


def environment(options: argparse.Namespace, broker_url: str) -> dict[str, str]:
    found = {
        "REDIS_URL": broker_url,
        "LOG_LEVEL": "WARNING",
        # One writes at a time on SQLite, however many answer.
        "WEB_WORKERS": "1" if options.db == "sqlite" else "2",
        # The crowd's orders are enough.
        "SAMPLE_ORDERS": "0",
        # Nobody looks at a page.
        "STATIC_HASHED": "0",
        # What is killed again and again must soon be there to be killed again.
        "LONGEST_BACK_OFF_S": "2",
    }
    if options.design == "naive":
        found["DJANGO_SETTINGS_MODULE"] = "tests.chaos.naive_settings"
    os.environ["REDIS_URL"] = broker_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "configurator.settings")
    return found


def database(db: str, folder: Path, cleanups: ExitStack) -> tuple[str, Any]:
    if db == "sqlite":
        return f"sqlite:///{folder / 'chaos.sqlite3'}", None
    home = Path(tempfile.mkdtemp(prefix="lotone-pg-"))
    server = postgres.start(home, is_durable=True)
    cleanups.callback(shutil.rmtree, home, ignore_errors=True)
    cleanups.callback(server.stop)
    url = server.get_uri()

    def restart() -> None:
        """Shut down as at a power cut (immediate), then start again."""
        pid = int((home / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        deadline_s = time.monotonic() + 20
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        server.start()

    return url, restart


def bodies(url: str) -> list[dict[str, Any]]:
    """Shirts one by one, cookies in batches, both in one order, juice from stock."""
    customer = {
        "customer": {"name": "Chaos", "email": "chaos@example.org"},
        "shipping_address": {
            "line1": "1 Loopback",
            "line2": "",
            "postcode": "10115",
            "city": "Berlin",
            "country": "DE",
        },
        "delivery": "COLLECTION",
    }
    shirt = {"product": "t-shirt", "choices": choices(url, "t-shirt"), "quantity": 2}
    cookies = {"product": "cookies", "choices": choices(url, "cookies"), "quantity": 1}
    # So many cases that the stock does not last: some of them must wait.
    juice = {"product": "juice-apple", "choices": {}, "quantity": 40}
    mixed = [shirt | {"quantity": 1}, cookies]
    return [
        {**customer, "lines": lines} for lines in ([shirt], [cookies], mixed, [juice])
    ]


def choices(url: str, product: str) -> dict[str, Any]:
    """Ask the shop for complete choices."""
    request = urllib.request.Request(  # noqa: S310 -- loopback only
        f"{url}/api/v1/products/{product}/complete/",
        data=json.dumps({"choices": {}, "objective": "POPULAR"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)["choices"]
    return found


def poison_and_let_in(stack: LiveStack) -> str:
    """Lay out an order that can never be released; give the crowd's key.

    It is bespoke and nobody has quoted it. It is come upon in the midst of the others,
    as the clock is moved.
    """
    suit = choices(stack.url, "suit")
    return stack.manage("shell", "-c", PREPARE % {"suit": repr(suit)}).split()[-1]


PREPARE = """
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from orders.models import Order, OrderLine, OutboxMessage
from configurator.models import Product
from configurator.services.configurations import pin_configuration
now = timezone.now()
pinned = pin_configuration(product="suit", choices=%(suit)s, quantity=1, now=now)
order = Order.objects.create(number="POISON-1", customer_name="Poison",
    customer_email="poison@example.org", shipping_address={}, delivery="COLLECTION",
    currency="EUR", state="CONFIRMED", payment_state="PAID", placed_at=now,
    confirmed_at=now, created_at=now)
OrderLine.objects.create(order=order, position=0,
    product=Product.objects.get(slug="suit"), configuration=pinned.configuration,
    quantity=1, method="JOB", created_at=now)
OutboxMessage.objects.create(kind="release", key="POISON-1", order=order,
    created_at=now, available_at=now + timedelta(minutes=20))
call_command("issue_key", "--scopes", "orders:import", "--name", "chaos")
"""


def drain(floor: Floor, *, is_naive: bool) -> bool:
    """Wait until all is routed and planned; says whether.

    The naive design gets less time: what it has lost never comes.
    """
    deadline_s = time.monotonic() + (NAIVE_WAITS_S if is_naive else DRAIN_WITHIN_S)
    pending = (
        "SELECT count(*) FROM orders_outboxmessage"
        " WHERE kind = 'release' AND state = 'PENDING'"
    )
    while time.monotonic() < deadline_s:
        with suppress(Exception):  # the database may be starting
            if rows_of(floor.url, pending)[0][0] == 0 and floor.is_planned():
                return True
        time.sleep(0.25)
    return False


if __name__ == "__main__":
    sys.exit(main())
