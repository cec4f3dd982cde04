"""Lists from outside are read as they are meant, and bombs are not unpacked."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from configurator.services import tables
from configurator.services.tables import (
    Row,
    Table,
    TableError,
    read_file,
    read_text,
    write_csv,
    write_text,
    write_workbook,
)

TEAM = Table(("Name", "Size"), (Row(2, ("Ada", "M")), Row(3, (" Søn  ", "L"))))


def workbook(*lines) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(list(line))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def archive(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


@pytest.mark.parametrize("separator", ["\t", ";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_spreadsheet_copies_is_read_by_its_separator(separator, end):
    lines = (("Name", "Size"), ("Ada", "M"), (" Søn  ", "L"))

    text = end.join(separator.join(line) for line in lines)

    assert read_text(text) == TEAM


def test_quotes_keep_separators_and_quotes_inside_a_cell():
    table = read_text('Name,Size\n"Lund, ""Ada""",M\n')

    assert table.rows[0].cells == ('Lund, "Ada"', "M")


def test_empty_rows_are_left_out_and_the_others_keep_their_numbers():
    table = read_text("Name,Size\n\nAda\n,,\nBo,\n")

    assert [(row.number, row.cells) for row in table.rows] == [
        (3, ("Ada", "")),
        (5, ("Bo", "")),
    ]
    assert read_text(write_text(table)) == table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_what_spreadsheets_save(encoding):
    text = "Name;Size\r\nAda;M\r\n Søn  ;L\r\n"

    assert read_file(text.encode(encoding)) == TEAM


def test_a_workbook_is_read_by_what_it_is():
    content = workbook(
        ("Name", "Number", "Day"), ("Ada", 7.0, date(2026, 3, 2)), (None, 2.5, None)
    )

    assert [row.cells for row in read_file(content).rows] == [
        ("Ada", "7", "2026-03-02T00:00:00"),
        ("", "2.5", ""),
    ]


def test_a_template_reads_back_as_it_was_written():
    lines = [["Name", "Size"], ["Ada", "M"], [" Søn  ", "L"]]

    assert read_file(write_workbook(lines, title="T-shirt")) == TEAM
    assert read_file(write_csv(lines)) == TEAM


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The list is empty"),
        (b"Name\n", "The list is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither a CSV file nor an XLSX workbook"),
        (b"PK\x03\x04 and no more", "The workbook is damaged."),
        (archive(readme_xml=b"<a/>"), "This ZIP file is no XLSX workbook"),
        (archive(xl__workbook_xml=b"<a/>"), "The workbook cannot be read."),
        (b'Name\n"Ada" x\n', "This is no table"),
        (b"Name\n" + b"x" * 501, "Row 2 has a cell of more than 500 characters."),
        (
            b"Name;Size\n" + b"x;" * 61 + b"x",
            "Row 2 has 62 columns; at most 60 are read.",
        ),
        (b"Name\n" + b"Ada\n" * 1001, "at most 1000 rows"),
        (b"Name\n" + b"\n" * 20_001 + b"Ada", "at most 1000 rows"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content, words):
    with pytest.raises(TableError, match=words):
        read_file(content)


def test_a_file_beyond_20_mb_is_not_looked_at():
    with pytest.raises(TableError) as caught:
        read_file(b"PK\x03\x04" + bytes(tables.LARGEST_BYTES))

    assert caught.value.status == 413


def test_a_workbook_that_grows_without_end_is_not_unpacked(monkeypatch):
    bomb = archive(xl__workbook_xml=b"<a/>", xl__sheet_xml=b"0" * 40_000_000)

    def refuse(*_args, **_words):
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    with pytest.raises(TableError, match="unpacks to too much") as caught:
        read_file(bomb)

    assert len(bomb) < 100_000
    assert caught.value.status == 413


def test_a_workbook_of_thousands_of_parts_is_refused():
    parts = {f"part{n}": b"" for n in range(501)}

    with pytest.raises(TableError, match="too many parts"):
        read_file(archive(xl__workbook_xml=b"<a/>", **parts))


def test_entities_of_a_sheet_are_not_unfolded():
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 20 if n else "ha" * 20}">' for n in range(8)
    )
    sheet = f"<!DOCTYPE x [{laughs}]><worksheet><sheetData>&l7;</sheetData></worksheet>"
    packed = io.BytesIO(workbook(("Name",), ("Ada",)))
    with zipfile.ZipFile(packed) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as changed:
        for name, content in parts.items():
            changed.writestr(name, content)

    with pytest.raises(TableError):
        read_file(buffer.getvalue())


def test_a_list_has_a_thousand_rows_and_not_one_more():
    rows = [f"Ada {n},M" for n in range(1_001)]

    table = read_text("\n".join(["Name,Size", *rows[:1_000]]))

    assert (len(table.rows), table.rows[-1].cells) == (1_000, ("Ada 999", "M"))
    with pytest.raises(TableError, match="at most 1000 rows"):
        read_text("\n".join(["Name,Size", *rows]))
