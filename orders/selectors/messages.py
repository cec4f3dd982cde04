"""What was written about orders."""

from django.db.models import Exists, OuterRef, Q

from orders.models import Order, OrderMessage


def list_messages(*, order: Order) -> list[OrderMessage]:
    """List what was written about an order, the first first."""
    return list(OrderMessage.objects.filter(order=order).order_by("pk"))


def awaits_answer() -> Q:
    """Say which orders' latest message is their buyer's."""
    messages = OrderMessage.objects.filter(order=OuterRef("pk"))
    later = OrderMessage.objects.filter(
        order=OuterRef("order"), pk__gt=OuterRef("pk"), is_from_staff=True
    )
    return Q(Exists(messages.filter(~Exists(later), is_from_staff=False)))
