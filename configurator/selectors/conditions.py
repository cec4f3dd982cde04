"""Whether a condition of the catalogue holds for given choices."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from configurator.engine.expression import names_of
from configurator.engine.rules import Expression, RuleSyntaxError, parse

__all__ = ["RuleSyntaxError", "is_condition_true", "names_of", "read_condition"]


@lru_cache(maxsize=4096)
def read_condition(text: str) -> Expression:
    return parse(text)


def is_condition_true(
    text: str, choices: Mapping[str, Any], *, quantity: int | None = None
) -> bool:
    return read_condition(text).holds(choices, quantity)
