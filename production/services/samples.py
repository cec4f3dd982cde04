"""Orders that fill a demo, made by the same services that customers use."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from configurator.selectors.choices import complete_choices
from configurator.selectors.releases import LiveRelease, live_release
from configurator.selectors.settled import evaluate
from configurator.selectors.texts import check_texts
from configurator.services.errors import DomainError
from configurator.states import ProductKind
from orders.models import Order, Quotation
from orders.services.quoting import accept_quotation, send_quotation
from orders.services.requests import LineRequest
from production.services import trade
from production.services.release import release_confirmed_orders

OVER = timedelta(hours=20)  # sample orders came in during this time before now
RELEASE_EVERY = 20
DAYS = 7
TRIES = 12
ANSWERED_BP = 5_500  # how many of the questions a customer answers themself
TEXTED_BP = 4_000
QUOTED_BP = 6_000
PEOPLE = (
    ("Demo customer 1", "Mühlgasse 4", "10115", "Berlin"),
    ("Demo customer 2", "Am Hafen 21", "20457", "Hamburg"),
    ("Demo customer 3", "Lindenstraße 7", "50674", "Köln"),
    ("Demo customer 4", "Bahnhofplatz 2", "80335", "München"),
    ("Demo customer 5", "Königstraße 30", "70173", "Stuttgart"),
    ("Demo customer 6", "Markt 11", "04109", "Leipzig"),
    ("Demo customer 7", "Ostertor 5", "28195", "Bremen"),
    ("Demo customer 8", "Zeil 90", "60313", "Frankfurt"),
)
TEXTS = ("Mia", "For Jo", "Team 7", "Ahoy", "40 years", "Thanks!", "Leo", "No. 1")


@dataclass(frozen=True, slots=True)
class Demand:
    """How often a week a product is ordered, and how many pieces at a time."""

    product: str
    weight: int
    pieces: int


def load_samples(
    *,
    factory: Mapping[str, Any],
    n_orders: int,
    seed: int,
    now: datetime,
    over: timedelta = OVER,
) -> int:
    """Place and pay orders, the same ones for a seed; those that exist are kept.

    They are spread over some time before ``now``, in which nobody worked on them.
    """
    turns = _turns(list(list_demands(factory)), n_orders)
    known = set(
        Order.objects.filter(customer_email__startswith=f"sample-{seed}-").values_list(
            "customer_email", flat=True
        )
    )
    n_placed = 0
    for number, demand in enumerate(turns):
        email = f"sample-{seed}-{number}@example.org"
        if email in known:
            continue
        rng = random.Random(f"{seed}:{number}")  # noqa: S311 -- a demo, nothing secret
        at = now - over + over * number / max(1, n_orders)
        n_placed += _order(rng, demand, email, at)
        if n_placed % RELEASE_EVERY == 0:
            release_confirmed_orders(now=at)
    release_confirmed_orders(now=now)
    return n_placed


def list_demands(factory: Mapping[str, Any]) -> Iterator[Demand]:
    """Give what the demo's data sheet says that is ordered in a week."""
    for key, per_day in (("demand_per_day", DAYS), ("demand_per_week", 1)):
        for entry in factory.get(key, ()):
            orders = entry["orders"]
            yield Demand(
                product=entry["product"],
                weight=orders * per_day,
                pieces=max(1, entry["pieces"] // orders),
            )


def _turns(demands: list[Demand], n_orders: int) -> list[Demand]:
    """Let every product be ordered once, then each in turn as often as it usually is.

    No chance: few orders as well show the advisor some of each kind.
    """
    turns = demands[:n_orders]
    counts = Counter(each.product for each in turns)
    while len(turns) < n_orders:
        chosen = max(
            demands, key=lambda one: one.weight / (1 + counts[one.product]) ** 2
        )
        counts[chosen.product] += 1
        turns.append(chosen)
    return turns


def _order(rng: random.Random, demand: Demand, email: str, at: datetime) -> int:
    release = live_release(demand.product)
    line = draw_line(rng, release, demand, at)
    name, street, postcode, city = rng.choice(PEOPLE)
    buyer = (name, email, street, postcode, city)
    order = trade.place(buyer=buyer, lines=(line,), now=at)
    if release.kind != ProductKind.BESPOKE or _quote(rng, order, at):
        trade.pay(order=order, now=at)
    return 1


def _quote(rng: random.Random, order: Order, at: datetime) -> bool:
    """Quote what the catalogue estimates; most customers accept."""
    line = order.lines.get()
    total = sum(each["amount_minor"] for each in line.price_lines)
    quotation: Quotation = send_quotation(
        order_line_id=line.pk,
        total_minor=total,
        valid_until=at + timedelta(days=30),
        now=at,
        actor="seed",
    )
    is_accepted = rng.randrange(10_000) < QUOTED_BP
    if is_accepted:
        accept_quotation(quotation_id=quotation.pk, now=at + timedelta(minutes=1))
    return is_accepted


def draw_line(
    rng: random.Random, release: LiveRelease, demand: Demand, at: datetime
) -> LineRequest:
    """Answer some questions at random and let the engine answer the rest."""
    quantity = _quantity(rng, release, demand)
    for n_try in range(TRIES):
        wanted = _picks(rng, release, ANSWERED_BP // (n_try + 1))
        try:
            asked = complete_choices(
                product=release,
                choices=wanted,
                quantity=quantity,
                objective="POPULAR",
                now=at,
            )
        except DomainError:
            continue
        choices, state = asked.choices, evaluate(asked, with_prices=False)
        is_written = check_texts(release.definition, choices, quantity=quantity) == []
        if state.valid and state.complete and is_written:
            return LineRequest(demand.product, choices, quantity)
    return LineRequest(demand.product, {}, quantity)


def _quantity(rng: random.Random, release: LiveRelease, demand: Demand) -> int:
    allowed = release.definition.quantity
    if allowed.values:
        return rng.choice(allowed.values[: max(1, len(allowed.values) - 2)])
    pieces = release.definition.pieces
    boxes = sorted(pieces.values.values()) or [pieces.count]
    usual = max(1, demand.pieces // boxes[len(boxes) // 2])
    wanted = rng.randint(1, 2 * usual)
    steps = max(0, wanted - allowed.minimum) // allowed.step
    return min(allowed.maximum, allowed.minimum + steps * allowed.step)


def _picks(rng: random.Random, release: LiveRelease, share_bp: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in release.definition.characteristics:
        if rng.randrange(10_000) >= share_bp:
            continue
        if each.kind.value == "CHOICE":
            weights = [1 + option.popularity for option in each.options]
            found[each.code] = rng.choices(each.options, weights=weights)[0].code
        elif each.kind.value == "TEXT" and rng.randrange(10_000) < TEXTED_BP:
            text = rng.choice(TEXTS)[: each.max_length]
            found[each.code] = "".join(c for c in text if c in each.letters)
    return found
