"""Reads XCSP 2.1 instances whose constraints are tables, plain or gzipped.

A variable becomes a CHOICE with its values as option codes; a relation of supports
an allowed table, one of conflicts a forbidden table.
"""

import gzip
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from configurator.engine.expression import Table
from configurator.engine.formats.release_json import FORMAT, NAME
from configurator.engine.model import (
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    Option,
    ProductKind,
    Rule,
)

MAX_BYTES = 200_000_000
MAX_VALUES = 100_000
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")


def read_xcsp(path: Path) -> Definition:
    """Read an instance.

    Parameters
    ----------
    path
        An XCSP 2.1 file, gzipped where its name ends in ``.gz``.

    Raises
    ------
    DefinitionError
        Naming the element that is missing, or of a kind not supported.
    """
    root = _root(path)
    domains = {
        _name(each): tuple(_values(each.text or "", _name(each)))
        for each in root.iter("domain")
    }
    characteristics = []
    for each in root.iter("variable"):
        domain = each.get("domain", "")
        if domain not in domains:
            raise DefinitionError(_name(each), f"there is no domain {domain!r}")
        options = tuple(Option(value) for value in domains[domain])
        characteristics.append(
            Characteristic(_name(each), Kind.CHOICE, {}, True, None, options)
        )
    relations = {_name(each): _relation(each) for each in root.iter("relation")}
    known = {each.code: each for each in characteristics}
    rules = tuple(_rule(each, relations, known) for each in root.iter("constraint"))
    return Definition(
        product=path.name.split(".")[0],
        release="1",
        kind=ProductKind.CONFIGURABLE,
        characteristics=tuple(characteristics),
        rules=rules,
    )


def to_release_document(
    definition: Definition,
    *,
    product: str,
    release: str = "1",
    name: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Write an imported range as a release document.

    Parameters
    ----------
    definition
        A range of CHOICEs whose rules are tables, as `read_xcsp` gives it.
    product, release, name
        What it is called as a product.
    **more
        Further fields of the document as they stand there: ``prices``,
        ``routings``, ``materials``, ``quantity``, ``currency``, ``artwork``, ...

    Returns
    -------
    dict
        Ready for JSON and for `read_release`; rules keep their tables as lists of
        rows.

    Raises
    ------
    DefinitionError
        If a name does not fit a release, or a rule is not a table.
    """
    return {
        "format": FORMAT,
        "product": product,
        "release": release,
        "kind": str(definition.kind),
        "name": dict(name) if name else {"en": product},
        "characteristics": _written_characteristics(definition),
        "rules": [_written_rule(rule) for rule in definition.rules],
        **more,
    }


def _written_characteristics(definition: Definition) -> list[dict[str, Any]]:
    characteristics = []
    for each in definition.characteristics:
        if not NAME.fullmatch(each.code) or each.kind is not Kind.CHOICE:
            raise DefinitionError(each.code, "is not a CHOICE with a plain name")
        characteristics.append(
            {
                "code": each.code,
                "name": dict(each.name) or {"en": each.code},
                "kind": "CHOICE",
                "required": each.required,
                "options": [
                    {
                        "code": option.code,
                        "name": dict(option.name) or {"en": option.code},
                    }
                    for option in each.options
                ],
            }
        )
    return characteristics


def _written_rule(rule: Rule) -> dict[str, Any]:
    table = rule.expression
    if not isinstance(table, Table):
        raise DefinitionError(rule.code, "is not a table")
    rows = sorted(list(row) for row in table.rows)
    return {
        "code": rule.code,
        "table": {"of": list(table.of), "rows": rows, "allowed": table.allowed},
        "reason": dict(rule.reason),
    }


def _root(path: Path) -> ElementTree.Element:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DefinitionError(path.name, f"is longer than {MAX_BYTES} bytes")
    if b"<!" in content.replace(b"<!--", b""):
        raise DefinitionError(path.name, "document types and entities are not read")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 -- no entities, see above
    except ElementTree.ParseError as error:
        raise DefinitionError(path.name, f"is not XML: {error}") from error


def _name(element: ElementTree.Element) -> str:
    found = element.get("name")
    if not found:
        raise DefinitionError(element.tag, "a name is missing")
    return found


def _values(text: str, name: str) -> list[str]:
    found: list[str] = []
    for word in text.split():
        match = _RANGE.fullmatch(word)
        if match is None:
            found.append(word)
            continue
        low, high = int(match[1]), int(match[2])
        if high - low >= MAX_VALUES:
            raise DefinitionError(name, f"{word} has more than {MAX_VALUES} values")
        found.extend(map(str, range(low, high + 1)))
    return found


def _relation(element: ElementTree.Element) -> tuple[bool, frozenset[tuple[str, ...]]]:
    semantics = element.get("semantics", "")
    if semantics not in ("supports", "conflicts"):
        raise DefinitionError(_name(element), f"semantics {semantics!r} is not known")
    arity = int(element.get("arity", "0"))
    rows = frozenset(tuple(row.split()) for row in (element.text or "").split("|"))
    rows -= {()}
    if any(len(row) != arity for row in rows):
        raise DefinitionError(_name(element), f"a row does not have {arity} values")
    return semantics == "supports", rows


def _rule(
    element: ElementTree.Element,
    relations: Mapping[str, tuple[bool, frozenset[tuple[str, ...]]]],
    known: Mapping[str, Characteristic],
) -> Rule:
    name = _name(element)
    reference = element.get("reference", "")
    if reference not in relations:
        raise DefinitionError(name, f"{reference!r} is not a relation of this file")
    scope = tuple(element.get("scope", "").split())
    for variable in scope:
        if variable not in known:
            raise DefinitionError(name, f"there is no variable {variable!r}")
    allowed, rows = relations[reference]
    if any(len(row) != len(scope) for row in rows):
        raise DefinitionError(name, f"{reference!r} does not have {len(scope)} columns")
    if len(set(scope)) != len(scope):
        raise DefinitionError(name, "a variable stands twice in the scope")
    return Rule(name, Table(scope, rows, allowed))
