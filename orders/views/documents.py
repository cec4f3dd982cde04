"""An order's papers, for whoever may see the order."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from configurator.selectors.callers import PageRequest
from orders.documents import document_pdf
from orders.models import Order
from orders.selectors.documents import get_document
from orders.views.requests import for_holder


@require_safe
@for_holder
def document(page: PageRequest, order: Order, document: str) -> HttpResponse:
    """Send an invoice, a receipt or a credit note."""
    found = get_document(order=order, number=document)
    answer = HttpResponse(document_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
