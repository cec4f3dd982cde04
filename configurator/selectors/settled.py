"""What a release says to choices by itself: the same for all who choose the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from configurator.engine.canonical import configuration_sha256
from configurator.engine.pricing import price
from configurator.selectors import answers
from configurator.selectors.dates import list_others
from configurator.selectors.design_prices import Price
from configurator.selectors.kept import Keyed, has_own_words
from configurator.selectors.reasons import (
    Asked,
    list_rules,
    map_reasons,
    sold_out_text,
)
from configurator.selectors.words import in_language
from configurator.states import ProductKind

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.choices import OptionState, State

Answer = dict[str, Any]
MOST_KEPT = 256
# What many large products would take in memory is not worth it.
MOST_OPTIONS = 300


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer but for its date, and the options that could be chosen instead.

    Many share it: nobody changes what is in it.
    """

    answer: Mapping[str, Any]
    others: Sequence[tuple[str, str]]


def settle(asked: Asked, language: str | None) -> Settled:
    """Work out what changes with the release and what is sold out only.

    Many stand before the same choices, so it is kept, but for nobody's own words.
    """
    release = asked.release
    is_large = release.loaded.n_options > MOST_OPTIONS
    if is_large or has_own_words(release.definition, asked.choices):
        return _settle(asked, language)
    key = (
        *(release.definition_sha256, release.product, release.number, release.kind),
        *(repr(asked.choices), asked.quantity, repr(asked.sold_out), asked.today),
        *(asked.account, language, get_language()),
    )
    return _settle_once(Keyed(key, (asked, language)))


@lru_cache(maxsize=MOST_KEPT)
def _settle_once(question: Keyed[tuple[Asked, str | None]]) -> Settled:
    return _settle(*question.take())


def _settle(asked: Asked, language: str | None) -> Settled:
    state = evaluate(asked)
    release = asked.release
    is_complete = state.valid and state.complete
    found_price = _price(asked, language, is_complete=is_complete)
    lowest_minor = state.lowest_total_minor
    if asked.account and is_complete:  # the diagram knows what everybody pays
        lowest_minor = found_price["total_minor"]
    answer: Answer = {
        "product": release.product,
        "release": release.number,
        "choices": dict(asked.choices),
        "quantity": asked.quantity,
        "valid": state.valid,
        "complete": is_complete,
        "characteristics": _characteristics(asked, state, language),
        "price": found_price,
        "lowest_total_minor": lowest_minor,
        "missing": list(state.missing),
        "quantities": _pairs(state.ranges.get("quantity", ())),
        "promise": None,
        "conflicts": [] if state.valid else _conflicts(asked, language),
    }
    if is_complete:
        answer["configuration_sha256"] = configuration_sha256(
            product=release.product, release=release.number, choices=asked.choices
        )
    return Settled(answer, list_others(asked, state) if is_complete else ())


def evaluate(asked: Asked, *, with_prices: bool = True) -> "State":
    """Ask the engine for the state of the choices."""
    from configurator.engine import choices as engine  # noqa: PLC0415 -- slow import

    return engine.evaluate(
        asked.release.compiled,
        asked.choices,
        quantity=asked.quantity,
        unavailable=asked.unavailable,
        today=asked.today,
        with_prices=with_prices,
    )


def _characteristics(asked: Asked, state: "State", language: str | None) -> Answer:
    """Say for each characteristic what can be answered.

    Options where there are options; for a number the intervals that are left; for a
    text or a picture whether there may, and whether there must, be one.
    """
    reasons = map_reasons(asked, state, language)
    found: Answer = {}
    for each in asked.release.definition.characteristics:
        options = {
            code: _option(option, state, reasons.get((each.code, code)))
            for code, option in state.domains.get(each.code, {}).items()
        }
        found[each.code] = {"options": options}
        if each.code in state.ranges:
            found[each.code]["ranges"] = _pairs(state.ranges[each.code])
        if each.code in state.presence:
            presence = state.presence[each.code]
            found[each.code]["possible"] = presence.possible
            found[each.code]["needed"] = presence.needed
    return found


def _option(option: "OptionState", state: "State", reason: str | None) -> Answer:
    return {
        "available": option.available,
        "selected": option.selected,
        "implied": option.implied,
        "price_delta_minor": _difference(
            option.lowest_total_minor, state.lowest_total_minor
        ),
        "reason": reason,
    }


def _pairs(ranges: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"min": low, "max": high} for low, high in ranges]


def _difference(total_minor: int | None, lowest_minor: int | None) -> int | None:
    if total_minor is None or lowest_minor is None:
        return None
    return total_minor - lowest_minor


def _price(asked: Asked, language: str | None, *, is_complete: bool) -> Answer:
    definition = asked.release.definition
    found: Answer = {"currency": definition.currency, "total_minor": None, "lines": []}
    if not is_complete:
        return found
    exact = price(
        definition, asked.choices, quantity=asked.quantity, account=asked.account
    )
    return write_price(asked, exact, language)


def write_price(asked: Asked, exact: Price, language: str | None) -> Answer:
    currency = asked.release.definition.currency
    found: Answer = {"currency": currency, "total_minor": None}
    found["lines"] = [
        {
            "code": line.code,
            "label": in_language(line.label, language),
            "amount_minor": line.amount_minor,
        }
        for line in exact.lines
    ]
    is_bespoke = asked.release.kind == ProductKind.BESPOKE
    found["estimate_minor" if is_bespoke else "total_minor"] = exact.total_minor
    return found


def _conflicts(asked: Asked, language: str | None) -> list[Answer]:
    """Explain the smallest conflict with the changes that would mend it."""
    from configurator.engine.explain import explain  # noqa: PLC0415 -- slow import

    conflict = explain(
        asked.release.compiled,
        asked.choices,
        quantity=asked.quantity,
        wanted=None,
        unavailable=asked.unavailable,
        today=asked.today,
    )
    rules = list_rules(conflict.rules, language) + _sold_out_rules(asked, conflict)
    repairs = [
        {
            "changes": dict(repair.changes),
            "price_delta_minor": repair.price_delta_minor,
        }
        for repair in conflict.repairs
    ]
    return [{"choices": dict(conflict.choices), "rules": rules, "repairs": repairs}]


def _sold_out_rules(asked: Asked, conflict: Any) -> list[dict[str, str]]:
    chosen = answers.list_chosen(conflict.choices)
    dates = [asked.sold_out[each] for each in chosen if each in asked.sold_out]
    if not dates:
        return []
    back_on = dates[0] if len(dates) == 1 else None
    return [{"code": "SOLD_OUT", "reason": sold_out_text(back_on)}]
