"""What a release says beside its model: lists under ``extra`` of rules for answers."""

from collections.abc import Callable, Mapping
from typing import Any

from configurator.selectors.conditions import RuleSyntaxError, read_condition

ALWAYS = "quantity"
"""A condition that holds for every order."""
NOUNS = {"FILE": "picture", "TEXT": "text"}


def list_extra(document: Mapping[str, Any] | None, name: str) -> Any:
    """Give the entries of one list; none where it is not there."""
    extra = document.get("extra") if document else None
    return extra.get(name, ()) if isinstance(extra, Mapping) else ()


def extra_problems(
    document: Mapping[str, Any],
    name: str,
    *,
    kind: str,
    check: Callable[[Mapping[str, Any]], object] = bool,
) -> tuple[str, ...]:
    """List what is wrong with a list whose entries are of characteristics of a kind."""
    known = {
        each["code"]
        for each in document.get("characteristics", ())
        if each.get("kind") == kind
    }
    problems = []
    for at, each in enumerate(list_extra(document, name)):
        try:
            check(each)
            read_condition(each.get("when") or ALWAYS)
            if each["of"] not in known:
                problems.append(f"{name}[{at}]: {each['of']!r} is no {NOUNS[kind]}")
        except (
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
            RuleSyntaxError,
        ) as error:
            problems.append(f"{name}[{at}]: {error}")
    return tuple(problems)
