"""Checks that a condition speaks only of what the product has."""

from collections.abc import Callable, Mapping

from configurator.engine.expression import (
    QUANTITY,
    Atom,
    Expression,
    Has,
    In,
    Linear,
    Present,
    Table,
    atoms_of,
)
from configurator.engine.model import MAX_NUMBER, Characteristic, DefinitionError, Kind

Known = Mapping[str, Characteristic]
Locate = Callable[[int, str], str]


class _WrongWordError(Exception):
    """A word that does not fit, and why."""

    def __init__(self, word: str, message: str) -> None:
        self.word = word
        self.message = message
        super().__init__(message)


def check_expression(
    expression: Expression, known: Known, path: str, *, locate: Locate | None = None
) -> None:
    """Refuse a condition about unknown names, options or kinds that do not fit.

    Parameters
    ----------
    expression
        Any condition.
    known
        The characteristics by code; ``quantity`` is always known.
    path
        Where the condition stands in the release, for the message.
    locate
        Says where in the condition's text a word of its n-th atom stands.

    Raises
    ------
    DefinitionError
        Naming the first thing that does not fit, and where it stands.
    """
    for n, atom in enumerate(atoms_of(expression)):
        try:
            _check_atom(atom, known)
        except _WrongWordError as error:
            place = f"{locate(n, error.word)}: " if locate is not None else ""
            raise DefinitionError(path, f"{place}{error.message}") from None


def _check_atom(atom: Atom, known: Known) -> None:
    match atom:
        case In(name, options):
            _check_kind(name, known, Kind.CHOICE, Kind.NUMBER)
            for option in options:
                _check_option(name, option, known)
        case Has(name, option):
            _check_kind(name, known, Kind.MULTI)
            _check_option(name, option, known)
        case Present(name):
            _named(name, known)
        case Linear(terms, _, _):
            for name, _ in terms:
                _check_kind(name, known, Kind.NUMBER)
        case Table():
            _check_table(atom, known)


def _check_table(table: Table, known: Known) -> None:
    for name in table.of:
        if table.of.count(name) > 1:
            raise _WrongWordError(name, f"the table names {name!r} twice")
    for at, name in enumerate(table.of):
        _check_kind(name, known, Kind.CHOICE, Kind.NUMBER)
        for option in sorted({row[at] for row in table.rows}):
            _check_option(name, option, known)


def _named(name: str, known: Known) -> Characteristic | None:
    if name == QUANTITY:
        return None
    found = known.get(name)
    if found is None:
        raise _WrongWordError(name, f"there is no characteristic {name!r:.80}")
    return found


def _check_kind(name: str, known: Known, *kinds: Kind) -> None:
    found = _named(name, known)
    kind = Kind.NUMBER if found is None else found.kind
    if kind not in kinds:
        wanted = " or ".join(kinds)
        raise _WrongWordError(name, f"{name!r} is {kind}; here only {wanted} will do")


def _check_option(name: str, option: str, known: Known) -> None:
    found = _named(name, known)
    if found is None or found.kind is Kind.NUMBER:
        digits = option.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or (
            len(digits) > len(str(MAX_NUMBER))
        ):
            message = f"{name!r} is a number, {option!r:.80} is not one"
            raise _WrongWordError(option, message)
    elif option in found.archived:
        raise _WrongWordError(option, f"{option!r} of {name!r} is archived")
    elif option not in found.positions:
        raise _WrongWordError(option, f"{name!r} has no option {option!r:.80}")
