"""A team's list: one row for each member, one design, answers that differ by row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.models import User
from configurator.selectors.fields import NONE, QUANTITY, read_number
from configurator.selectors.labels import name_field
from configurator.selectors.releases import LiveRelease
from configurator.selectors.texts import mended
from configurator.selectors.words import in_language
from configurator.services.configurations import (
    PinRequest,
    Price,
    check_configurations,
)
from configurator.services.errors import Problem
from configurator.services.tables import Row, Table

QUANTITY_WORDS = ("quantity", "qty", "pieces", "pcs", "menge", "anzahl", "stück")
MANY_X = re.compile(r"(x{2,})(l|s)", re.IGNORECASE)
MOST_MENDS = 3
SHOWN_OPTIONS = 20
LISTS = re.compile(r"\s*[,;+]\s*")


@dataclass(frozen=True, slots=True)
class Mend:
    """Another word for a cell; it goes for every cell that says the same."""

    column: int
    was: str
    becomes: str


@dataclass(slots=True)
class Member:
    """One row: what it says, what is wrong with it, what it comes to."""

    row: Row
    choices: dict[str, Any] = field(default_factory=dict)
    quantity: int = 1
    problems: dict[int, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    mends: list[Mend] = field(default_factory=list)
    price: Price | None = None

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.elsewhere


@dataclass(slots=True)
class Roster:
    """A list as it was understood; ``columns`` holds a code for each, "" for none.

    ``of_design`` is what is wrong with the one design, whatever its rows say.
    """

    release: LiveRelease
    table: Table
    columns: tuple[str, ...]
    members: list[Member] = field(default_factory=list)
    of_design: list[str] = field(default_factory=list)

    @property
    def strangers(self) -> list[str]:
        """The columns that no question of the product is about."""
        pairs = zip(self.table.header, self.columns, strict=True)
        return [name or "?" for name, code in pairs if not code]

    @property
    def is_good(self) -> bool:
        faults = self.strangers or self.of_design
        return not faults and all(each.is_good for each in self.members)

    @property
    def total_minor(self) -> int:
        return sum(each.price.total_minor for each in self.members if each.price)

    @property
    def n_units(self) -> int:
        return sum(each.quantity for each in self.members)

    def requests(self) -> list[PinRequest]:
        """Ask for each member's piece, in the order of the list."""
        return [
            PinRequest(self.release.product, each.choices, each.quantity)
            for each in self.members
        ]


def list_columns(definition: Definition) -> list[tuple[str, str]]:
    """List what a column may be about: codes with their names, the quantity last."""
    asked = [
        (each.code, in_language(each.name) or each.code)
        for each in definition.characteristics
        if each.kind is not Kind.FILE
    ]
    return [*asked, (QUANTITY, _("Quantity"))]


def beside_design(definition: Definition) -> list[str]:
    """List the answers that usually differ within a team: its sizes and names."""
    extra = (definition.document or {}).get("extra") or {}
    named = extra.get("one_design", {}).get("beside", [])
    texts = [c.code for c in definition.characteristics if c.kind is Kind.TEXT]
    return [code for code in named if code in definition.by_code] or texts


def drop_strangers(roster: Roster) -> Table:
    """Give the list without the columns that nobody understands."""
    kept = [at for at, code in enumerate(roster.columns) if code]
    header = tuple(roster.table.header[at] for at in kept)
    rows = tuple(
        Row(row.number, tuple(row.cells[at] for at in kept))
        for row in roster.table.rows
    )
    return Table(header, rows)


def change_cells(table: Table, cells: Mapping[tuple[int, int], str]) -> Table:
    """Write other texts into cells, named by the row's number and the column."""
    rows = []
    for row in table.rows:
        changed = [
            cells.get((row.number, at), cell) for at, cell in enumerate(row.cells)
        ]
        rows.append(Row(row.number, tuple(changed)))
    return Table(table.header, tuple(rows))


def apply_mend(table: Table, mend: Mend) -> Table:
    """Say something else wherever a column says this."""
    cells = {
        (row.number, mend.column): mend.becomes
        for row in table.rows
        if mend.column < len(row.cells) and row.cells[mend.column] == mend.was
    }
    return change_cells(table, cells)


def check_roster(
    *,
    release: LiveRelease,
    table: Table,
    choices: Mapping[str, Any],
    beside: Sequence[PinRequest] = (),
    user: User | None = None,
    now: datetime,
) -> Roster:
    """Understand a list for one design and price each row, all that is wrong told.

    ``choices`` are the design's; a row says what is different for one member.
    """
    columns = match_columns(release.definition, table.header)
    roster = Roster(release, table, columns)
    for row in table.rows:
        roster.members.append(_read(release.definition, columns, row, choices))
    readable = [each for each in roster.members if each.is_good]
    requests = [
        PinRequest(release.product, each.choices, each.quantity) for each in readable
    ]
    outcomes = check_configurations(
        requests=requests, now=now, user=user, beside=beside
    )
    for member, outcome in zip(readable, outcomes, strict=True):
        member.price = outcome.price
        _note(release.definition, columns, member, outcome.problems)
    if len(readable) > 1:
        roster.of_design = _take_common(readable)
    return roster


def _take_common(members: Sequence[Member]) -> list[str]:
    """Take from several rows what is wrong with all of them, beside their columns."""
    common = [
        text
        for text in dict.fromkeys(members[0].elsewhere)
        if all(text in each.elsewhere for each in members)
    ]
    for each in members:
        each.elsewhere = [text for text in each.elsewhere if text not in common]
    return common


def match_columns(definition: Definition, header: Sequence[str]) -> tuple[str, ...]:
    """Say which question each column is about: by code or by name in any language."""
    known = dict.fromkeys(map(_plain, (*QUANTITY_WORDS, _("Quantity"))), QUANTITY)
    for each in definition.characteristics:
        if each.kind is not Kind.FILE:
            known |= {_plain(name): each.code for name in each.name.values()}
    known |= {
        _plain(each.code): each.code
        for each in definition.characteristics
        if each.kind is not Kind.FILE
    }
    found: list[str] = []
    for name in header:
        code = known.get(_plain(name), "")
        found.append("" if code in found else code)
    return tuple(found)


def _read(
    definition: Definition,
    columns: Sequence[str],
    row: Row,
    choices: Mapping[str, Any],
) -> Member:
    member = Member(row, dict(choices))
    if len(row.cells) > len(columns):
        text = _("This row has %(n)s cells for %(most)s columns.")
        words = {"n": len(row.cells), "most": len(columns)}
        member.elsewhere.append(text % words)
    for at, code in enumerate(columns):
        if code == QUANTITY:
            _read_quantity(member, at, row.cells[at])
        elif code:
            _read_cell(member, at, definition.by_code[code], row.cells[at])
    return member


def _read_quantity(member: Member, at: int, cell: str) -> None:
    if not cell.strip():
        return
    number = read_number(cell)
    if number is None:
        text = _("“%(cell)s” is no number of pieces.") % {"cell": cell[:60]}
        member.problems[at] = text
    else:
        member.quantity = number


def _read_cell(member: Member, at: int, each: Characteristic, cell: str) -> None:
    """Take a cell as an answer; an empty one leaves the design's, or no text."""
    if each.kind is Kind.TEXT:
        member.choices[each.code] = cell  # byte for byte; the engine judges it
        if not cell:
            del member.choices[each.code]
        return
    if not cell.strip():
        return
    if each.kind is Kind.NUMBER:
        number = read_number(cell)
        member.choices[each.code] = cell if number is None else number
        return
    words = [cell.strip()]
    if each.kind is Kind.MULTI:
        words = [] if cell.strip() == NONE else LISTS.split(cell.strip())
    codes = [_find_option(each, word) for word in words]
    unknown = [word for word, code in zip(words, codes, strict=True) if not code]
    if unknown:
        _refuse_option(member, at, each, cell, unknown[0])
    else:
        member.choices[each.code] = codes if each.kind is Kind.MULTI else codes[0]


def _find_option(each: Characteristic, word: str) -> str:
    """Find an option by its code or by its name in any language; XXL is 2XL."""
    for plain in (_plain(word), _many_x(word)):
        for option in each.options:
            names = (option.code, *option.name.values())
            if any(plain == _plain(name) for name in names):
                return option.code
    return ""


def _refuse_option(
    member: Member, at: int, each: Characteristic, cell: str, word: str
) -> None:
    names = [in_language(option.name) or option.code for option in each.options]
    shown = ", ".join(names[:SHOWN_OPTIONS]) + ("…" if names[SHOWN_OPTIONS:] else "")
    text = _("“%(cell)s” is not an option; there are %(names)s.")
    member.problems[at] = text % {"cell": word[:60], "names": shown}
    plain = {_plain(name): name for name in names}
    close = difflib.get_close_matches(_many_x(word), plain, MOST_MENDS, 0.5)
    if each.kind is Kind.CHOICE:
        member.mends += [Mend(at, cell, plain[name]) for name in close]


def _note(
    definition: Definition,
    columns: Sequence[str],
    member: Member,
    problems: Sequence[Problem],
) -> None:
    """Put each problem at its cells; beside the row where no column is about it."""
    places: dict[str, list[Problem]] = {}
    for problem in problems:
        places.setdefault(problem.message, []).append(problem)
    for text, told in places.items():
        codes = [(each.field or "").rpartition("choices.")[2] for each in told]
        here = [code for code in codes if code in columns]
        for code in here:
            member.problems.setdefault(columns.index(code), text)
            member.mends += _without_strange_letters(definition, columns, member, code)
        if not here:
            name = name_field(definition, told[0].field)
            member.elsewhere.append(f"{name}: {text}" if name else text)


def _without_strange_letters(
    definition: Definition, columns: Sequence[str], member: Member, code: str
) -> Iterator[Mend]:
    """Offer the nearest text whose characters can all be made."""
    each = definition.by_code.get(code)
    text = member.choices.get(code)
    if each is None or each.kind is not Kind.TEXT or not isinstance(text, str):
        return
    nearest = mended(text, each.letters)
    if nearest != text and nearest.strip():
        yield Mend(columns.index(code), text, nearest)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _many_x(word: str) -> str:
    """Write XXL as 2XL."""
    found = MANY_X.fullmatch(word.strip())
    plain = f"{len(found[1])}x{found[2]}" if found else word
    return _plain(plain)
