"""Paper for the floor: a sheet with room on it, fonts for every letter, a code."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import zxingcpp
from django.conf import settings
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from configurator.selectors.times import local

FONT, BOLD = "LotOne", "LotOne-Bold"
MARGIN = 12 * mm
CODE_SIZE = 30 * mm
FONTS = Path(settings.BASE_DIR) / "configurator" / "static" / "site" / "fonts"


@dataclass(slots=True)
class Sheet:
    """A canvas with a place on it; goes on over as many pages as are needed."""

    canvas: Canvas
    paper: io.BytesIO
    size: tuple[float, float]
    # What stands at the foot of every page: sheets get apart.
    number: str
    note: str = ""
    top: float = 0
    page: int = 1

    @property
    def room(self) -> float:
        margins: float = 2 * MARGIN
        return self.size[0] - margins

    def say(
        self,
        text: str,
        *,
        size: float = 9,
        font: str = FONT,
        left: float = MARGIN,
        right: float = MARGIN,
    ) -> None:
        """Draw a text at this place, smaller where it would pass the right edge."""
        room = self.size[0] - right - left
        width = pdfmetrics.stringWidth(text, font, size)
        self.canvas.setFont(font, size if width <= room else size * room / width)
        self.canvas.drawString(left, self.top, text)

    def name_signs(self, text: str, *, font: str = FONT, left: float = MARGIN) -> None:
        """Name the signs of a text that the font cannot draw, or nobody would see."""
        glyphs = pdfmetrics.getFont(font).face.charToGlyph
        missing = [each for each in dict.fromkeys(text) if ord(each) not in glyphs]
        for sign in missing:
            name = unicodedata.name(sign, "")
            self.say(f"U+{ord(sign):04X} {name}".strip(), size=8, left=left)
            self.go_down(10)

    def go_down(self, step: float) -> None:
        """Go down, to a new page where this one is full."""
        self.top -= step
        if self.top < 2 * MARGIN:
            self.end_page()
            self.canvas.showPage()
            self.page += 1
            self.top = self.size[1] - MARGIN - 12

    def draw_picture(self, png: bytes, *, size: float) -> None:
        """Draw a picture at the right, its upper edge at this place."""
        left, bottom = self.size[0] - MARGIN - size, self.top - size
        image = ImageReader(io.BytesIO(png))
        self.canvas.drawImage(
            image,
            left,
            bottom,
            size,
            size,
            mask="auto",
            preserveAspectRatio=True,
            anchor="n",
        )

    def draw_box(self) -> None:
        """Draw a box to tick."""
        self.canvas.rect(MARGIN, self.top - 1, 7, 7)

    def draw_head(self, *, code: str, facts: list[str]) -> None:
        """Draw the number and the facts, with the code at the right."""
        canvas, width = self.canvas, self.size[0]
        bottom = self.top - CODE_SIZE - 16
        draw_code(canvas, code, left=width - MARGIN - CODE_SIZE, top=self.top)
        room = self.room - CODE_SIZE - 8
        needed = pdfmetrics.stringWidth(self.number, BOLD, 20)
        canvas.setFont(BOLD, 20 if needed <= room else 20 * room / needed)
        canvas.drawString(MARGIN, self.top - 18, self.number)
        canvas.setFont(FONT, 10)
        for place, text in enumerate(facts):
            canvas.drawString(MARGIN, self.top - 38 - 14 * place, text)
        self.top = bottom

    def end_page(self) -> None:
        """Say on every page whose it is."""
        self.canvas.setFont(FONT, 7)
        self.canvas.drawString(MARGIN, MARGIN, self.note)
        self.canvas.drawRightString(
            self.size[0] - MARGIN, MARGIN - 10, f"{self.number} · {self.page}"
        )

    def finish(self) -> bytes:
        """End the last page and give the file."""
        self.end_page()
        self.canvas.save()
        return self.paper.getvalue()


def open_sheet(*, size: tuple[float, float], number: str, note: str = "") -> Sheet:
    """Begin a document of pages of one size."""
    register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=size, pageCompression=0)
    canvas.setTitle(number)
    canvas.setAuthor("Lot One")
    canvas.setSubject(note)
    return Sheet(canvas, paper, size, number, note, top=size[1] - MARGIN)


def clock(at: datetime) -> str:
    """Write an instant as the clocks of the works show it, naming the zone."""
    return f"{local(at):%Y-%m-%d %H:%M %Z}"


@cache
def register_fonts() -> None:
    """Let texts be measured and written: ours are the only fonts."""
    pdfmetrics.registerFont(TTFont(FONT, FONTS / "bricolage-grotesque-400.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "bricolage-grotesque-800.ttf"))


def draw_code(
    canvas: Canvas, text: str, *, left: float, top: float, size: float = CODE_SIZE
) -> None:
    """Draw a square code that reads back as the text."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture: Any = zxingcpp.write_barcode_to_image(code, scale=8)
    height, width = picture.shape[:2]
    pixels = bytes(memoryview(picture))
    # Imported with reportlab: pictures are handed over as Pillow images.
    from PIL import Image  # noqa: PLC0415 -- slow import

    image = Image.frombytes("L", (width, height), pixels)
    canvas.drawImage(ImageReader(image), left, top - size, width=size, height=size)
