"""Reads UVL feature models at the Boolean level, with group cardinalities.

Attributes are read and left aside. Every group of the tree becomes a rule, and so
does every line of the constraints.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from configurator.engine.expression import And, Expression, Group, Iff, Implies
from configurator.engine.formats.boolean import (
    MAX_FEATURES,
    MAX_RULES,
    check_number,
    definition_of,
    read_text,
    selected,
)
from configurator.engine.formats.uvl_constraints import parse_constraint
from configurator.engine.model import MAX_NAME, Definition, DefinitionError, Rule

_KINDS = ("mandatory", "optional", "or", "alternative")
_CARDINALITY = re.compile(r"(?:cardinality\s*)?\[(\d{1,9})(?:\.\.(\d{1,9}|\*))?\]")
_FEATURE = re.compile(
    r"(?:(?:Boolean|Integer|String|Real)\s+)?"
    r"(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[^\s\"{]+))\s*(?P<rest>.*)",
    re.DOTALL,
)
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_COMMENT = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|//[^\n]*|/\*.*?\*/", re.DOTALL)
MAX_LENGTH = 100_000
_SECTIONS = ("features", "constraints", "namespace", "imports", "include")


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str


def read_uvl(path: Path) -> Definition:
    """Read a feature model; names come without their quotes.

    Raises
    ------
    DefinitionError
        With the line that cannot be read, or says more than Boolean UVL.
    """
    section = ""
    tree: list[_Line] = []
    constraints: list[_Line] = []
    for line in _lines(read_text(path)):
        word = line.text.split()[0]
        if line.indent == 0 and word in _SECTIONS:
            section = word
        elif section == "imports":
            message = f"{line.text!r:.80}: models that import others are not read"
            raise DefinitionError(f"line {line.number}", message)
        elif section == "features":
            tree.append(line)
        elif section == "constraints":
            constraints.append(line)
            check_number(
                len(constraints), MAX_RULES, "constraints", f"line {line.number}"
            )
    if not tree:
        raise DefinitionError(path.name, "there is no feature tree")
    names, rules = _read_tree(tree)
    known = set(names)
    for at, line in enumerate(constraints, start=1):
        expression = parse_constraint(line.text, known, f"line {line.number}")
        rules.append(Rule(f"constraint {at}", expression, line.text))
    return definition_of(path, names, rules)


def _lines(text: str) -> Iterator[_Line]:
    """Yield lines that say something; attributes over several lines are joined."""
    held: list[str] = []
    number, depth, length = 0, 0, 0
    for at, raw in enumerate(_without_comments(text).split("\n"), start=1):
        number = number or at
        bare = _QUOTED.sub("", raw)
        depth += bare.count("{") - bare.count("}")
        length += len(raw)
        if length > MAX_LENGTH:
            message = f"more than {MAX_LENGTH} characters before the line ends"
            raise DefinitionError(f"line {number}", message)
        held.append(raw if not held else raw.strip())
        if depth > 0:
            continue
        line = " ".join(held).rstrip().expandtabs(4)
        if line:
            yield _Line(number, len(line) - len(line.lstrip()), line.strip())
        held, number, depth, length = [], 0, 0, 0
    if held:
        raise DefinitionError(f"line {number}", "'}' is missing")


def _without_comments(text: str) -> str:
    """Blank out what stands behind ``//`` or between ``/*`` and ``*/``."""

    def kept(match: re.Match[str]) -> str:
        found = match.group()
        return found if found[0] in "\"'" else "\n" * found.count("\n")

    return _COMMENT.sub(kept, text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(slots=True)
class _Open:
    parent: str
    kind: str
    low: int
    high: int | None
    children: list[str]


@dataclass(frozen=True, slots=True)
class _Node:
    """A feature (no group) or a group that is still open below some line."""

    indent: int
    name: str
    group: _Open | None


def _read_tree(lines: list[_Line]) -> tuple[list[str], list[Rule]]:
    names: list[str] = []
    groups: list[_Open] = []
    seen: set[str] = set()
    stack: list[_Node] = []
    for line in lines:
        while stack and stack[-1].indent >= line.indent:
            stack.pop()
        above = stack[-1] if stack else None
        if above is not None and above.group is None:
            group = _group(line, above.name)
            groups.append(group)
            stack.append(_Node(line.indent, above.name, group))
            continue
        name = _feature_name(line)
        if name in seen or (above is None and names):
            raise DefinitionError(f"line {line.number}", f"{name!r} stands there twice")
        check_number(len(names) + 1, MAX_FEATURES, "features", f"line {line.number}")
        seen.add(name)
        names.append(name)
        if above is not None and above.group is not None:
            above.group.children.append(name)
        stack.append(_Node(line.indent, name, None))
    rules = [Rule("root", selected(names[0]), is_structural=True)]
    for at, group in enumerate(groups, start=1):
        code = f"group {at}: {group.kind} of {group.parent}"
        rules.append(Rule(code, _group_rule(group), is_structural=True))
    return names, rules


def _group(line: _Line, parent: str) -> _Open:
    if line.text in _KINDS:
        return _Open(
            parent, line.text, 1, 1 if line.text == "alternative" else None, []
        )
    match = _CARDINALITY.fullmatch(line.text)
    if match is None:
        raise DefinitionError(
            f"line {line.number}", f"{line.text!r:.80} is not a kind of group"
        )
    low, upper = int(match[1]), match[2] or match[1]
    high = None if upper == "*" else int(upper)
    return _Open(parent, "cardinality", low, high, [])


def _feature_name(line: _Line) -> str:
    match = _FEATURE.fullmatch(line.text)
    if match is None:
        raise DefinitionError(
            f"line {line.number}", f"{line.text!r:.80} is not a feature"
        )
    rest = match["rest"].strip()
    if rest.startswith("cardinality"):
        raise DefinitionError(
            f"line {line.number}", "cardinalities of features are not Boolean"
        )
    if rest and not (rest.startswith("{") and rest.endswith("}")):
        raise DefinitionError(
            f"line {line.number}", f"{rest!r:.80} after a feature cannot be read"
        )
    name: str = match["quoted"] or match["plain"]
    if len(name) > MAX_NAME:
        message = f"{name!r:.80} is longer than {MAX_NAME} characters"
        raise DefinitionError(f"line {line.number}", message)
    return name


def _group_rule(group: _Open) -> Expression:
    parent = selected(group.parent)
    children = tuple(selected(name) for name in group.children)
    if group.kind == "mandatory":
        return And(tuple(Iff(child, parent) for child in children))
    with_parent = tuple(Implies(child, parent) for child in children)
    if group.kind == "optional":
        return And(with_parent)
    return And((Implies(parent, Group(group.low, group.high, children)), *with_parent))
