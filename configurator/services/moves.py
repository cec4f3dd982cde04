"""Moves of a life cycle: a conditional UPDATE that one of two racers loses."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from configurator.services.errors import IllegalMoveError
from configurator.states import MoveTable

Moves = Mapping[str, frozenset[str]]
# Databases limit the parameters of one statement; a batch of thousands is ordinary.
IDS_PER_UPDATE = 5_000


def move(
    target: type[Model] | QuerySet[Any],
    *,
    ids: Collection[int] | None = None,
    from_: str | Collection[str],
    to: str,
    moves: Moves,
    field: str = "state",
    extra_updates: Mapping[str, Any] | None = None,
) -> int:
    """Move all rows that still are in ``from_``; tells how many did.

    Without ``ids`` it is every row of the target, in one statement. A caller that
    needs every row to have moved compares the count with its own.
    A move that the table does not know is refused before anything is asked.
    """
    sources = [from_] if isinstance(from_, str) else sorted(from_)
    for source in sources:
        check_move(what=_rows_of(target), from_=source, to=to, moves=moves)
    rows = target if isinstance(target, QuerySet) else QuerySet[Any](target)
    updates = {**(extra_updates or {}), field: to}
    if ids is None:
        return rows.filter(**{f"{field}__in": sources}).update(**updates)
    chunks = list(_chunks(sorted(ids)))
    # One statement is whole by itself.
    with transaction.atomic() if len(chunks) > 1 else nullcontext():
        return sum(
            rows.filter(**{"pk__in": some, f"{field}__in": sources}).update(**updates)
            for some in chunks
        )


def move_one(
    row: Model,
    *,
    to: str,
    moves: Moves,
    field: str = "state",
    extra_updates: Mapping[str, Any] | None = None,
) -> None:
    """Move one row from the state that it was read in, or raise.

    The row in memory takes the new values; where another was faster, the error
    names the state that the row has by now.
    """
    from_ = getattr(row, field)
    check_move(what=str(row), from_=from_, to=to, moves=moves)
    n_moved = move(
        type(row),
        ids=[row.pk],
        from_=from_,
        to=to,
        moves=moves,
        field=field,
        extra_updates=extra_updates,
    )
    if n_moved == 0:
        row.refresh_from_db(fields=[field])
        raise illegal(what=str(row), from_=getattr(row, field), to=to, moves=moves)
    for name, value in {**(extra_updates or {}), field: to}.items():
        if not hasattr(value, "resolve_expression"):
            setattr(row, name, value)


def check_move(*, what: str, from_: str, to: str, moves: Moves) -> None:
    """Raise where the life cycle does not know the move."""
    if to not in moves.get(from_, frozenset()):
        raise illegal(what=what, from_=from_, to=to, moves=moves)


def illegal(*, what: str, from_: str, to: str, moves: Moves) -> IllegalMoveError:
    """Make the error that lists what would have been possible."""
    legal = moves.legal(from_) if isinstance(moves, MoveTable) else ()
    return IllegalMoveError(what=what, from_=str(from_), to=str(to), legal_moves=legal)


def _rows_of(target: type[Model] | QuerySet[Any]) -> str:
    model = target.model if isinstance(target, QuerySet) else target
    return str(model._meta.verbose_name)  # noqa: SLF001 -- Django's public API


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), IDS_PER_UPDATE):
        yield ids[start : start + IDS_PER_UPDATE]
