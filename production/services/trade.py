"""Shops that order standard goods every working morning: what flow lines work for."""

from __future__ import annotations

import random
from datetime import datetime, time

from configurator.models import User
from configurator.selectors.releases import live_release
from configurator.selectors.roles import TRADE
from configurator.selectors.times import local
from configurator.services.errors import DomainError
from orders.models import Order
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest, OrderRequest
from orders.states import Shipping
from production.models import StockItem, StockKind

# Name, mail address, street, postcode and city.
Buyer = tuple[str, str, str, str, str]

OPENS = time(7, 0)
SHOPS: tuple[Buyer, ...] = (
    ("Getränke Nord", "nord@example.org", "Kaistraße 4", "20457", "Hamburg"),
    ("Markt am Ring", "ring@example.org", "Ringstraße 61", "04103", "Leipzig"),
    ("Landkiste", "landkiste@example.org", "Am Anger 2", "99084", "Erfurt"),
)
# A reorder point is the demand of one and a half days.
REORDER_DAYS_X2 = 3
LARGEST_CASES = 1200
# What is short of a pallet anybody may order.
LARGEST_WITHOUT_ACCOUNT = 119


def order_goods(*, rng: random.Random, now: datetime) -> int:
    """Let each shop order its share of a day's demand, once a day, Monday to Friday."""
    here = local(now)
    if here.weekday() > 4 or here.time() < OPENS or _have_ordered(here):
        return 0
    items = StockItem.objects.filter(
        kind=StockKind.GOODS, run_size__isnull=False, product__isnull=False
    ).select_related("product")
    n_placed = 0
    for item in items.order_by("id"):
        a_day = 2 * (item.reorder_point or 0) // REORDER_DAYS_X2
        for shop in SHOPS:
            share = a_day * rng.randint(80, 120) // (100 * len(SHOPS))
            n_placed += _order(shop, item, share, now)
    return n_placed


def _trade_account() -> User | None:
    """Give the account that shops order with; without one they order no pallets."""
    return User.objects.filter(groups__name=TRADE, is_active=True).first()


def _have_ordered(here: datetime) -> bool:
    since = here.replace(hour=0, minute=0, second=0, microsecond=0)
    emails = [shop[1] for shop in SHOPS]
    return Order.objects.filter(
        customer_email__in=emails, placed_at__gte=since
    ).exists()


def _order(shop: Buyer, item: StockItem, pieces: int, now: datetime) -> int:
    assert item.product is not None  # noqa: S101 -- the query leaves these out
    slug = item.product.slug
    account = _trade_account()
    try:
        per_case = live_release(slug).definition.pieces.count
        most = LARGEST_CASES if account else LARGEST_WITHOUT_ACCOUNT
        cases = max(1, min(most, pieces // max(1, per_case)))
        lines = (LineRequest(slug, {}, cases),)
        pay(order=place(buyer=shop, lines=lines, user=account, now=now), now=now)
    except DomainError:
        return 0
    return 1


def place(
    *,
    buyer: Buyer,
    lines: tuple[LineRequest, ...],
    user: User | None = None,
    shipping: str = Shipping.TOGETHER,
    now: datetime,
) -> Order:
    """Order something that is sent to the buyer's house."""
    name, email, street, postcode, city = buyer
    return place_order(
        request=OrderRequest(
            customer_name=name,
            customer_email=email,
            shipping_address={
                "line1": street,
                "line2": "",
                "postcode": postcode,
                "city": city,
                "country": "DE",
            },
            lines=lines,
            shipping=shipping,
        ),
        user=user,
        language="en",
        now=now,
    )


def pay(*, order: Order, now: datetime) -> None:
    """Pay all that is due now."""
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=now)
