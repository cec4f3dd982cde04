"""Reads XCSP 2.1 and XCSP3 instances whose constraints are tables, plain or gzipped.

A variable becomes a CHOICE with its values as option codes; a relation of supports
an allowed table, one of conflicts a forbidden table.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from configurator.engine.expression import Table
from configurator.engine.formats.boolean import (
    MAX_FEATURES,
    MAX_RULES,
    check_number,
    read_text,
)
from configurator.engine.formats.release_json import FORMAT, NAME
from configurator.engine.formats.xcsp3 import (
    MAX_ROWS,
    check_scope,
    element_name,
    read_instance,
    values_of,
)
from configurator.engine.model import (
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    Option,
    ProductKind,
    Rule,
)

MAX_OPTIONS = 1_000_000


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
    if root.get("format", "").startswith("XCSP3"):
        domains, rules = read_instance(root)
    else:
        domains = _domains(root)
        rules = _rules(root, domains)
    n_options = 0
    for name, values in domains.items():
        n_options += len(values)
        check_number(n_options, MAX_OPTIONS, "values", name)
    options = {values: tuple(map(Option, values)) for values in set(domains.values())}
    characteristics = {
        name: Characteristic(name, Kind.CHOICE, {}, True, None, options[values])
        for name, values in domains.items()
    }
    return Definition(
        product=path.name.split(".")[0],
        release="1",
        kind=ProductKind.CONFIGURABLE,
        characteristics=tuple(characteristics.values()),
        rules=tuple(rules),
    )


def _domains(root: ElementTree.Element) -> dict[str, tuple[str, ...]]:
    domains = {
        element_name(each): tuple(values_of(each.text or "", element_name(each)))
        for each in root.iter("domain")
    }
    found: dict[str, tuple[str, ...]] = {}
    for each in root.iter("variable"):
        name, domain = element_name(each), each.get("domain", "")
        if domain not in domains:
            raise DefinitionError(name, f"there is no domain {domain!r:.80}")
        if name in found:
            raise DefinitionError(name, "stands there twice")
        check_number(len(found) + 1, MAX_FEATURES, "variables", name)
        found[name] = domains[domain]
    return found


def _rules(root: ElementTree.Element, known: Collection[str]) -> list[Rule]:
    relations = {}
    n_rows = 0
    for each in root.iter("relation"):
        found = relations[element_name(each)] = _relation(each)
        n_rows += len(found[1])
        check_number(n_rows, MAX_ROWS, "rows", element_name(each))
    rules: list[Rule] = []
    for each in root.iter("constraint"):
        check_number(len(rules) + 1, MAX_RULES, "constraints", element_name(each))
        rules.append(_rule(each, relations, known))
    return rules


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
    content = read_text(path).encode()
    if b"<!" in content.replace(b"<!--", b""):
        raise DefinitionError(path.name, "document types and entities are not read")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 -- no entities, see above
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DefinitionError(path.name, f"is not XML: {error}") from error


def _number(element: ElementTree.Element, name: str) -> int:
    found = element.get(name, "0")
    if not re.fullmatch(r"\d{1,9}", found):
        raise DefinitionError(
            element_name(element), f"{name} {found!r:.80} is not a number"
        )
    return int(found)


def _relation(element: ElementTree.Element) -> tuple[bool, frozenset[tuple[str, ...]]]:
    semantics = element.get("semantics", "")
    if semantics not in ("supports", "conflicts"):
        raise DefinitionError(
            element_name(element), f"semantics {semantics!r} is not known"
        )
    arity = _number(element, "arity")
    rows = frozenset(tuple(row.split()) for row in (element.text or "").split("|"))
    rows -= {()}
    if any(len(row) != arity for row in rows):
        raise DefinitionError(
            element_name(element), f"a row does not have {arity} values"
        )
    return semantics == "supports", rows


def _rule(
    element: ElementTree.Element,
    relations: Mapping[str, tuple[bool, frozenset[tuple[str, ...]]]],
    known: Collection[str],
) -> Rule:
    name = element_name(element)
    reference = element.get("reference", "")
    if reference not in relations:
        raise DefinitionError(name, f"{reference!r:.80} is not a relation of this file")
    scope = tuple(element.get("scope", "").split())
    check_scope(name, scope, known)
    allowed, rows = relations[reference]
    if any(len(row) != len(scope) for row in rows):
        raise DefinitionError(
            name, f"{reference!r:.80} does not have {len(scope)} columns"
        )
    return Rule(name, Table(scope, rows, allowed))
