"""A drawing of unknown origin becomes pixels in a process that may fall.

The renderer is native code: a drawing that makes it ask for too much memory aborts
the whole process, and one that refers to itself in layers keeps it busy for hours.
So this file is also run as a program of its own, which imports nothing of Django:
the drawing comes on its standard input and the PNG leaves on its standard output.
"""

import resource
import subprocess
import sys
from contextlib import suppress
from xml.parsers import expat

import py_svg_hush
import resvg_py

DEEPEST = 64
MOST_ELEMENTS = 20_000
# A drawing has no pixels of its own; this is enough for a print of 28 cm at 150 dpi.
WIDTH_PX = 2_000
# Proportions are kept inside this box, so a tall drawing becomes a narrower one.
HEIGHT_PX = 20_000
LONGEST_S = 3
LARGEST_MEMORY_BYTES = 2 * 1024**3
# Where the whole machine is busy, the time on the clock is longer than its own.
PATIENCE_S = 3 * LONGEST_S


class DrawingError(ValueError):
    """A drawing that cannot be read, or that asks for more than we give."""


def draw_apart(content: bytes) -> bytes:
    """Draw SVG as PNG in another process, within limits of time and memory."""
    check_drawing(content)
    try:
        done = subprocess.run(  # noqa: S603 -- our own program, nothing of the drawing
            [sys.executable, "-I", __file__],
            input=content,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DrawingError("it takes too long to draw") from error
    if done.returncode or not done.stdout:
        raise DrawingError(f"the renderer ended with {done.returncode}")
    return done.stdout


def check_drawing(content: bytes) -> None:
    """Refuse filters, document types, deep nesting, more elements than are needed.

    A blur of a few bytes keeps the renderer busy for half a minute, and what is
    printed or stitched has none.
    """
    parser = expat.ParserCreate()
    depth = n_elements = 0

    def enter(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, n_elements
        if name.rpartition(":")[2].lower() == "filter":
            raise DrawingError("a filter is not allowed")
        depth, n_elements = depth + 1, n_elements + 1
        if depth > DEEPEST or n_elements > MOST_ELEMENTS:
            raise DrawingError(f"{n_elements} elements, {depth} deep")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_details: object) -> None:
        raise DrawingError("a document type is not allowed")

    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DrawingError(str(error)) from error


def draw(content: bytes) -> bytes:
    """Turn a drawing into PNG; scripts and outside references are dropped."""
    text = py_svg_hush.filter_svg(content).decode()
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=text, width=WIDTH_PX, height=HEIGHT_PX, skip_system_fonts=True
        )
    )


def main() -> int:
    with suppress(OSError, ValueError):  # not every system limits memory
        limit = (LARGEST_MEMORY_BYTES, LARGEST_MEMORY_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, limit)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        picture = draw(sys.stdin.buffer.read())
    except (ValueError, RuntimeError):
        return 1
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
