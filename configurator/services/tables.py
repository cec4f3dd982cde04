"""Tables from outside, pasted or as a file, read as rows of texts within limits.

A workbook is a ZIP of XML, and either may be made to grow without end: what it says
of its size is looked at before anything is unpacked, and reading stops at the limits.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.services.errors import DomainError

LARGEST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 1_000
# Those that are empty included.
MOST_LINES = 20 * MOST_ROWS
MOST_COLUMNS = 60
LONGEST_CELL = 500
# What a workbook may unpack to, in all and for each byte that was sent.
LARGEST_UNPACKED_BYTES = 32 * 1024 * 1024
LARGEST_RATIO = 200
SMALL_BYTES = 1024 * 1024
MOST_PARTS = 500
ZIP_START = b"PK\x03\x04"
SEPARATORS = "\t;,"
WORKBOOK = "xl/workbook.xml"


class TableError(DomainError):
    """A file that is no table, or one too large to take."""

    code = "table"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message, field="file", status=status)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with the number that its sender sees beside it."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The line that names the columns, and all rows after it that are not empty."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_file(content: bytes) -> Table:
    """Read a CSV file or an XLSX workbook, by what it is and not by its name."""
    if len(content) > LARGEST_BYTES:
        raise TableError(_("A list may have at most 20 MB."), status=413)
    if content.startswith(ZIP_START):
        return _table(_rows_of_workbook(content))
    return read_text(_decode(content))


def read_text(text: str) -> Table:
    """Read a table as it is copied out of a spreadsheet, or as CSV."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    # Cells of a spreadsheet are pasted as they are; quotes mean something in CSV.
    lines = io.StringIO(text, newline="")
    try:
        return _table(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        text = _("This is no table: %(error)s.") % {"error": error}
        raise TableError(text) from error


def write_text(table: Table) -> str:
    """Write a table as CSV, from which `read_text` reads the same.

    Its header must be the first line of all.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(table.header)
    at = 1
    for row in table.rows:
        # Empty lines stay, so that rows keep the numbers that their sender knows.
        buffer.write("\n" * (row.number - at - 1))
        writer.writerow(row.cells)
        at = row.number
    return buffer.getvalue()


def write_csv(lines: Sequence[Sequence[str]]) -> bytes:
    """Write lines as a CSV file, marked so that spreadsheets know it is UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows(lines)
    return buffer.getvalue().encode("utf-8-sig")


def write_workbook(lines: Sequence[Sequence[str]], *, title: str) -> bytes:
    """Write lines as an XLSX workbook whose cells are all texts."""
    from openpyxl import Workbook  # noqa: PLC0415 -- slow import

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for line in lines:
        sheet.append(list(line))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _table(lines: Iterable[Sequence[str]]) -> Table:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        cells = tuple(line)
        while cells and not cells[-1].strip():
            cells = cells[:-1]
        if cells or number > MOST_LINES:
            _check_row(cells, number, len(rows))
        if not cells:
            continue
        if header:
            padding = ("",) * (len(header) - len(cells))
            rows.append(Row(number, cells + padding))
        else:
            header = tuple(cell.strip() for cell in cells)
    if not rows:
        text = _("The list is empty: a first line names the columns, rows follow it.")
        raise TableError(text)
    return Table(header, tuple(rows))


def _check_row(cells: Sequence[str], number: int, n_rows: int) -> None:
    if n_rows >= MOST_ROWS or number > MOST_LINES:
        text = _("A list has at most %(most)s rows; please send the rest as another.")
        raise TableError(text % {"most": MOST_ROWS})
    if len(cells) > MOST_COLUMNS:
        text = _("Row %(row)s has %(n)s columns; at most %(most)s are read.")
        words = {"row": number, "n": len(cells), "most": MOST_COLUMNS}
        raise TableError(text % words)
    if any(len(cell) > LONGEST_CELL for cell in cells):
        text = _("Row %(row)s has a cell of more than %(most)s characters.")
        raise TableError(text % {"row": number, "most": LONGEST_CELL})


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:  # what spreadsheets save today, and what they saved before
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise TableError(_("This is neither a CSV file nor an XLSX workbook."))


def _rows_of_workbook(content: bytes) -> Iterator[list[str]]:
    """Read the first sheet; formulas count as what they last came to."""
    from openpyxl import load_workbook  # noqa: PLC0415 -- slow import

    _check_workbook(content)
    try:
        book = load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for line in sheet.iter_rows(
            values_only=True, max_col=MOST_COLUMNS + 1, max_row=MOST_LINES + 1
        ):
            yield [_cell(value) for value in line]
    except TableError:
        raise
    except Exception as error:  # each kind of damage is another kind of error
        raise TableError(_("The workbook cannot be read.")) from error


def _check_workbook(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise TableError(_("The workbook is damaged.")) from error
    if not any(part.filename == WORKBOOK for part in parts):
        text = _("This ZIP file is no XLSX workbook; please save the list as XLSX.")
        raise TableError(text)
    if len(parts) > MOST_PARTS:
        raise TableError(_("The workbook has too many parts."))
    # A part gives no more than it says here: reading stops there.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED_BYTES or any(map(_is_bomb, parts)):
        raise TableError(_("The workbook unpacks to too much."), status=413)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    packed = max(part.compress_size, 1)
    return part.file_size > SMALL_BYTES and part.file_size > LARGEST_RATIO * packed


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
