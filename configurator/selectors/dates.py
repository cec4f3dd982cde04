"""When a complete configuration will be there, and what would be there earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from configurator.engine.model import Kind
from configurator.ports import Alternative, ports
from configurator.selectors.grounds import say_grounds
from configurator.selectors.reasons import Asked
from configurator.selectors.words import in_language
from configurator.states import ProductKind

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.choices import State

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the answer: in which language, at what factory time, who buys."""

    language: str | None
    now: datetime
    buyer_id: int | None = None


def promise_answer(
    asked: Asked, others: Sequence[tuple[str, str]], reader: Reader
) -> Answer | None:
    """Describe the promise of a complete configuration; ``others`` might be earlier.

    What is yet to be quoted has no date: it depends on what is agreed upon.
    """
    if asked.release.kind == ProductKind.BESPOKE:
        return None
    question: dict[str, Any] = {
        "product": asked.release.product,
        "release_id": asked.release.release_id,
        "choices": asked.choices,
        "quantity": asked.quantity,
        "now": reader.now,
        "buyer_id": reader.buyer_id,
    }
    promise = ports.promise_quote(**question)
    if promise is None:
        return None
    return {
        "ready_at": promise.ready_at,
        "shipped_at": promise.shipped_at,
        "delivered_at": promise.delivered_at,
        "rests_on": say_grounds(promise.rests_on),
        "alternatives": [
            _alternative(asked, each, reader.language)
            for each in ports.promise_alternatives(**question, options=others)
        ],
    }


def list_others(asked: Asked, state: State) -> list[tuple[str, str]]:
    """List what can be chosen instead with nothing else changed."""
    return [
        (each.code, code)
        for each in asked.release.definition.characteristics
        if each.kind is Kind.CHOICE and asked.choices.get(each.code) is not None
        for code, option in state.domains.get(each.code, {}).items()
        if option.available and not option.selected
    ]


def _alternative(asked: Asked, found: Alternative, language: str | None) -> Answer:
    names = {
        (each.code, option.code): option.name
        for each in asked.release.definition.characteristics
        for option in each.options
    }
    name = names.get((found.characteristic, found.option), {})
    return {
        "characteristic": found.characteristic,
        "option": found.option,
        "name": in_language(name, language) or found.option,
        "delivered_at": found.delivered_at,
        "days_earlier": found.days_earlier,
        "because": found.because,
    }
