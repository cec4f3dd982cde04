"""Checks that a condition speaks only of what the product has."""

from collections.abc import Mapping

from configurator.engine.expression import (
    QUANTITY,
    Expression,
    Has,
    In,
    Linear,
    Present,
    Table,
    atoms_of,
)
from configurator.engine.model import Characteristic, DefinitionError, Kind

Known = Mapping[str, Characteristic]


def check_expression(expression: Expression, known: Known, path: str) -> None:
    """Refuse a condition about unknown names, options or kinds that do not fit.

    Parameters
    ----------
    expression
        Any condition.
    known
        The characteristics by code; ``quantity`` is always known.
    path
        Where the condition stands in the release, for the message.

    Raises
    ------
    DefinitionError
        Naming the first thing that does not fit.
    """
    for atom in atoms_of(expression):
        match atom:
            case In(name, options):
                _check_kind(name, known, path, Kind.CHOICE, Kind.NUMBER)
                for option in options:
                    _check_option(name, option, known, path)
            case Has(name, option):
                _check_kind(name, known, path, Kind.MULTI)
                _check_option(name, option, known, path)
            case Present(name):
                _named(name, known, path)
            case Linear(terms, _, _):
                for name, _ in terms:
                    _check_kind(name, known, path, Kind.NUMBER)
            case Table():
                _check_table(atom, known, path)


def _check_table(table: Table, known: Known, path: str) -> None:
    if len(set(table.of)) != len(table.of):
        raise DefinitionError(path, f"table{table.of!r} names a characteristic twice")
    for at, name in enumerate(table.of):
        _check_kind(name, known, path, Kind.CHOICE, Kind.NUMBER)
        for option in {row[at] for row in table.rows}:
            _check_option(name, option, known, path)


def _named(name: str, known: Known, path: str) -> Characteristic | None:
    if name == QUANTITY:
        return None
    found = known.get(name)
    if found is None:
        raise DefinitionError(path, f"there is no characteristic {name!r}")
    return found


def _check_kind(name: str, known: Known, path: str, *kinds: Kind) -> None:
    found = _named(name, known, path)
    kind = Kind.NUMBER if found is None else found.kind
    if kind not in kinds:
        wanted = " or ".join(kinds)
        raise DefinitionError(path, f"{name!r} is {kind}; here only {wanted} will do")


def _check_option(name: str, option: str, known: Known, path: str) -> None:
    found = _named(name, known, path)
    if found is None or found.kind is Kind.NUMBER:
        if not option.removeprefix("-").isdigit():
            raise DefinitionError(path, f"{name!r} is a number, {option!r} is not")
    elif option not in found.positions:
        raise DefinitionError(path, f"{name!r} has no option {option!r}")
