"""Finding the papers of an order."""

from django.utils.translation import gettext as _

from configurator.selectors.errors import NotFoundError
from orders.models import Document, Order


def list_documents(*, order: Order) -> list[Document]:
    """List an order's papers as they were issued."""
    return list(Document.objects.filter(order=order).order_by("pk"))


def get_document(*, order: Order, number: str) -> Document:
    """Find a paper of this very order."""
    document = Document.objects.filter(order=order, number=number).first()
    if document is None:
        raise NotFoundError(_("This order has no such document."))
    document.order = order
    return document
