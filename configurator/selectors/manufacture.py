"""How a configuration is made, remembered for those that are made alike."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from configurator.engine.manufacture import (
    Manufacture,
    ManufactureError,
    MaterialNeed,
    StepPlan,
)
from configurator.engine.manufacture import resolve as resolve_definition
from configurator.selectors.releases import release_by_id

__all__ = ["Manufacture", "ManufactureError", "MaterialNeed", "StepPlan", "resolve"]

MOST_REMEMBERED = 4_096
QUANTITY = "quantity"

_remembered: OrderedDict[tuple[Any, ...], Manufacture] = OrderedDict()
_lock = threading.Lock()


def resolve(
    *,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    routing: str | None = None,
) -> Manufacture:
    """Give steps, materials and times of a configuration.

    ``choices`` are canonical, as a configuration stores them. Only the answers that
    a condition or an attribute of the manufacture names count for the memory, so two
    shirts that differ in the name on the back may share an entry.
    """
    release = release_by_id(release_id)
    names = release.loaded.deciding_names
    alike = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(choices.items())
        if name in names
    )
    counts = quantity if QUANTITY in names else None
    key = (release.definition_sha256, alike, counts, routing)
    with _lock:
        found = _remembered.get(key)
        if found is not None:
            _remembered.move_to_end(key)
    if found is None:
        found = resolve_definition(
            release.definition, choices, quantity=quantity, routing=routing
        )
        with _lock:
            _remembered[key] = found
            if len(_remembered) > MOST_REMEMBERED:
                _remembered.popitem(last=False)
        return found
    return found if counts is not None else found.for_quantity(quantity)
