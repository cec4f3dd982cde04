"""Reads DIMACS CNF; comment lines ``c 12 name`` give variables their names."""

import re
from pathlib import Path

from configurator.engine.expression import Or
from configurator.engine.formats.boolean import (
    MAX_FEATURES,
    MAX_RULES,
    check_number,
    definition_of,
    read_text,
    selected,
)
from configurator.engine.model import Definition, DefinitionError, Rule

_NAME = re.compile(r"c\s+(\d{1,12})\s+(\S.*)")
_HEAD = re.compile(r"p\s+cnf\s+(\d{1,12})\s+(\d{1,12})")
_LITERAL = re.compile(r"[+-]?\d{1,12}")
MAX_LITERALS = 10_000_000


def read_dimacs(path: Path) -> Definition:
    """Read a formula: one feature per variable, one rule per clause.

    A variable without a name is called by its number; rules are numbered from 1. The
    last clause may lack its 0.

    Raises
    ------
    DefinitionError
        With the line that cannot be read, or where clauses are missing.
    """
    names: dict[int, str] = {}
    n_variables, n_clauses, n_announced = -1, 0, 0
    numbers: list[int] = []
    for at, line in enumerate(read_text(path).splitlines(), start=1):
        text = line.strip()
        if text.startswith("c"):
            match = _NAME.fullmatch(text)
            if match:
                names[int(match[1])] = match[2]
        elif text.startswith("p"):
            head = _HEAD.fullmatch(text)
            if head is None:
                raise DefinitionError(f"line {at}", f"{text!r:.80} is not 'p cnf n m'")
            n_variables, n_announced = int(head[1]), int(head[2])
            check_number(n_variables, MAX_FEATURES, "variables", f"line {at}")
        elif text.startswith("%"):
            break
        elif text:
            found = _numbers(text, at, n_variables)
            numbers += found
            n_clauses += found.count(0)
            check_number(n_clauses, MAX_RULES, "clauses", f"line {at}")
            check_number(len(numbers), MAX_LITERALS, "literals", f"line {at}")
    if n_variables < 0:
        raise DefinitionError(path.name, "the line 'p cnf n m' is missing")
    n_clauses += bool(numbers and numbers[-1])
    if n_clauses < n_announced:
        message = f"ends after {n_clauses} of {n_announced} clauses: it is cut off"
        raise DefinitionError(path.name, message)
    called = [names.get(each, str(each)) for each in range(1, n_variables + 1)]
    return definition_of(path, called, _rules(numbers, called))


def _numbers(text: str, at: int, n_variables: int) -> list[int]:
    words = text.split()
    if not all(map(_LITERAL.fullmatch, words)):
        raise DefinitionError(f"line {at}", f"{text!r:.80} is not a clause")
    found = [int(word) for word in words]
    for number in found:
        if abs(number) > n_variables:
            raise DefinitionError(
                f"line {at}", f"variable {abs(number)} is not one of {n_variables}"
            )
    return found


def _rules(numbers: list[int], called: list[str]) -> list[Rule]:
    rules: list[Rule] = []
    clause: list[int] = []
    for number in [*numbers, 0] if numbers and numbers[-1] else numbers:
        if number:
            clause.append(number)
            continue
        parts = tuple(selected(called[abs(n) - 1], positive=n > 0) for n in clause)
        rules.append(Rule(str(len(rules) + 1), Or(parts)))
        clause = []
    return rules
