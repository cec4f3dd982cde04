"""Reads the part of XCSP3 that product ranges need: variables, arrays, extensions.

Tables may have stars (any value), stand in blocks, and be written once for a group.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from xml.etree import ElementTree

from configurator.engine.expression import And, Expression, In, Not, Or, Table
from configurator.engine.formats.boolean import MAX_FEATURES, MAX_RULES, check_number
from configurator.engine.model import DefinitionError, Rule

Domains = dict[str, tuple[str, ...]]
Element = ElementTree.Element

MAX_VALUES = 100_000
MAX_ROWS = 5_000_000
_RANGE = re.compile(r"(-?\d{1,12})\.\.(-?\d{1,12})")
_SIZE = re.compile(r"\[(\d{1,9})\]")
_PLACEHOLDER = re.compile(r"%(\d{1,4}|\.\.\.)")


def element_name(element: Element, attribute: str = "name") -> str:
    """Return the name of an element, which must be there."""
    found = element.get(attribute)
    if not found:
        raise DefinitionError(element.tag, f"its {attribute} is missing")
    return found


def values_of(text: str, name: str) -> list[str]:
    """Read values and ranges of whole numbers such as ``0 2..5``."""
    found: list[str] = []
    for word in text.split():
        match = _RANGE.fullmatch(word)
        if match is None:
            found.append(word)
        else:
            low, high = int(match[1]), int(match[2])
            check_number(high - low + 1, MAX_VALUES, "values", name)
            found.extend(map(str, range(low, high + 1)))
        check_number(len(found), MAX_VALUES, "values", name)
    return found


def check_scope(code: str, scope: Sequence[str], known: Collection[str]) -> None:
    """Refuse a table over unknown variables, or over one of them twice."""
    if not scope:
        raise DefinitionError(code, "there is no variable in its scope")
    for name in scope:
        if name not in known:
            raise DefinitionError(code, f"there is no variable {name!r:.80}")
    if len(set(scope)) != len(scope):
        raise DefinitionError(code, "a variable stands twice in the scope")


def read_instance(root: Element) -> tuple[Domains, list[Rule]]:
    """Read the domains of the variables, and a rule for each table.

    Raises
    ------
    DefinitionError
        Naming the element that is missing, or of a kind not supported.
    """
    domains = _domains(root)
    reader = _Tables(domains)
    for section in root.iter("constraints"):
        reader.read_all(section)
    return domains, reader.rules


def _domains(root: Element) -> Domains:
    found: Domains = {}
    for section in root.iter("variables"):
        for each in section:
            name = element_name(each, "id")
            if each.find("domain") is not None:
                raise DefinitionError(name, "domains of parts of an array are not read")
            if each.get("as") is not None:
                values = found.get(each.get("as", ""), ())
            else:
                values = tuple(values_of(each.text or "", name))
            for cell in _cells(each, name):
                if cell in found:
                    raise DefinitionError(cell, "stands there twice")
                found[cell] = values
            check_number(len(found), MAX_FEATURES, "variables", name)
    return found


def _cells(element: Element, name: str) -> Iterator[str]:
    if element.tag == "var":
        yield name
        return
    sizes = [int(size) for size in _SIZE.findall(element.get("size", ""))]
    if element.tag != "array" or not sizes:
        raise DefinitionError(name, f"<{element.tag}> is not a variable or an array")
    check_number(prod(sizes), MAX_FEATURES, "variables", name)
    for place in product(*map(range, sizes)):
        yield name + "".join(f"[{at}]" for at in place)


class _Tables:
    """Collects rules from a tree of blocks, groups and tables."""

    def __init__(self, domains: Mapping[str, tuple[str, ...]]) -> None:
        self.domains = domains
        self.rules: list[Rule] = []
        self.codes: set[str] = set()
        self.n_rows = 0

    def read_all(self, section: Element) -> None:
        waiting = list(section)[::-1]
        while waiting:
            element = waiting.pop()
            if element.tag == "block":
                waiting += list(element)[::-1]
            elif element.tag == "group":
                self._group(element)
            else:
                self._add(element, ())

    def _group(self, group: Element) -> None:
        template, *rest = list(group) or [group]
        for arguments in rest:
            if arguments.tag != "args":
                raise DefinitionError(arguments.tag, "is not an argument of a group")
            self._add(template, self._names(arguments.text or ""))

    def _add(self, element: Element, arguments: Sequence[str]) -> None:
        code = element.get("id") or f"constraint {len(self.rules) + 1}"
        if element.tag != "extension":
            raise DefinitionError(code, f"<{element.tag}> is not a table")
        check_number(len(self.rules) + 1, MAX_RULES, "constraints", code)
        written = element.findtext("list")
        scope = self._names(
            (element.text or "") if written is None else written, arguments
        )
        rows = element.find("supports")
        allowed = rows is not None
        rows = element.find("conflicts") if rows is None else rows
        if rows is None:
            raise DefinitionError(code, "<supports> or <conflicts> is missing")
        table = self._table(code, scope, rows.text or "", allowed)
        if code in self.codes:
            code = f"{code} {len(self.rules) + 1}"
        self.codes.add(code)
        self.rules.append(Rule(code, table))

    def _names(self, text: str, arguments: Sequence[str] = ()) -> list[str]:
        found: list[str] = []
        for word in text.split():
            match = _PLACEHOLDER.fullmatch(word)
            if match is None:
                found += self._spread(word)
            elif match[1] == "...":
                found += arguments
            elif int(match[1]) < len(arguments):
                found.append(arguments[int(match[1])])
            else:
                raise DefinitionError(word, "there is no such argument")
        return found

    def _spread(self, word: str) -> list[str]:
        """Return the variables of an array for ``x[]``."""
        if not word.endswith("[]"):
            return [word]
        start = word.partition("[")[0] + "["
        found = [name for name in self.domains if name.startswith(start)]
        check_number(len(found), MAX_VALUES, "variables", word)
        return found

    def _table(
        self, code: str, scope: Sequence[str], text: str, allowed: bool
    ) -> Expression:
        check_scope(code, scope, self.domains)
        rows = self._rows(code, text, len(scope))
        plain = frozenset(row for row in rows if "*" not in row)
        starred = [row for row in rows if "*" in row]
        table = Table(tuple(scope), plain)
        if not starred:
            return Table(tuple(scope), plain, allowed)
        either = Or((table, *(self._starred(scope, row) for row in starred)))
        return either if allowed else Not(either)

    def _starred(self, scope: Sequence[str], row: Sequence[str]) -> Expression:
        pairs = zip(scope, row, strict=True)
        return And(tuple(In(name, (value,)) for name, value in pairs if value != "*"))

    def _rows(self, code: str, text: str, width: int) -> list[tuple[str, ...]]:
        if width == 1 and "(" not in text:
            found: list[tuple[str, ...]] = [(v,) for v in values_of(text, code)]
        else:
            pieces = text.replace("(", " ").split(")")
            if pieces[-1].strip():
                raise DefinitionError(code, "')' is missing after a row")
            found = [
                tuple(value.strip() for value in piece.split(","))
                for piece in pieces[:-1]
            ]
        self.n_rows += len(found)
        check_number(self.n_rows, MAX_ROWS, "rows", code)
        if any(len(row) != width for row in found):
            raise DefinitionError(code, f"a row does not have {width} values")
        return found
