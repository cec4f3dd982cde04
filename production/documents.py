"""The paper that travels with the work: a traveller whose code reads back."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
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

from configurator.selectors.times import local
from configurator.selectors.words import in_language
from production.models import WorkOrder
from production.selectors.faces import Face, face_of

FONT, BOLD = "LotOne", "LotOne-Bold"
WIDTH, HEIGHT = A5
MARGIN = 12 * mm
ROOM = WIDTH - 2 * MARGIN
CODE_SIZE = 30 * mm
VALUES_AT = MARGIN + 45 * mm
PERSONAL_SIZE = 18
FONTS = Path(settings.BASE_DIR) / "configurator" / "static" / "site" / "fonts"


@dataclass(slots=True)
class _Sheet:
    """A canvas with a place on it; goes on over as many pages as are needed."""

    canvas: Canvas
    work_order: WorkOrder
    top: float = HEIGHT - MARGIN
    page: int = 1

    def say(
        self, text: str, *, size: float = 9, font: str = FONT, left: float = MARGIN
    ) -> None:
        """Draw a text at this place, smaller where it would leave the page."""
        room = WIDTH - MARGIN - left
        width = pdfmetrics.stringWidth(text, font, size)
        self.canvas.setFont(font, size if width <= room else size * room / width)
        self.canvas.drawString(left, self.top, text)

    def go_down(self, step: float) -> None:
        """Go down, to a new page where this one is full."""
        self.top -= step
        if self.top < 2 * MARGIN:
            self.end_page()
            self.canvas.showPage()
            self.page += 1
            self.top = HEIGHT - MARGIN - 12

    def end_page(self) -> None:
        """Say on every page whose it is: sheets get apart."""
        self.canvas.setFont(FONT, 7)
        order = self.work_order
        self.canvas.drawString(MARGIN, MARGIN, order.configuration.sha256)
        self.canvas.drawRightString(
            WIDTH - MARGIN, MARGIN - 10, f"{order.number} · {self.page}"
        )


def traveller_pdf(work_order: WorkOrder) -> bytes:
    """Draw the traveller on one A5 page or more; texts stand exactly as chosen."""
    _register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A5, pageCompression=0)
    canvas.setTitle(work_order.number)
    canvas.setAuthor("Lot One")
    canvas.setSubject(work_order.configuration.sha256)
    sheet = _Sheet(canvas, work_order)
    _head(sheet)
    face = face_of(work_order.configuration)
    _choices(sheet, face)
    _texts(sheet, face)
    _operations(sheet)
    sheet.end_page()
    canvas.save()
    return paper.getvalue()


def traveller_code(work_order: WorkOrder) -> str:
    """Give what the code on the traveller says when it is scanned."""
    return work_order.number


@cache
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(FONT, FONTS / "bricolage-grotesque-400.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "bricolage-grotesque-800.ttf"))


def _head(sheet: _Sheet) -> None:
    order = sheet.work_order
    bottom = sheet.top - CODE_SIZE - 16
    _code(sheet.canvas, traveller_code(order), WIDTH - MARGIN - CODE_SIZE, sheet.top)
    canvas = sheet.canvas
    room = ROOM - CODE_SIZE - 8
    width = pdfmetrics.stringWidth(order.number, BOLD, 20)
    canvas.setFont(BOLD, 20 if width <= room else 20 * room / width)
    canvas.drawString(MARGIN, sheet.top - 18, order.number)
    canvas.setFont(FONT, 10)
    for place, text in enumerate(_facts(order)):
        canvas.drawString(MARGIN, sheet.top - 38 - 14 * place, text)
    sheet.top = bottom


def _facts(order: WorkOrder) -> list[str]:
    line = order.order_line
    rows = [
        _("Order %(number)s") % {"number": line.order.number} if line else "",
        _("Quantity %(planned)d (ordered %(ordered)d)")
        % {"planned": order.planned_quantity, "ordered": order.quantity},
        order.method.replace("_", " ").lower(),
        _("Due %(at)s") % {"at": _clock(order.due_at)} if order.due_at else "",
    ]
    return [row for row in rows if row]


def _clock(at: datetime) -> str:
    """Write an instant as the clocks of the works show it, naming the zone."""
    return f"{local(at):%Y-%m-%d %H:%M %Z}"


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


def _choices(sheet: _Sheet, face: Face) -> None:
    sheet.say(face.product, size=12, font=BOLD)
    sheet.go_down(16)
    for name, value in face.choices:
        sheet.say(name)
        sheet.say(value, left=VALUES_AT)
        sheet.go_down(12)
    sheet.go_down(6)


def _texts(sheet: _Sheet, face: Face) -> None:
    """Print personal texts large and whole: what is printed is what is made."""
    for name, text in face.personalisation:
        sheet.say(name)
        sheet.go_down(20)
        sheet.say(text, size=PERSONAL_SIZE, font=BOLD)
        sheet.go_down(22)


def _operations(sheet: _Sheet) -> None:
    sheet.say(_("Steps"), size=10, font=BOLD)
    sheet.go_down(14)
    for operation in sheet.work_order.operations.all():
        centre = operation.work_centre.code if operation.work_centre else "-"
        sheet.canvas.rect(MARGIN, sheet.top - 1, 7, 7)
        sheet.say(f"{operation.sequence}", left=MARGIN + 14)
        sheet.say(centre, left=MARGIN + 34)
        sheet.say(in_language(operation.name), left=MARGIN + 40 * mm)
        sheet.go_down(13)
