"""What is shown in place of what was erased."""

from django.utils.translation import gettext as _

from orders.models import Order


def name_of(order: Order) -> str:
    """Give the buyer's name, or say that it was erased."""
    return order.customer_name or _("erased")
