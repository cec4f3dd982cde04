"""Labels for pieces and the codes for a scanner: as PDF, and for label printers."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics

from production.documents.paper import (
    BOLD,
    FONT,
    MARGIN,
    Sheet,
    draw_code,
    open_sheet,
)
from production.models import WorkOrder
from production.selectors.faces import face_of
from production.states import SCAN_COMMANDS

WIDTH, HEIGHT = 100 * mm, 50 * mm
EDGE = 3 * mm
CODE = 32 * mm
# Dots of a label printer: 8 to a millimetre.
DOTS = 8
MOST = 500
# What a label printer takes for itself, or does not print as it stands.
_PLAIN = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/()"
)


def labels_pdf(work_order: WorkOrder) -> bytes:
    """Draw a label for each piece, a page each; texts stand exactly as chosen."""
    number = work_order.number
    sheet = open_sheet(size=(WIDTH, HEIGHT), number=number)
    for place, lines in enumerate(_list_labels(work_order)):
        if place:
            sheet.canvas.showPage()
        _draw_label(sheet, number, lines)
    sheet.canvas.save()
    return sheet.paper.getvalue()


def _list_labels(work_order: WorkOrder) -> Iterator[tuple[str, str, str, list[str]]]:
    """Give what stands on each label: product, choices, which piece, the texts."""
    face = face_of(work_order.configuration)
    texts = [text for _name, text in face.personalisation]
    n_pieces = min(work_order.planned_quantity, MOST)
    for piece in range(1, n_pieces + 1):
        which = _("%(n)d of %(all)d") % {"n": piece, "all": work_order.planned_quantity}
        yield face.product, face.summary, which, texts


def _draw_label(
    sheet: Sheet, number: str, label: tuple[str, str, str, list[str]]
) -> None:
    product, summary, which, texts = label
    canvas = sheet.canvas
    draw_code(canvas, number, left=EDGE, top=HEIGHT - EDGE, size=CODE)
    left = EDGE + CODE + EDGE
    top = HEIGHT - EDGE - 12
    for text, font, size in (
        (number, BOLD, 13),
        (product, BOLD, 10),
        (summary, FONT, 8),
        (which, FONT, 8),
    ):
        _fit(sheet, text, font=font, size=size, left=left, top=top)
        top -= size + 4
    for place, text in enumerate(texts):
        _fit(sheet, text, font=BOLD, size=15, left=EDGE, top=10 + 18 * place)


def _fit(
    sheet: Sheet, text: str, *, font: str, size: float, left: float, top: float
) -> None:
    """Write a text whole, smaller where it would leave the label."""
    room = WIDTH - EDGE - left
    width = pdfmetrics.stringWidth(text, font, size)
    sheet.canvas.setFont(font, size if width <= room else size * room / width)
    sheet.canvas.drawString(left, top, text)


def labels_zpl(work_order: WorkOrder) -> str:
    """Write the same labels in ZPL, one after the other; letters go as UTF-8."""
    number = work_order.number
    labels = []
    for product, summary, which, texts in _list_labels(work_order):
        rows = [
            "^XA^CI28",
            f"^PW{100 * DOTS}^LL{50 * DOTS}",
            f"^FO24,24^BQN,2,7^FH_^FDQA,{_escape(number)}^FS",
            _row(280, 32, 40, number),
            _row(280, 88, 30, product),
            _row(280, 128, 24, summary),
            _row(280, 164, 24, which),
            *(_row(24, 290 + 52 * n, 44, text) for n, text in enumerate(texts)),
            "^XZ",
        ]
        labels.append("\n".join(rows))
    return "\n".join(labels) + "\n"


def _row(left: int, top: int, size: int, text: str) -> str:
    return f"^FO{left},{top}^A0N,{size},{size}^FH_^FD{_escape(text)}^FS"


def _escape(text: str) -> str:
    """Write all but plain letters as the bytes that they are."""
    return "".join(
        chr(byte) if byte in _PLAIN else f"_{byte:02X}" for byte in text.encode()
    )


def command_codes_pdf() -> bytes:
    """Draw the codes that hang beside a scanner: START, DONE, SCRAP, PAUSE."""
    sheet = open_sheet(size=A4, number=_("Codes for the scanner"))
    words = {
        "START": _("Begin, or go on"),
        "DONE": _("All that is left is good: done"),
        "SCRAP": _("One piece is lost"),
        "PAUSE": _("Leave it for a while"),
    }
    sheet.say(_("Scan the work or the batch, then what you do."), size=14, font=BOLD)
    top = sheet.top - 30 * mm
    for command in SCAN_COMMANDS:
        draw_code(sheet.canvas, command, left=MARGIN, top=top + 20 * mm, size=45 * mm)
        sheet.top = top
        sheet.say(command, size=36, font=BOLD, left=MARGIN + 55 * mm)
        sheet.top = top - 22
        sheet.say(words[command], size=14, left=MARGIN + 55 * mm)
        top -= 55 * mm
    return sheet.finish()
