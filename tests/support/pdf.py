"""What stands in a PDF that was written without compressing its pages."""

import base64
import re
import shutil
import subprocess
import zlib

import pytest
import zxingcpp
from PIL import Image

OBJECT = re.compile(rb"<<(.*?)>>\s*stream\r?\n(.*?)endstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj", re.DOTALL)


def list_texts(pdf: bytes) -> list[str]:
    """Give the strings drawn on its pages; signs beyond ASCII come out as others."""
    found = []
    for _head, body in OBJECT.findall(pdf):
        found += [unescape(text) for text in SHOWN.findall(body)]
    return found


def unescape(text: bytes) -> str:
    plain = re.sub(
        rb"\\([0-7]{3}|.)",
        lambda part: bytes([int(part[1], 8)]) if part[1].isdigit() else part[1],
        text,
    )
    return plain.decode("latin-1")


def read_codes(pdf: bytes) -> list[str]:
    """Scan its pictures for codes."""
    found = []
    for head, body in OBJECT.findall(pdf):
        if b"/Subtype /Image" not in head:
            continue
        size = tuple(
            int(re.search(rb"/%s (\d+)" % name, head)[1])  # type: ignore[index]
            for name in (b"Width", b"Height")
        )
        packed = base64.a85decode(body.strip(), adobe=True) if b"85" in head else body
        pixels = zlib.decompress(packed)
        mode = "RGB" if len(pixels) == size[0] * size[1] * 3 else "L"
        picture = Image.frombytes(mode, size, pixels)  # type: ignore[arg-type]
        found += [code.text for code in zxingcpp.read_barcodes(picture)]
    return found


def words_of(pdf: bytes) -> str:
    """Give its text as another program reads it, laid out as on the page."""
    return read_with("pdftotext", "-layout", "-", pdf=pdf).decode()


def read_with(tool: str, *options: str, pdf: bytes) -> bytes:
    """Let one of poppler's programs read it; skip where there is none."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [tool, *options, "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout
