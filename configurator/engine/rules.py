"""The rule language: from text to a condition, and what a condition says.

Grammar, loosest first::

    iff      = implies { "<=>" implies }
    implies  = or [ ("=>" | "requires" | "excludes") implies ]
    or       = and { "|" and }
    and      = not { "&" not }
    not      = "!" not | primary
    primary  = "(" iff ")"
             | "[" n ".." (m | "*") "]" "{" iff { "," iff } "}"
             | [ "not" ] "table" "(" name { "," name } ")" ":" row { "|" row }
             | name "has" option
             | name [ "not" ] "in" "{" option { "," option } "}"
             | name ("=" | "!=") option
             | sum ("<" | "<=" | ">" | ">=" | "=" | "!=") sum
             | name

A word that begins with a capital or a digit is an option code on the right of
``=``; one that begins with a small letter is a name. Any option may be quoted.

Limits: 100,000 characters a rule, nested at most 40 deep; whole numbers of at most 12
digits; sums of at most 8 characteristics.

Numbers: a condition that compares one NUMBER (or ``quantity``) with constants costs
the same for any range, since all values between two constants are one interval. Where
a sum of several is compared, values that no sum tells apart are one interval too; each
number may then fall into at most 4,096 of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from configurator.engine.expression import (
    And,
    Choices,
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
    names_of,
)
from configurator.engine.tokens import RuleSyntaxError, Token, place, tokens_of

__all__ = [
    "Choices",
    "Expression",
    "Parsed",
    "RuleSyntaxError",
    "holds",
    "names_of",
    "parse",
    "read",
]

MAX_LENGTH = 100_000
MAX_DEPTH = 40
MAX_TERMS = 8
MAX_COUNTED = 250_000
COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


def parse(text: str) -> Expression:
    """Read a condition.

    Parameters
    ----------
    text
        One condition in the grammar above, at most 100,000 characters and
        nested at most 40 deep.

    Raises
    ------
    RuleSyntaxError
        With line, column and what was expected.
    """
    return read(text).expression


@dataclass(frozen=True, slots=True)
class Parsed:
    """A condition with the text it was read from."""

    expression: Expression
    text: str
    tokens: Sequence[Token] = ()
    starts: Sequence[int] = ()

    def locate(self, atom: int, word: str) -> str:
        """Say where in the text a word of the n-th atom stands, counted from 0.

        Where the word itself is not found, as in a sum, it is where the atom begins.
        """
        start = self.starts[atom]
        here = self.tokens[start : [*self.starts, len(self.tokens)][atom + 1]]
        found = next((each for each in here if each.says == word), here[0])
        line, column = place(self.text, found.start)
        return f"line {line}, column {column}"


def read(text: str) -> Parsed:
    """Read a condition, as `parse` does, and remember where its words stand."""
    if len(text) > MAX_LENGTH:
        raise RuleSyntaxError(
            1, 1, f"at most {MAX_LENGTH} characters", f"{len(text)} characters"
        )
    parser = _Parser(text)
    expression = parser.iff()
    if parser.now.kind != "end":
        parser.fail("the end or one of & | => <=>")
    return Parsed(expression, text, parser.tokens, parser.starts)


def holds(
    expression: Expression | None, choices: Choices, quantity: int | None = None
) -> bool:
    """Say whether a condition holds; no condition always does."""
    return expression is None or expression.holds(choices, quantity)


class _Parser:
    """Recursive descent over the tokens; one method per line of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.starts: list[int] = []
        self.at = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    @property
    def following(self) -> str:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)].text

    def fail(self, expected: str) -> NoReturn:
        found = self.now.text if self.now.kind == "end" else repr(self.now.text)
        raise RuleSyntaxError(*place(self.text, self.now.start), expected, found)

    def takes(self, *texts: str) -> bool:
        if self.now.kind in ("symbol", "word") and self.now.text in texts:
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.takes(text):
            self.fail(f"'{text}'")

    def iff(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"at most {MAX_DEPTH} levels of nesting")
        left = self.implies()
        while self.takes("<=>"):
            left = Iff(left, self.implies())
        self.depth -= 1
        return left

    def implies(self) -> Expression:
        sides = [self.disjunction()]
        operators: list[str] = []
        while self.now.text in ("=>", "requires", "excludes"):
            operators.append(self.now.text)
            self.at += 1
            if len(operators) > MAX_DEPTH:
                self.fail(f"at most {MAX_DEPTH} implications in a row")
            sides.append(self.disjunction())
        right = sides.pop()
        for operator in reversed(operators):
            left = sides.pop()
            if operator == "excludes":
                right = Not(And((left, right)))
            else:
                right = Implies(left, right)
        return right

    def disjunction(self) -> Expression:
        parts = [self.conjunction()]
        while self.takes("|"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Expression:
        parts = [self.negation()]
        while self.takes("&"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Expression:
        n = 0
        while self.takes("!"):
            n += 1
        part = self.primary()
        return Not(part) if n % 2 else part

    def primary(self) -> Expression:
        if self.takes("("):
            inner = self.iff()
            self.need(")")
            return inner
        if self.takes("["):
            return self.group()
        self.starts.append(self.at)
        negated = self.now.text == "not" and self.following == "table"
        if not negated and not (self.now.text == "table" and self.following == "("):
            return self.comparison()
        self.at += negated
        self.need("table")
        return self.table(allowed=not negated)

    def group(self) -> Expression:
        low = self.number()
        self.need("..")
        high = None if self.takes("*") else self.number()
        if high is not None and high < low:
            self.at -= 1
            self.fail(f"a number of at least {low}")
        self.need("]")
        self.need("{")
        parts = [self.iff()]
        while self.takes(","):
            parts.append(self.iff())
        counted = len(parts) * (low if high is None else high)
        if counted > MAX_COUNTED and high != len(parts):
            self.fail(f"a group whose parts times its limit are at most {MAX_COUNTED}")
        if not self.takes("}"):
            self.fail("',' or '}'")
        return Group(low, high, tuple(parts))

    def table(self, *, allowed: bool) -> Expression:
        self.need("(")
        of = [self.name()]
        while self.takes(","):
            of.append(self.name())
        self.need(")")
        self.need(":")
        rows = [self.row(len(of))]
        while self.takes("|"):
            rows.append(self.row(len(of)))
        return Table(tuple(of), frozenset(rows), allowed)

    def row(self, width: int) -> tuple[str, ...]:
        values = [self.option()]
        while len(values) < width:
            self.need(",")
            values.append(self.option())
        return tuple(values)

    def comparison(self) -> Expression:
        if self.now.kind not in ("word", "number") and self.now.text != "-":
            self.fail("a name, '!', '(', '[' or 'table'")
        if self.now.kind == "word" and self.following in ("has", "in", "not"):
            return self.membership()
        if self.now.kind == "word" and self.following in ("=", "!="):
            found = self.equality()
            if found is not None:
                return found
        if self.now.kind == "word" and self.following not in (*COMPARISONS, *"+-*"):
            return Present(self.name())
        return self.linear()

    def membership(self) -> Expression:
        name = self.name()
        if self.takes("has"):
            return Has(name, self.option())
        negated = self.takes("not")
        self.need("in")
        self.need("{")
        options = [self.option()]
        while self.takes(","):
            options.append(self.option())
        if not self.takes("}"):
            self.fail("',' or '}'")
        inside = In(name, tuple(options))
        return Not(inside) if negated else inside

    def equality(self) -> Expression | None:
        """Read ``name = option``; None where the right side is a sum."""
        start = self.at
        name = self.name()
        negated = self.now.text == "!="
        self.at += 1
        if self.now.kind in ("word", "end", "symbol") and not self.begins_option():
            if self.now.kind != "word" and self.now.text != "-":
                self.fail("an option code, a number or a name")
            self.at = start
            return None
        inside = In(name, (self.option(),))
        if self.now.kind == "symbol" and self.now.text in "+-*":
            self.at = start
            return None
        return Not(inside) if negated else inside

    def begins_option(self) -> bool:
        if self.now.text == "-":
            return self.tokens[self.at + 1].kind == "number"
        word = self.now.text
        return self.now.kind == "word" and (
            not word[0].islower() or word in ("true", "false")
        )

    def linear(self) -> Expression:
        left, left_constant = self.sum()
        if self.now.text not in COMPARISONS or self.now.kind != "symbol":
            self.fail("one of < <= > >= = !=")
        operator = self.now.text
        self.at += 1
        right, right_constant = self.sum()
        for name, factor in right.items():
            left[name] = left.get(name, 0) - factor
        terms = tuple((name, factor) for name, factor in left.items() if factor)
        if len(terms) > MAX_TERMS:
            self.fail(f"a sum of at most {MAX_TERMS} numbers")
        return Linear(terms, operator, right_constant - left_constant)

    def sum(self) -> tuple[dict[str, int], int]:
        terms: dict[str, int] = {}
        constant = 0
        sign = -1 if self.takes("-") else 1
        while True:
            name, factor = self.term()
            if name is None:
                constant += sign * factor
            else:
                terms[name] = terms.get(name, 0) + sign * factor
            if self.now.kind != "symbol" or self.now.text not in "+-":
                return terms, constant
            sign = -1 if self.now.text == "-" else 1
            self.at += 1

    def term(self) -> tuple[str | None, int]:
        if self.now.kind == "number":
            factor = self.number()
            return (self.name(), factor) if self.takes("*") else (None, factor)
        name = self.name()
        return (name, self.number()) if self.takes("*") else (name, 1)

    def name(self) -> str:
        if self.now.kind != "word":
            self.fail("the name of a characteristic")
        self.at += 1
        return self.tokens[self.at - 1].text

    def number(self) -> int:
        if self.now.kind != "number" or len(self.now.text) > 12:
            self.fail("a whole number of at most 12 digits")
        self.at += 1
        return int(self.tokens[self.at - 1].text)

    def option(self) -> str:
        sign = "-" if self.takes("-") else ""
        if self.now.kind == "string" and not sign:
            self.at += 1
            return self.tokens[self.at - 1].text[1:-1]
        if self.now.kind not in (("number",) if sign else ("word", "number")):
            self.fail("an option code")
        self.at += 1
        return sign + self.tokens[self.at - 1].text
