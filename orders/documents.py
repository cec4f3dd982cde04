"""Invoice, receipt and credit note as PDF, in the buyer's language."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from configurator.documents import FONT_FILES
from configurator.selectors.money import written
from configurator.selectors.times import local
from orders.models import Document, Order
from orders.selectors.countries import address_lines
from orders.selectors.erasures import name_of
from orders.states import DocumentKind, PaymentPurpose

FONT, BOLD = "LotOne", "LotOne-Bold"
WIDTH, HEIGHT = A4
LEFT, RIGHT = 20 * mm, WIDTH - 20 * mm
BOTTOM = 25 * mm
# Right edges of the columns quantity, net, tax and gross.
COLUMNS = (105 * mm, 132 * mm, 157 * mm, RIGHT)
INK, SOFT = (0.13, 0.12, 0.11), (0.42, 0.4, 0.37)


class _Sheet:
    """A canvas with a place on it; goes on over as many pages as are needed."""

    def __init__(self, canvas: Canvas, number: str) -> None:
        self.canvas, self.number = canvas, number
        self.top, self.page = HEIGHT - 25 * mm, 1

    def say(
        self,
        text: str,
        *,
        size: float = 9.5,
        font: str = FONT,
        left: float = LEFT,
        room: float = RIGHT - LEFT,
        colour: tuple[float, float, float] = INK,
    ) -> None:
        """Draw a text here, smaller where it would not fit."""
        self._set(text, size, font, room, colour)
        self.canvas.drawString(left, self.top, text)

    def say_right(
        self, text: str, right: float, *, font: str = FONT, size: float = 9.5
    ) -> None:
        self._set(text, size, font, 30 * mm, INK)
        self.canvas.drawRightString(right, self.top, text)

    def _set(
        self,
        text: str,
        size: float,
        font: str,
        room: float,
        colour: tuple[float, float, float],
    ) -> None:
        width = pdfmetrics.stringWidth(text, font, size)
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font, size if width <= room else size * room / width)

    def rule(self) -> None:
        self.canvas.setStrokeColorRGB(*SOFT)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(LEFT, self.top + 12, RIGHT, self.top + 12)

    def go_down(self, step: float) -> None:
        """Go down, to a new page where this one is full."""
        self.top -= step
        if self.top < BOTTOM:
            self.end_page()
            self.canvas.showPage()
            self.page += 1
            self.top = HEIGHT - 25 * mm

    def end_page(self) -> None:
        top, self.top = self.top, 14 * mm
        self.say(self.number, size=8, colour=SOFT)
        self.say_right(str(self.page), RIGHT, size=8)
        self.top = top


def document_pdf(document: Document) -> bytes:
    """Draw a paper on one A4 page or more."""
    _register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A4, pageCompression=0, invariant=1)
    canvas.setTitle(document.number)
    canvas.setAuthor(str(document.content["seller"]["name"]))
    with translation.override(document.order.language):
        sheet = _Sheet(canvas, document.number)
        _head(sheet, document)
        if document.kind == DocumentKind.RECEIPT:
            _receipt(sheet, document)
        else:
            _lines(sheet, document)
            _sums(sheet, document)
        _foot(sheet, document)
        sheet.end_page()
    canvas.save()
    return paper.getvalue()


@cache
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(FONT, FONT_FILES[400]))
    pdfmetrics.registerFont(TTFont(BOLD, FONT_FILES[800]))


def _head(sheet: _Sheet, document: Document) -> None:
    seller = document.content["seller"]
    sheet.say(str(seller["name"]), size=13, font=BOLD)
    sheet.go_down(13)
    for part in [*seller["address"], _vat_id(seller)]:
        if part:
            sheet.say(str(part), size=8.5, colour=SOFT)
            sheet.go_down(11)
    sheet.go_down(24)
    for part in _address(document.order):
        sheet.say(part)
        sheet.go_down(13)
    sheet.go_down(24)
    sheet.say(_title(document), size=20, font=BOLD)
    sheet.go_down(20)
    facts = [
        _("Order %(number)s") % {"number": document.order.number},
        formats.date_format(local(document.issued_at), _("j F Y")),
    ]
    credited = document.content.get("credits")
    if credited:
        facts.append(_("Corrects %(number)s") % {"number": credited})
    sheet.say("  ·  ".join(facts), colour=SOFT)
    sheet.go_down(30)


def _title(document: Document) -> str:
    titles = {
        DocumentKind.INVOICE: _("Invoice %(number)s"),
        DocumentKind.RECEIPT: _("Receipt %(number)s"),
        DocumentKind.CREDIT_NOTE: _("Credit note %(number)s"),
    }
    return titles[DocumentKind(document.kind)] % {"number": document.number}


def _vat_id(seller: Mapping[str, Any]) -> str:
    return _("VAT ID %(id)s") % {"id": seller["vat_id"]} if seller["vat_id"] else ""


def _address(order: Order) -> list[str]:
    parts = (name_of(order), *address_lines(order.shipping_address))
    return [part for part in parts if part]


def _lines(sheet: _Sheet, document: Document) -> None:
    heads = (_("Quantity"), _("Net"), _("VAT"), _("Gross"))
    _row(sheet, "", heads, font=BOLD)
    sheet.rule()
    for line in document.content["lines"]:
        values = [str(line.get("quantity", "")), *_amounts(line, document)]
        _row(sheet, str(line["text"] or _("Price reduction")), values)
    sheet.go_down(6)


def _sums(sheet: _Sheet, document: Document) -> None:
    content = document.content
    sheet.rule()
    _row(sheet, _("Total"), ["", *_amounts(content, document)], font=BOLD, size=11)
    rate = _percent(content["vat_bp"])
    text = _("All prices include %(rate)s %% VAT; net amounts are without it.")
    sheet.say(text % {"rate": rate}, size=8.5, colour=SOFT)
    sheet.go_down(24)


def _percent(bp: int) -> str:
    """Write hundredths of a percent with as many digits as they need."""
    places = 0 if bp % 100 == 0 else 1 if bp % 10 == 0 else 2
    return formats.number_format(bp / 100, decimal_pos=places)


def _amounts(values: Mapping[str, Any], document: Document) -> list[str]:
    currency = document.content["currency"]
    names = ("net_minor", "vat_minor", "gross_minor")
    return [written(values[name], currency) for name in names]


def _row(
    sheet: _Sheet,
    text: str,
    values: Sequence[str],
    *,
    font: str = FONT,
    size: float = 9.5,
) -> None:
    sheet.say(text, font=font, size=size, room=COLUMNS[0] - LEFT - 18 * mm)
    for right, value in zip(COLUMNS, values, strict=True):
        sheet.say_right(value, right, font=font, size=size)
    sheet.go_down(16)


def _receipt(sheet: _Sheet, document: Document) -> None:
    content = document.content
    purposes = {
        PaymentPurpose.DEPOSIT: _("Deposit"),
        PaymentPurpose.BALANCE: _("Balance"),
    }
    what = purposes.get(content["purpose"], _("Payment"))
    sheet.say(what, size=11, font=BOLD)
    total = written(content["gross_minor"], content["currency"])
    sheet.say_right(total, RIGHT, font=BOLD, size=11)
    sheet.go_down(16)
    reference = f"{content['provider']}  ·  {content['reference']}"
    sheet.say(reference, size=8.5, colour=SOFT)
    sheet.go_down(24)


def _foot(sheet: _Sheet, document: Document) -> None:
    if document.kind == DocumentKind.RECEIPT:
        sheet.say(_("We have received this amount. Thank you."))
    elif document.kind == DocumentKind.CREDIT_NOTE:
        sheet.say(_("What you have paid too much comes back the way it was paid."))
    else:
        sheet.say(
            _("Thank you for your order with %(shop)s.") % {"shop": settings.SITE_NAME}
        )
