"""Write many rows at once in the form that the database takes fastest.

A row is put together from groups of columns. Groups that repeat (a step's name, its
attributes, its work centre) are brought into the database's form once and only joined
afterwards; what differs from row to row stays small.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from django.db import connection

# Rows that go over the wire together: enough to fill packets, little enough that the
# server writes the first while we still make the next.
ROWS_PER_WRITE = 500
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class RowForm(ABC):
    """How one kind of database takes rows."""

    @abstractmethod
    def group(self, *values: Any) -> Any:
        """Bring some columns of a row into form, in the order of the columns."""

    @abstractmethod
    def moment(self, at: datetime | None) -> Any:
        """Bring an instant into the form that ``join`` takes for one column."""

    @abstractmethod
    def join(self, *groups: Any) -> Any:
        """Make one row (or a larger group) of groups; the order is the columns'."""

    @abstractmethod
    def number(self, value: int) -> Any:
        """Bring one whole number into the form that ``join`` takes."""

    @abstractmethod
    def write(self, table: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
        """Write rows in the current transaction."""

    @abstractmethod
    def reserve_ids(self, table: str, n: int) -> Sequence[int]:
        """Take ``n`` new primary keys that nobody else will take."""


class CopyForm(RowForm):
    """PostgreSQL: COPY in text form."""

    def group(self, *values: Any) -> str:
        return "\t".join([_COPY_TEXT[type(value)](value) for value in values])

    def moment(self, at: datetime | None) -> str:
        return "\\N" if at is None else at.isoformat()

    def join(self, *groups: str) -> str:
        return "\t".join(groups)

    def number(self, value: int) -> str:
        return str(value)

    def write(self, table: str, columns: Sequence[str], rows: Iterable[str]) -> None:
        names = ", ".join(columns)
        waiting = iter(rows)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            while some := list(islice(waiting, ROWS_PER_WRITE)):
                some.append("")
                copy.write("\n".join(some))

    def reserve_ids(self, table: str, n: int) -> Sequence[int]:
        """Take ids from the sequence; as a range where nobody was in between."""
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT min(id), max(id), array_agg(id) FROM "  # noqa: S608 -- our own table names
                f"(SELECT nextval({sequence}) AS id FROM generate_series(1, %s)) taken",
                [n],
            )
            low, high, ids = cursor.fetchone()
        if high - low + 1 == n:
            return range(low, high + 1)
        return list(ids)


class TupleForm(RowForm):
    """SQLite, and any other: one prepared INSERT for all rows."""

    def group(self, *values: Any) -> tuple[Any, ...]:
        return tuple(_plain(value) for value in values)

    def moment(self, at: datetime | None) -> tuple[Any, ...]:
        return (None if at is None else connection.ops.adapt_datetimefield_value(at),)

    def join(self, *groups: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value for group in groups for value in group)

    def number(self, value: int) -> tuple[int]:
        return (value,)

    def write(
        self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
    ) -> None:
        places = ", ".join(["%s"] * len(columns))
        names = ", ".join(columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 -- our own table names
                list(rows),
            )

    def reserve_ids(self, table: str, n: int) -> Sequence[int]:
        """Count on from the highest id ever given; the writer is alone here."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + n)


def row_form() -> RowForm:
    """Give the form of the database that is in use."""
    return _form(connection.vendor)


@cache
def _form(vendor: str) -> RowForm:
    return CopyForm() if vendor == "postgresql" else TupleForm()


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _json(value: Any) -> str:
    return json.dumps(value).translate(_ESCAPES)


# By exact type, since every column of every row comes through here.
_COPY_TEXT: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    str: _escaped,
    dict: _json,
    list: _json,
    tuple: _json,
    datetime: datetime.isoformat,
}
