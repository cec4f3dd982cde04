"""Finished files: staff put them with a line, its buyer takes them away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.roles import roles_of
from configurator.services.errors import DomainError
from orders.models import Order
from orders.permissions import SALES
from orders.selectors.files import get_file
from orders.selectors.orders import get_line, get_order
from orders.services.finishing import add_file
from orders.views.desk import for_sales
from orders.views.requests import for_holder


@require_safe
@for_holder
def finished_file(page: PageRequest, order: Order, file_id: int) -> HttpResponse:
    """Hand a finished file to its buyer: kept, never shown as a page of ours."""
    is_staff = bool(SALES & roles_of(page.user))
    found = get_file(order=order, file_id=file_id, is_staff=is_staff)
    answer = HttpResponse(bytes(found.content), content_type=found.content_type)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=found.file_name
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@for_sales
def line_files(page: PageRequest, number: str, line_id: int) -> HttpResponse:
    """Take finished files; one that is refused says why and stops no other."""
    line = get_line(order=get_order(number=number), line_id=line_id)
    files = page.FILES.getlist("files")
    if not files:
        raise DomainError(_("Please choose a file."), field="files")
    for each in files:
        try:
            added = add_file(
                line_id=line.pk,
                file_name=each.name or "",
                content=each.read(),
                now=page.now,
                actor=actor_of(page),
            )
        except DomainError as error:
            messages.error(page, f"{each.name}: {error.message}")
        else:
            text = _("“%(name)s” is with the line.") % {"name": added.file_name}
            messages.success(page, text)
    return redirect("orders:desk-order", number)
