"""Windows in which an order is brought or fetched: offered, taken, kept or moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from configurator.ports import Promise as Quote
from configurator.selectors.times import written_window
from configurator.services.errors import InvalidError, Problem
from orders.models import Order
from orders.ports import DeliveryDates, DeliveryWindow, ports
from orders.services.checking import CheckedLine, LinePlan
from orders.states import Delivery

MOST_OFFERED = 24


def list_windows(
    *, ready: Mapping[str, datetime], delivery: str, country: str, now: datetime
) -> list[DeliveryWindow]:
    """List the windows that suit all products, each ready at its time.

    None where the way has no windows, or no common ones.
    """
    common: dict[datetime, DeliveryWindow] | None = None
    for product, ready_at in ready.items():
        windows = ports.delivery_windows(
            product=product,
            delivery=delivery,
            country=country,
            ready_at=ready_at,
            now=now,
        )
        found = {each.from_at: each for each in windows}
        if common is None:
            common = found
        common = {at: each for at, each in common.items() if at in found}
    return list((common or {}).values())[:MOST_OFFERED]


def open_windows(
    *,
    lines: Sequence[CheckedLine],
    plans: Sequence[LinePlan],
    delivery: str,
    country: str,
    now: datetime,
) -> list[DeliveryWindow]:
    """List the windows for checked lines; none before all of them have a date.

    Files need none: they are there when they are made.
    """
    ready: dict[str, datetime] = {}
    for line, plan in zip(lines, plans, strict=True):
        if line.deliveries.is_download:
            continue
        if plan.promise is None:
            return []
        product, at = line.request.product, plan.promise.ready_at
        ready[product] = max(ready.get(product, at), at)
    return list_windows(ready=ready, delivery=delivery, country=country, now=now)


def find_arrivals(
    *,
    lines: Sequence[CheckedLine],
    plans: Sequence[LinePlan],
    delivery: str,
    country: str,
    now: datetime,
) -> list[datetime]:
    """List when each line arrives by a way; nothing before all of them have a date."""
    found = []
    for line, plan in zip(lines, plans, strict=True):
        if plan.promise is None:
            return []
        dates = ports.delivery_calendar(
            product=line.request.product,
            delivery=Delivery.DOWNLOAD if line.deliveries.is_download else delivery,
            country=country,
            ready_at=plan.promise.ready_at,
            now=now,
        )
        if dates is None:
            return []
        found.append(dates.delivered_at)
    return found


def choose_window(
    *, wanted: datetime, windows: Sequence[DeliveryWindow]
) -> DeliveryWindow:
    """Find the wanted one of the windows.

    Raises
    ------
    InvalidError
        If it is not among them, with the first ones that are.
    """
    for window in windows:
        if window.from_at == wanted:
            return window
    text = _("There are no windows for this way of delivery.")
    if windows:
        names = [written_window(each.from_at, each.to_at) for each in windows[:3]]
        text = _("This window cannot be kept. The first ones are: %(names)s.")
        text %= {"names": "; ".join(names)}
    raise InvalidError([Problem("window", text, "window_from")])


def plan_within(plan: LinePlan, window: DeliveryWindow | None) -> LinePlan:
    """Plan a line so that it is there in a window."""
    if window is None or plan.promise is None:
        return plan
    return LinePlan(
        decision=replace(plan.decision, due_at=None),
        promise=put_into(plan.promise, window),
    )


def put_into(quote: Quote, window: DeliveryWindow | None) -> Quote:
    """Promise what a quote promises within a window."""
    if window is None:
        return quote
    return replace(
        quote,
        shipped_at=window.from_at,
        delivered_at=window.to_at,
        due_at=window.due_at,
    )


def fit_window(
    *, order: Order, product: str, ready_at: datetime, now: datetime
) -> DeliveryWindow | None:
    """Find the order's window for a line that is ready at some time.

    Where it cannot be kept the order takes the next one. None where it has none, or
    none is left.
    """
    if order.window_from is None:
        return None
    windows = ports.delivery_windows(
        product=product,
        delivery=order.delivery,
        country=order.shipping_address.get("country", ""),
        ready_at=ready_at,
        now=now,
    )
    later = [each for each in windows if each.from_at >= order.window_from]
    found = next(iter(later), None)
    if found is not None and found.from_at != order.window_from:
        order.window_from, order.window_to = found.from_at, found.to_at
        order.save(update_fields=["window_from", "window_to"])
    return found


def dates_in(window: DeliveryWindow) -> DeliveryDates:
    """Give a window as the dates of a delivery."""
    return DeliveryDates(window.from_at, window.to_at, window.due_at)
