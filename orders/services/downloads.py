"""Files: there with the last step, in no parcel, with no address."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from orders.models import FinishedFile, Order, OrderEvent, OrderLine
from orders.selectors.balances import balance_of
from orders.selectors.facts import load_facts
from orders.selectors.files import HANDED_OUT
from orders.selectors.progress import has_its_files, list_open_lines
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.shipping import close_if_delivered, settle_promises
from orders.states import OrderState, Stage

ORDERS_AT_ONCE = 500


def hand_out_files(*, now: datetime) -> int:
    """Note which files are made: promises are kept, orders close; tell how many orders.

    Each line is noted once, however often this runs.
    """
    noted = OrderEvent.objects.filter(line=OuterRef("pk"), kind=HANDED_OUT)
    waiting = OrderLine.objects.filter(
        ~Exists(noted),
        is_download=True,
        cancelled_at=None,
        order__state=OrderState.CONFIRMED,
    )
    ids = waiting.order_by("order_id").values_list("order_id", flat=True).distinct()
    return sum(
        _hand_out(order_id=order_id, now=now) for order_id in ids[:ORDERS_AT_ONCE]
    )


def _hand_out(*, order_id: int, now: datetime) -> bool:
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        if order.state != OrderState.CONFIRMED or balance_of(order):
            return False
        made = {
            each.line.pk
            for each in list_open_lines(load_facts([order])[0])
            if each.line.is_download and has_its_files(each)
        }
        noted = OrderEvent.objects.filter(line__in=made, kind=HANDED_OUT)
        new = sorted(made - set(noted.values_list("line_id", flat=True)))
        if not new:
            return False
        settle_promises(arrived=Q(line__in=new), now=now)
        OrderEvent.objects.bulk_create(
            make_event(
                order_id=order.pk,
                line_id=line_id,
                kind=HANDED_OUT,
                to_state=Stage.DELIVERED,
                now=now,
            )
            for line_id in new
        )
        _tell(order=order, line_ids=new, now=now)
        close_if_delivered(order=order, now=now)
    return True


def _tell(*, order: Order, line_ids: list[int], now: datetime) -> None:
    """Write to the buyer where there are files to be taken away."""
    files = FinishedFile.objects.filter(order_line__in=line_ids)
    for line_id in (
        files.order_by("order_line").values_list("order_line", flat=True).distinct()
    ):
        outbox.make_message(
            kind=outbox.MAIL,
            key=f"files:{order.number}:{line_id}",
            order_id=order.pk,
            payload={"template": "files", "line": line_id},
            now=now,
        ).save()
