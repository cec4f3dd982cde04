"""Standing orders: each day's order is placed once, in time to be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from configurator.models import Product, User
from configurator.selectors.roles import TRADE, is_trade
from configurator.selectors.times import local
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from orders.models import Order, StandingDay, StandingLine, StandingOrder
from orders.selectors.standing import is_wanted
from orders.services.placing import place_order
from orders.services.requests import LineRequest, OrderRequest
from orders.services.selling import confirm_on_invoice

PLACED_FROM = time(8, 0)
DAYS_AHEAD = 2
# Nobody takes orders on Sundays: Monday's are placed on Saturday.
CLOSED_WEEKDAYS = frozenset({6})
SKIPPED_AHEAD = timedelta(days=366)

log = structlog.get_logger(__name__)


def place_standing_orders(*, now: datetime) -> int:
    """Place what is due for the next days, each day once; tells how many orders."""
    running = StandingOrder.objects.filter(is_paused=False).order_by("pk")
    return sum(
        _place_day(standing_id=standing.pk, day=day, now=now)
        for standing in running
        for day in list_due_days(standing=standing, now=now)
    )


def list_due_days(*, standing: StandingOrder, now: datetime) -> Iterator[date]:
    """List the days whose order is to be placed by now, were there none yet."""
    here = local(now)
    for n_days in range(1, DAYS_AHEAD + 1):
        day = here.date() + timedelta(days=n_days)
        placed_on = day - timedelta(days=1)
        while placed_on.weekday() in CLOSED_WEEKDAYS:
            placed_on -= timedelta(days=1)
        begins = here.replace(tzinfo=None) >= datetime.combine(placed_on, PLACED_FROM)
        if begins and is_wanted(standing, day):
            yield day


def set_paused(*, code: str, is_paused: bool) -> StandingOrder:
    """Pause a standing order, or go on with it."""
    with transaction.atomic():
        standing = _lock(code=code)
        standing.is_paused = is_paused
        standing.save(update_fields=["is_paused"])
    return standing


def skip_day(
    *, code: str, day: date, is_skipped: bool = True, now: datetime
) -> StandingDay:
    """Leave a day out, or take it in again, as long as it has no order."""
    with transaction.atomic():
        standing = _lock(code=code)
        if not local(now).date() < day <= local(now).date() + SKIPPED_AHEAD:
            raise DomainError(
                _("Only days of the next year can be left out."), field="day"
            )
        found, _is_new = StandingDay.objects.get_or_create(
            standing_order=standing, day=day, defaults={"updated_at": now}
        )
        if found.order is not None:
            raise ConflictError(
                _("%(order)s is placed for this day: cancel it instead.")
                % {"order": found.order.number},
                extra={"legal_moves": []},
            )
        found.is_skipped, found.problem, found.updated_at = is_skipped, "", now
        found.save()
    return found


def load_standing_orders(
    *, documents: Sequence[Mapping[str, Any]], now: datetime
) -> int:
    """Make the standing orders that are missing, paused; tells how many."""
    known = set(StandingOrder.objects.values_list("code", flat=True))
    products = {
        row.slug: row
        for row in Product.objects.filter(slug__in=[d["product"] for d in documents])
    }
    n_made = 0
    for each in documents:
        product = products.get(each["product"])
        if product is None or each["code"].lower() in known:
            continue
        with transaction.atomic():
            standing = StandingOrder.objects.create(
                code=each["code"].lower(),
                customer_name=each["customer"],
                customer_email=each["email"],
                user=_account(each),
                shipping_address=dict(each["address"]),
                delivery=each["delivery"],
                language=each.get("language", "en"),
                weekdays=list(each["weekdays"]),
                by=time.fromisoformat(each["by"]),
                is_paused=True,
                created_at=now,
            )
            StandingLine.objects.create(
                standing_order=standing,
                product=product,
                choices=dict(each["choices"]),
                quantity=each["quantity"],
            )
        n_made += 1
    return n_made


def _account(document: Mapping[str, Any]) -> User:
    """Give the customer's trade account; a new one has no password yet."""
    user, is_new = User.objects.get_or_create(
        username=document["code"].lower(),
        defaults={"email": document["email"], "first_name": document["customer"]},
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    return user


def _lock(**which: Any) -> StandingOrder:
    rows = StandingOrder.objects.select_for_update(no_key=True, of=("self",))
    found = rows.filter(**which).first()
    if found is None:
        raise NotFoundError(_("There is no such standing order."))
    return found


def _place_day(*, standing_id: int, day: date, now: datetime) -> bool:
    """Place one day's order; whoever comes second finds it there.

    What stands in its way is noted and tried again until the day has come.
    """
    try:
        with transaction.atomic():
            standing = _lock(pk=standing_id)
            known = standing.days.filter(day=day).first()
            is_over = known is not None and (known.is_skipped or known.order_id)
            if standing.is_paused or is_over:
                return False
            day_row, _is_new = StandingDay.objects.get_or_create(
                standing_order=standing, day=day, defaults={"updated_at": now}
            )
            day_row.order, day_row.problem = _order(standing, day, now), ""
            day_row.updated_at = now
            day_row.save()
    except DomainError as error:
        log.warning("standing_order_not_placed", standing=standing_id, day=str(day))
        _note_problem(standing_id, day, now, error.message)
        return False
    return True


def _order(standing: StandingOrder, day: date, now: datetime) -> Order:
    order = place_order(
        request=OrderRequest(
            customer_name=standing.customer_name,
            customer_email=standing.customer_email,
            shipping_address=dict(standing.shipping_address),
            lines=tuple(
                LineRequest(line.product.slug, line.choices, line.quantity)
                for line in standing.lines.select_related("product")
            ),
            delivery=standing.delivery,
            needed_by=day,
        ),
        user=standing.user,
        language=standing.language,
        now=now,
        actor=f"standing order {standing.code}",
    )
    if is_trade(standing.user):
        confirm_on_invoice(order_id=order.pk, now=now, actor=f"{standing.code}")
    return order


def _note_problem(standing_id: int, day: date, now: datetime, text: str) -> None:
    """Say why a day has no order, unless it has one by now."""
    StandingDay.objects.get_or_create(
        standing_order_id=standing_id, day=day, defaults={"updated_at": now}
    )
    StandingDay.objects.filter(
        standing_order=standing_id, day=day, order=None, is_skipped=False
    ).update(problem=text, updated_at=now)
