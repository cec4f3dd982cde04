"""Finished files: staff put them with a line, its buyer takes them away."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import PurePath

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.uploads import safe_name
from orders.models import FinishedFile, OrderLine
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.states import OrderState

LARGEST_BYTES = 20 * 1024 * 1024
MOST_FILES = 50
BEGINNING_BYTES = 4_096
SVG_START = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<svg", re.DOTALL
)
# How each kind of file begins, and what its name ends in.
KINDS: tuple[tuple[str, re.Pattern[bytes], tuple[str, ...]], ...] = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n"), (".png",)),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff"), (".jpg", ".jpeg")),
    ("application/pdf", re.compile(rb"%PDF-"), (".pdf",)),
    ("application/zip", re.compile(rb"PK\x03\x04"), (".zip",)),
    ("image/svg+xml", SVG_START, (".svg",)),
)


class FileRefusedError(DomainError):
    """A file that is not what it says, or none that is delivered."""

    code = "file"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message, field="file", status=status)


def add_file(
    *, line_id: int, file_name: str, content: bytes, now: datetime, actor: str
) -> FinishedFile:
    """Put a finished file with a line; the same content again is the same file."""
    content_type = _kind_of(safe_name(file_name), content)
    line = OrderLine.objects.filter(pk=line_id).first()
    if line is None:
        raise NotFoundError(_("This order has no such line."))
    with transaction.atomic():
        order = lock_order(order_id=line.order_id)
        served = (OrderState.CONFIRMED, OrderState.CLOSED)
        if not line.is_download or order.state not in served or line.cancelled_at:
            raise ConflictError(
                _("This line is not delivered as files."), extra={"legal_moves": []}
            )
        if FinishedFile.objects.filter(order_line=line).count() >= MOST_FILES:
            raise FileRefusedError(_("At most %(n)s files.") % {"n": MOST_FILES})
        found, is_new = FinishedFile.objects.get_or_create(
            order_line=line,
            sha256=hashlib.sha256(content).hexdigest(),
            defaults={
                "file_name": safe_name(file_name),
                "content_type": content_type,
                "content": content,
                "size_bytes": len(content),
                "uploaded_by": actor,
                "created_at": now,
            },
        )
        if is_new:
            make_event(
                order_id=order.pk,
                line_id=line.pk,
                kind="FILE_ADDED",
                details={"file": found.pk, "sha256": found.sha256},
                actor=actor,
                now=now,
            ).save()
    return found


def _kind_of(file_name: str, content: bytes) -> str:
    """Tell a file's type by its first bytes; its name must say the same."""
    if len(content) > LARGEST_BYTES:
        raise FileRefusedError(_("A file may have at most 20 MB."), status=413)
    ending = PurePath(file_name).suffix.lower()
    for content_type, beginning, endings in KINDS:
        if beginning.match(content[:BEGINNING_BYTES]):
            if ending in endings:
                return content_type
            break
    raise FileRefusedError(
        _("The file is no PNG, JPEG, SVG, PDF or ZIP, or its name says another kind.")
    )
