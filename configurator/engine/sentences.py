"""Rules in plain English, for those who keep the catalogue."""

from configurator.engine.expression import (
    QUANTITY,
    And,
    Expression,
    Group,
    Has,
    Iff,
    Implies,
    In,
    Linear,
    Not,
    Or,
    Present,
    Table,
)
from configurator.engine.model import Definition

MOST_ROWS = 6
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_SIGN = {"<=": "≤", ">=": "≥", "!=": "≠"}


def sentence(expression: Expression, definition: Definition) -> str:
    """Say a condition in words, such as ``If Sleeve is Gold, then Body is not Black``.

    Parameters
    ----------
    expression
        Any condition about the release.
    definition
        Its English names are used, codes where there are none.

    Returns
    -------
    str
        One sentence without a full stop. Of a table the first six rows are said.
        ``O(n)`` for ``n`` atoms; own wording, nothing else reads it.
    """
    text = _Words(definition).say(expression, holds=True)
    return text[:1].upper() + text[1:]


class _Words:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def name(self, code: str) -> str:
        each = self.definition.by_code.get(code)
        return code if each is None else each.name.get("en", code)

    def option(self, name: str, code: str) -> str:
        each = self.definition.by_code.get(name)
        at = None if each is None else each.positions.get(code)
        if each is None or at is None:
            return code
        name = each.options[at].name.get("en", code)
        return name if name.isalnum() else f"“{name}”"

    def say(self, expression: Expression, *, holds: bool) -> str:
        """Say that an expression holds, or that it does not."""
        match expression:
            case Not(part):
                return self.say(part, holds=not holds)
            case Implies(left, right) if holds:
                then = self.say(right, holds=True)
                return f"if {self.say(left, holds=True)}, then {then}"
            case Implies(left, right):
                return f"{self.part(left)} and {self.part(right, holds=False)}"
            case Iff(left, right):
                word = "exactly if" if holds else "or else"
                return f"{self.part(left)} {word} {self.part(right)}"
            case And(parts) if not holds and len(parts) > 1:
                return f"never {' together with '.join(map(self.part, parts))}"
            case And(parts):
                return self.joined(parts, "and", holds=holds)
            case Or(parts):
                return self.joined(parts, "or" if holds else "and", holds=holds)
            case Group(low, high, parts):
                return self.group(low, high, parts, holds=holds)
            case _:
                return self.atom(expression, holds=holds)

    def part(self, expression: Expression, *, holds: bool = True) -> str:
        """Say an expression inside another one, in brackets where it is long."""
        while isinstance(expression, Not):
            expression, holds = expression.part, not holds
        text = self.say(expression, holds=holds)
        is_atom = isinstance(expression, In | Has | Present | Linear | Table)
        return text if is_atom else f"({text})"

    def joined(self, parts: tuple[Expression, ...], word: str, *, holds: bool) -> str:
        if not parts:
            return "always" if (word == "and") == holds else "never"
        return f" {word} ".join(self.part(each, holds=holds) for each in parts)

    def group(
        self, low: int, high: int | None, parts: tuple[Expression, ...], *, holds: bool
    ) -> str:
        if high is None:
            count = f"at least {low}"
        elif low == high:
            count = f"exactly {low}"
        else:
            count = f"{low} to {high}" if low else f"at most {high}"
        named = "; ".join(map(self.part, parts))
        return f"{'' if holds else 'not '}{count} of these: {named}"

    def atom(self, atom: Expression, *, holds: bool) -> str:
        match atom:
            case In(name, options):
                named = [self.option(name, code) for code in options]
                word = "is" if holds else "is not"
                return f"{self.name(name)} {word} {listed(named)}"
            case Has(name, option):
                word = "includes" if holds else "does not include"
                return f"{self.name(name)} {word} {self.option(name, option)}"
            case Present(name):
                return f"{self.name(name)} is {'' if holds else 'not '}given"
            case Linear(_, operator, _):
                return self.sum(atom, operator if holds else _OPPOSITE[operator])
            case Table(of, rows, allowed):
                return self.table(of, sorted(rows), allowed=allowed == holds)
            case _:
                raise TypeError(f"{atom!r} is not an atom")

    def sum(self, linear: Linear, operator: str) -> str:
        """Write a comparison with no number on the wrong side of zero."""
        left = [self.term(name, n) for name, n in linear.terms if n > 0]
        right = [self.term(name, -n) for name, n in linear.terms if n < 0]
        constant = linear.constant
        if constant < 0 and left:
            left.append(str(-constant))
        elif constant or not right:
            right.append(str(constant))
        sign = _SIGN.get(operator, operator)
        return f"{' + '.join(left) or '0'} {sign} {' + '.join(right)}"

    def term(self, name: str, factor: int) -> str:
        shown = self.name(name) if name != QUANTITY else "the quantity"
        return shown if factor == 1 else f"{factor} × {shown}"  # noqa: RUF001 -- times

    def table(
        self, of: tuple[str, ...], rows: list[tuple[str, ...]], *, allowed: bool
    ) -> str:
        named = ["/".join(map(self.option, of, row)) for row in rows[:MOST_ROWS]]
        if len(rows) > MOST_ROWS:
            named.append(f"{len(rows) - MOST_ROWS} more")
        if len(of) == 1:
            word = "is" if allowed else "is not"
        else:
            word = "are together" if allowed else "are never together"
        return f"{' and '.join(map(self.name, of))} {word} {listed(named)}"


def listed(words: list[str]) -> str:
    """Write words as ``A, B or C``."""
    if len(words) < 2:
        return "".join(words) or "anything"
    return f"{', '.join(words[:-1])} or {words[-1]}"
