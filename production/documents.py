"""The paper that travels with the work: a traveller whose code reads back."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import zxingcpp
from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from configurator.selectors.words import in_language
from production.models import WorkOrder
from production.selectors.faces import Face, face_of

FONT, BOLD = "LotOne", "LotOne-Bold"
MARGIN = 12 * mm
CODE_SIZE = 30 * mm
FONTS = Path(settings.BASE_DIR) / "configurator" / "static" / "site" / "fonts"


def traveller_pdf(work_order: WorkOrder) -> bytes:
    """Draw the traveller on one A5 page or more; texts stand exactly as chosen."""
    _register_fonts()
    sheet = io.BytesIO()
    canvas = Canvas(sheet, pagesize=A5, pageCompression=0)
    canvas.setTitle(work_order.number)
    canvas.setAuthor("Lot One")
    canvas.setSubject(work_order.configuration.sha256)
    top = _head(canvas, work_order)
    face = face_of(work_order.configuration)
    top = _choices(canvas, face, top)
    top = _texts(canvas, face, top)
    _operations(canvas, work_order, top)
    canvas.save()
    return sheet.getvalue()


def traveller_code(work_order: WorkOrder) -> str:
    """Give what the code on the traveller says when it is scanned."""
    return work_order.number


@cache
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(FONT, FONTS / "bricolage-grotesque-400.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "bricolage-grotesque-800.ttf"))


def _head(canvas: Canvas, work_order: WorkOrder) -> float:
    width, height = A5
    top = height - MARGIN
    _code(canvas, traveller_code(work_order), width - MARGIN - CODE_SIZE, top)
    canvas.setFont(BOLD, 20)
    canvas.drawString(MARGIN, top - 18, work_order.number)
    canvas.setFont(FONT, 10)
    line = work_order.order_line
    rows = [
        _("Order %(number)s") % {"number": line.order.number} if line else "",
        _("Quantity %(planned)d (ordered %(ordered)d)")
        % {"planned": work_order.planned_quantity, "ordered": work_order.quantity},
        work_order.method.replace("_", " ").lower(),
        _("Due %(at)s") % {"at": f"{work_order.due_at:%Y-%m-%d %H:%M} UTC"}
        if work_order.due_at
        else "",
    ]
    for index, text in enumerate(filter(None, rows)):
        canvas.drawString(MARGIN, top - 36 - 14 * index, text)
    canvas.setFont(FONT, 6)
    canvas.drawString(MARGIN, top - CODE_SIZE - 8, work_order.configuration.sha256)
    return float(top - CODE_SIZE - 24)


def _code(canvas: Canvas, text: str, left: float, top: float) -> None:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture: Any = zxingcpp.write_barcode_to_image(code, scale=8)
    height, width = picture.shape[:2]
    pixels = bytes(memoryview(picture))
    # Imported with reportlab: pictures are handed over as Pillow images.
    from PIL import Image  # noqa: PLC0415 -- slow import

    image = Image.frombytes("L", (width, height), pixels)
    canvas.drawImage(
        ImageReader(image), left, top - CODE_SIZE, width=CODE_SIZE, height=CODE_SIZE
    )


def _choices(canvas: Canvas, face: Face, top: float) -> float:
    canvas.setFont(BOLD, 12)
    canvas.drawString(MARGIN, top, face.product)
    top -= 16
    for name, value in face.choices:
        canvas.setFont(FONT, 9)
        canvas.drawString(MARGIN, top, name)
        canvas.drawString(MARGIN + 45 * mm, top, value[:70])
        top = _next_line(canvas, top, 12)
    return top - 6


def _texts(canvas: Canvas, face: Face, top: float) -> float:
    """Print personal texts large and whole: what is printed is what is made."""
    for name, text in face.personalisation:
        canvas.setFont(FONT, 9)
        canvas.drawString(MARGIN, top, name)
        top = _next_line(canvas, top, 20)
        canvas.setFont(BOLD, 18)
        canvas.drawString(MARGIN, top, text)
        top = _next_line(canvas, top, 22)
    return top


def _operations(canvas: Canvas, work_order: WorkOrder, top: float) -> None:
    canvas.setFont(BOLD, 10)
    canvas.drawString(MARGIN, top, _("Steps"))
    top -= 14
    for operation in work_order.operations.all():
        canvas.setFont(FONT, 9)
        centre = operation.work_centre.code if operation.work_centre else "-"
        canvas.rect(MARGIN, top - 1, 7, 7)
        canvas.drawString(MARGIN + 14, top, f"{operation.sequence}")
        canvas.drawString(MARGIN + 34, top, centre)
        canvas.drawString(MARGIN + 40 * mm, top, in_language(operation.name)[:50])
        top = _next_line(canvas, top, 13)


def _next_line(canvas: Canvas, top: float, step: float) -> float:
    """Go down a line, to a new page where this one is full."""
    if top - step > MARGIN:
        return top - step
    canvas.showPage()
    return float(A5[1] - MARGIN)
