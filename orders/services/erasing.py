"""Erasing what is about a person; figures, hashes, counts and events stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from configurator.models import Configuration, User
from configurator.services import erasing
from configurator.services.errors import ConflictError
from orders.models import (
    Cart,
    CartLine,
    Complaint,
    FinishedFile,
    Order,
    OrderEvent,
    OrderLine,
    OrderMessage,
    Proof,
    Quotation,
)
from orders.services.events import make_event
from orders.services.locking import lock_orders
from orders.services.mailing import forget_mails
from orders.states import OrderState

OPEN = (OrderState.PLACED, OrderState.CONFIRMED)
SOMEBODY = "customer"


class OpenOrdersError(ConflictError):
    """What is still being made or paid needs the name and the texts."""

    code = "OPEN_ORDERS"


class StaffAccountError(ConflictError):
    """An account of staff is ended by an administrator."""

    code = "STAFF_ACCOUNT"


def erase_orders(*, order_ids: Collection[int], now: datetime, actor: str) -> int:
    """Erase names, addresses, notes and personal texts of ended orders.

    A text that somebody else ordered word for word as well stays theirs; the erased
    order shows it no more. Tells how many orders were erased.

    Raises
    ------
    OpenOrdersError
        If one of them has not ended; nothing is erased.
    """
    with transaction.atomic():
        orders = lock_orders(order_ids=order_ids)
        _check_ended(orders)
        fresh = [order for order in orders if order.erased_at is None]
        _erase_texts([order.pk for order in fresh], now)
        _erase_people(fresh, now)
        erasing.erase_answers(user=None, mentions=[order.number for order in fresh])
        OrderEvent.objects.bulk_create(
            make_event(order_id=order.pk, kind="ERASED", actor=actor, now=now)
            for order in fresh
        )
    return len(fresh)


def erase_customer(*, user: User, now: datetime) -> None:
    """Erase an account and all that it ordered, gathered and saved."""
    if user.is_staff or user.is_superuser:
        raise StaffAccountError(_("An administrator ends accounts of staff."))
    with transaction.atomic():
        ids = list(Order.objects.filter(user=user).values_list("pk", flat=True))
        _forget_carts(user, now)
        forget_mails(to={user.email, user.email.lower()})
        erasing.erase_designs(owner=user)
        erase_orders(order_ids=ids, now=now, actor=SOMEBODY)
        OrderEvent.objects.filter(actor=user.get_username()).update(actor=SOMEBODY)
        erasing.erase_answers(user=user, mentions=())
        _end_sessions(user)
        erasing.erase_user(user=user)


def _check_ended(orders: Sequence[Order]) -> None:
    still_open = [order.number for order in orders if order.state in OPEN]
    if still_open:
        text = _("These orders have not ended yet: %(numbers)s. Cancel them first.")
        raise OpenOrdersError(
            text % {"numbers": ", ".join(still_open)}, extra={"orders": still_open}
        )


def _erase_people(orders: Sequence[Order], now: datetime) -> None:
    for order in orders:
        order.customer_name = order.customer_email = ""
        # The country stays: the tax of an order depends on it, and it names nobody.
        country = order.shipping_address.get("country")
        order.shipping_address = {"country": country} if country else {}
        order.erased_at = now
    fields = ["customer_name", "customer_email", "shipping_address", "erased_at"]
    Order.objects.bulk_update(orders, fields, batch_size=100)
    ids = [order.pk for order in orders]
    of_them = {"order_line__order__in": ids}
    Quotation.objects.filter(**of_them).update(note="")
    Proof.objects.filter(**of_them).update(note="", customer_note="", picture=None)
    OrderMessage.objects.filter(order__in=ids).update(text="", actor="")
    Complaint.objects.filter(**of_them).update(text="", answer="")
    FinishedFile.objects.filter(**of_them).delete()
    names = {order.user.get_username() for order in orders if order.user is not None}
    events = OrderEvent.objects.filter(order__in=ids, actor__in=names)
    events.update(actor=SOMEBODY)


def _erase_texts(order_ids: Sequence[int], now: datetime) -> None:
    """Erase the configurations that nobody else has ordered or gathered."""
    lines = OrderLine.objects.filter(order__in=order_ids)
    ids = set(lines.values_list("configuration", flat=True))
    _erase_unshared(ids, but_for=order_ids, now=now)


def _forget_carts(user: User, now: datetime) -> None:
    carts = Cart.objects.filter(user=user)
    lines = CartLine.objects.filter(cart__in=carts)
    ids = set(lines.values_list("configuration", flat=True))
    lines.delete()
    carts.delete()
    _erase_unshared(ids, but_for=(), now=now)


def _erase_unshared(
    ids: Collection[int], *, but_for: Sequence[int], now: datetime
) -> None:
    rows = erasing.lock_configurations(ids=ids)
    shared = _list_shared(rows, but_for)
    own = [row for row in rows if row.pk not in shared]
    tokens = erasing.list_uploads_of(rows=own)
    erasing.erase_configurations(rows=own, now=now)
    erasing.erase_uploads(tokens=tokens)


def _list_shared(
    rows: Sequence[Configuration], but_for: Sequence[int]
) -> frozenset[int]:
    """Name the configurations that live orders or carts of others refer to."""
    ids = [row.pk for row in rows]
    others = OrderLine.objects.filter(
        ~Q(order__in=but_for), configuration__in=ids, order__erased_at=None
    )
    gathered = CartLine.objects.filter(configuration__in=ids)
    return frozenset(others.values_list("configuration", flat=True)) | frozenset(
        gathered.values_list("configuration", flat=True)
    )


def _end_sessions(user: User) -> None:
    """Sign the user out everywhere; what a session remembers goes with it."""
    mine = str(user.pk)
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == mine:
            session.delete()
