"""Labels for packs and the codes for a scanner: as PDF, and for label printers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
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
    register_fonts,
)
from production.models import WorkOrder
from production.selectors.faces import face_of
from production.selectors.foods import Food, find_food
from production.selectors.packs import Pack, list_packs
from production.states import SCAN_COMMANDS

WIDTH, HEIGHT = 100 * mm, 50 * mm
EDGE = 3 * mm
CODE = 32 * mm
# The least that can be read: lower-case letters of 1.2 mm.
SMALL, LEADING = 6.5, 8
# Up to where ingredients may reach: lot and best before stand above.
ROOM = 42
# Dots of a label printer: 8 to a millimetre.
DOTS = 8
# The letters of a label printer that ingredients begin with, and its smallest.
LETTERS, LEAST = 18, 10
MOST = 500
Words = Sequence[tuple[str, bool]]
# What a label printer takes for itself, or does not print as it stands.
_PLAIN = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/()"
)


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on the label of one pack; ``small`` only where it can be eaten.

    Of the words of the ingredients those of allergens are marked.
    """

    product: str
    summary: str
    which: str
    texts: Sequence[str]
    small: Sequence[str] = ()
    ingredients: Words = ()


def labels_pdf(work_order: WorkOrder, *, now: datetime) -> bytes:
    """Draw a label for each pack, a page each; texts stand exactly as chosen."""
    number = work_order.number
    sheet = open_sheet(size=(WIDTH, HEIGHT), number=number)
    # A file without a page cannot be opened.
    labels = list(_list_labels(work_order, now)) or [_say_none(work_order)]
    for place, label in enumerate(labels):
        if place:
            sheet.canvas.showPage()
        _draw_label(sheet, number, label)
    sheet.canvas.save()
    return sheet.paper.getvalue()


def _list_labels(work_order: WorkOrder, now: datetime) -> Iterator[Label]:
    """Give what stands on each label: product, choices, which pack, the texts."""
    face = face_of(work_order.configuration)
    texts = [text for _name, text in face.personalisation]
    # Most packs are of the same lots.
    find = cache(lambda lots: find_food(work_order=work_order, lots=lots, now=now))
    packs = list_packs(work_order=work_order)
    for pack in islice(packs, MOST):
        food = find(pack.lots)
        small = list(_list_small(food, pack)) if food else []
        ingredients = list(_mark_ingredients(food)) if food else []
        which = _name_pack(pack)
        yield Label(face.product, face.summary, which, texts, small, ingredients)
    n_left = sum(1 for _pack in packs)
    if n_left:
        which = ngettext(
            "%(n)d more box has no label here",
            "%(n)d more boxes have no label here",
            n_left,
        )
        yield Label(face.product, face.summary, which % {"n": n_left}, ())


def _say_none(work_order: WorkOrder) -> Label:
    face = face_of(work_order.configuration)
    which = _("No box of its own: packed with another lot, or not at all")
    return Label(face.product, face.summary, which, ())


def _name_pack(pack: Pack) -> str:
    words = {"n": pack.number, "all": pack.n_all, "pieces": pack.pieces}
    if pack.pieces == 1:
        return _("%(n)d of %(all)d") % words
    return _("Box %(n)d of %(all)d · %(pieces)d pieces") % words


def _list_small(food: Food, pack: Pack) -> Iterator[str]:
    """Say of food what else is asked of a label, but for what is in it."""
    yield _("Lot %(lot)s") % {"lot": ", ".join(pack.lots)}
    if food.best_before:
        day = formats.date_format(food.best_before, "d.m.Y")
        text = _("Best before %(day)s")
        if food.is_planned:
            text = _("Best before %(day)s (planned: not begun yet)")
        yield text % {"day": day}
    if food.others:
        yield _("Contains: %(allergens)s") % {"allergens": ", ".join(food.others)}


def _mark_ingredients(food: Food) -> Iterator[tuple[str, bool]]:
    """Give the words of the list of ingredients, and which of them are to stand out."""
    if not food.ingredients:
        return
    listed = _("Ingredients: %(all)s") % {"all": ""}
    yield from ((word, False) for word in listed.split())
    latest = food.ingredients[-1]
    for each in food.ingredients:
        text = each.name if each is latest else f"{each.name},"
        yield from ((word, each.is_allergen) for word in text.split())


def _draw_label(sheet: Sheet, number: str, label: Label) -> None:
    draw_code(sheet.canvas, number, left=EDGE, top=HEIGHT - EDGE, size=CODE)
    left = EDGE + CODE + EDGE
    top = HEIGHT - EDGE - 12
    for text, font, size in (
        (number, BOLD, 13),
        (label.product, BOLD, 10),
        (label.summary, FONT, 8),
        (label.which, FONT, 8),
        *((text, BOLD, 7) for text in label.small),
    ):
        _fit(sheet, text, font=font, size=size, left=left, top=top)
        top -= size + 4
    for place, text in enumerate(label.texts):
        _fit(sheet, text, font=BOLD, size=15, left=EDGE, top=10 + 18 * place)
    _draw_ingredients(sheet, label)


def _draw_ingredients(sheet: Sheet, label: Label) -> None:
    """Write them above the texts, below all else; long ones smaller."""
    bottom = 8 + 18 * len(label.texts)
    n_lines, size = max(2, (ROOM - bottom) // LEADING), SMALL
    while len(lines := list(_break(label.ingredients, size))) > n_lines:
        size *= 0.95
    for place, line in enumerate(reversed(lines)):
        text = sheet.canvas.beginText(EDGE, bottom + LEADING * place)
        for word, is_allergen in line:
            text.setFont(BOLD if is_allergen else FONT, size)
            text.textOut(f"{word} ")
        sheet.canvas.drawText(text)


def _break(words: Words, size: float) -> Iterator[Words]:
    """Break marked words into lines."""
    line: list[tuple[str, bool]] = []
    left = room = WIDTH - 2 * EDGE
    for word, is_allergen in words:
        font = BOLD if is_allergen else FONT
        width = pdfmetrics.stringWidth(f"{word} ", font, size)
        if line and width > left:
            yield line
            line, left = [], room
        line.append((word, is_allergen))
        left -= width
    if line:
        yield line


def _fit(
    sheet: Sheet, text: str, *, font: str, size: float, left: float, top: float
) -> None:
    """Write a text whole, smaller where it would leave the label."""
    room = WIDTH - EDGE - left
    width = pdfmetrics.stringWidth(text, font, size)
    sheet.canvas.setFont(font, size if width <= room else size * room / width)
    sheet.canvas.drawString(left, top, text)


def labels_zpl(work_order: WorkOrder, *, now: datetime) -> str:
    """Write the same labels in ZPL, one after the other; letters go as UTF-8.

    Its printers have one weight of letters: what is to stand out is in capitals.
    """
    register_fonts()
    number = work_order.number
    labels = []
    for label in _list_labels(work_order, now):
        rows = [
            "^XA^CI28",
            f"^PW{100 * DOTS}^LL{50 * DOTS}",
            f"^FO24,24^BQN,2,7^FH_^FDQA,{_escape(number)}^FS",
            _row(280, 32, 40, number),
            _row(280, 88, 30, label.product),
            _row(280, 128, 24, label.summary),
            _row(280, 164, 24, label.which),
            *(_row(280, 188 + 22 * n, 18, text) for n, text in enumerate(label.small)),
            *_block(24, 252, 290 if label.texts else 392, label.ingredients),
            *(_row(24, 290 + 52 * n, 44, text) for n, text in enumerate(label.texts)),
            "^XZ",
        ]
        labels.append("\n".join(rows))
    return "\n".join(labels) + "\n"


def _row(left: int, top: int, size: int, text: str) -> str:
    """Write a text whole, in narrower letters where it would leave the label."""
    room = (WIDTH - EDGE) / mm * DOTS - left
    wide = max(room, pdfmetrics.stringWidth(text, BOLD, size))
    width = max(LEAST, int(size * room / wide))
    return f"^FO{left},{top}^A0N,{size},{width}^FH_^FD{_escape(text)}^FS"


def _block(left: int, top: int, bottom: int, words: Words) -> list[str]:
    """Let the printer break a text into lines, smaller ones where it is long.

    Whatever exceeds their number it would write over the latest of them. Our letters
    are wider than its own: it needs no more lines than we do.
    """
    if not words:
        return []
    loud = [word.upper() if stands_out else word for word, stands_out in words]
    bold = [(word, True) for word in loud]
    for size in range(LETTERS, LEAST - 1, -1):
        n_lines = len(list(_break(bold, size * mm / DOTS)))
        if n_lines * size <= bottom - top:
            break
    block = f"^FB{100 * DOTS - 2 * left},{n_lines}"
    text = _escape(" ".join(loud))
    return [f"^FO{left},{top}^A0N,{size},{size}{block}^FH_^FD{text}^FS"]


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
