"""Finished files, and who may have them."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from configurator.selectors.errors import NotFoundError
from orders.models import FinishedFile, Order, OrderEvent

HANDED_OUT = "HANDED_OUT"
LARGEST_ID = 2**63 - 1  # SQLite cannot even be asked for more


def get_file(*, order: Order, file_id: int, is_staff: bool) -> FinishedFile:
    """Find a file of an order; its buyer's only once it was handed out."""
    rows = FinishedFile.objects.filter(order_line__order=order)
    found = rows.filter(pk=min(file_id, LARGEST_ID)).first()
    if found is None or not (is_staff or found.order_line_id in handed_out([order.pk])):
        raise NotFoundError(_("There is no such file."))
    return found


def handed_out(order_ids: Collection[int]) -> set[int]:
    """Name the lines whose files were handed out."""
    noted = OrderEvent.objects.filter(order__in=order_ids, kind=HANDED_OUT)
    return {line_id for line_id in noted.values_list("line", flat=True) if line_id}


def list_files(order_ids: Collection[int]) -> list[FinishedFile]:
    """List the files of orders without what is in them."""
    rows = FinishedFile.objects.filter(order_line__order__in=order_ids)
    return list(rows.defer("content").order_by("pk"))
