"""The state of a customer's choices: what is possible, what it costs, why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from configurator.engine.canonical import configuration_sha256
from configurator.engine.pricing import price
from configurator.models import User
from configurator.selectors import answers
from configurator.selectors.availability import list_sold_out
from configurator.selectors.dates import Reader, promise_answer
from configurator.selectors.design_prices import Asked as Line
from configurator.selectors.design_prices import (
    Price,
    of_one_design,
    price_together,
)
from configurator.selectors.errors import InvalidError
from configurator.selectors.prices import pricing_account
from configurator.selectors.reasons import (
    Asked,
    list_rules,
    map_reasons,
    sold_out_text,
)
from configurator.selectors.releases import LiveRelease, release_on_sale
from configurator.selectors.together import Together
from configurator.selectors.uploads import map_uploads
from configurator.selectors.words import in_language
from configurator.states import ProductKind

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.choices import OptionState, State

Answer = dict[str, Any]
Objective = Literal["CHEAPEST", "POPULAR"]
# Other lines of the same product: what is chosen, and how many sold units.
Beside = Sequence[tuple[Mapping[str, Any], int]]


def configure_answer(
    *,
    product: str | LiveRelease,
    choices: Mapping[str, Any],
    quantity: int | None = None,
    language: str | None = None,
    user: User | None = None,
    now: datetime,
    beside: Beside = (),
) -> Answer:
    """Say what is still possible after these choices.

    One query: the release on sale and what is sold out; a second where a picture is
    among the choices. Without a quantity the smallest counts. Of the lines ``beside``
    those of the same design count with it, in rules and in prices; the answer then
    says under ``count`` how many there are.
    """
    asked = _ask_on_sale(product, choices, quantity, user=user, now=now)
    if not beside:
        return _answer(asked, Reader(language, now))
    lines = [_line(asked, asked.choices, asked.quantity)]
    lines += [_line(asked, others, number) for others, number in beside]
    together = Together(tuple(of_one_design(lines)))
    answer = _answer(replace(asked, quantity=together.count), Reader(language, now))
    if together.count != asked.quantity:
        _share(answer, asked, together, language)
    return answer


def _line(asked: Asked, choices: Mapping[str, Any], quantity: int) -> Line:
    return Line(asked.release.definition, choices, quantity, asked.account)


def _share(
    answer: Answer, asked: Asked, together: Together, language: str | None
) -> None:
    """Say of what all lines of a design cost together what this one costs."""
    own, count = asked.quantity, together.count
    answer |= {"quantity": own, "count": count, "together": together}
    for each in answer["characteristics"].values():
        for option in each["options"].values():
            minor = option["price_delta_minor"]
            option["price_delta_minor"] = together.share(minor)
    for conflict in answer["conflicts"]:
        for repair in conflict["repairs"]:
            repair["changes"], repair["price_delta_minor"] = together.mend(
                repair["changes"], repair["price_delta_minor"]
            )
    others = count - own
    answer["quantities"] = [
        {"min": max(span["min"] - others, 1), "max": span["max"] - others}
        for span in answer["quantities"]
        if span["max"] > others
    ]
    lowest_minor = answer["lowest_total_minor"]
    answer["lowest_total_minor"] = lowest_minor and lowest_minor * own // count
    if answer["complete"]:
        exact = price_together(together.lines)[0]
        answer["price"] = _write_price(asked, exact, language)
        answer["lowest_total_minor"] = exact.total_minor


def complete_answer(
    *,
    product: str | LiveRelease,
    choices: Mapping[str, Any],
    quantity: int | None = None,
    objective: Objective = "CHEAPEST",
    language: str | None = None,
    user: User | None = None,
    now: datetime,
) -> Answer:
    """Answer all open questions, the cheapest way or as most customers do.

    Choices that exclude one another cannot be completed; they come back as a
    conflict, as from `configure_answer`.
    """
    asked = complete_choices(
        product=product,
        choices=choices,
        quantity=quantity,
        objective=objective,
        user=user,
        now=now,
    )
    return _answer(asked, Reader(language, now))


def complete_choices(
    *,
    product: str | LiveRelease,
    choices: Mapping[str, Any],
    quantity: int | None = None,
    objective: Objective = "CHEAPEST",
    user: User | None = None,
    now: datetime,
) -> Asked:
    """Answer all open questions without a word of prices and dates, which take longer.

    Choices that exclude one another stay as they are.
    """
    from configurator.engine import choices as engine  # noqa: PLC0415 -- slow import

    asked = _ask_on_sale(product, choices, quantity, user=user, now=now)
    if not evaluate(asked, with_prices=False).valid:
        return asked
    found = engine.complete(
        asked.release.compiled,
        asked.choices,
        quantity=asked.quantity,
        objective=objective,
        unavailable=asked.unavailable,
        today=asked.today,
    )
    return replace(asked, choices=found)


def _ask_on_sale(
    product: str | LiveRelease,
    choices: Mapping[str, Any],
    quantity: int | None,
    *,
    user: User | None,
    now: datetime,
) -> Asked:
    """Ask for what is on sale, where the caller has not done so already."""
    release = product
    if isinstance(release, str):
        release = release_on_sale(release, today=now.date())
    asked = ask(release, choices, quantity, now=now)
    account = pricing_account(user=user, definitions=[release.definition])
    return replace(asked, account=account) if account else asked


def ask(
    release: LiveRelease,
    choices: Mapping[str, Any],
    quantity: int | None,
    *,
    now: datetime,
) -> Asked:
    """Check choices and quantity and gather what is sold out, where it is not known.

    Raises
    ------
    InvalidError
        Naming every answer that the product does not know.
    """
    definition = release.definition
    canonical, problems = answers.read_choices(definition, choices)
    n_units = definition.quantity.minimum if quantity is None else quantity
    problems += answers.check_quantity(definition, n_units)
    if tokens := answers.list_files(definition, canonical):
        uploads = map_uploads(tokens=tokens)
        problems += answers.check_files(
            definition, canonical, uploads, quantity=n_units
        )
    if problems:
        raise InvalidError(problems)
    today, sold_out = now.date(), release.sold_out
    if sold_out is None:
        sold_out = list_sold_out(product_id=release.product_id, today=today)
    return Asked(release, canonical, n_units, sold_out, today)


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


def _answer(asked: Asked, reader: Reader) -> Answer:
    state = evaluate(asked)
    release = asked.release
    is_complete = state.valid and state.complete
    found_price = _price(asked, reader.language, is_complete=is_complete)
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
        "characteristics": _characteristics(asked, state, reader.language),
        "price": found_price,
        "lowest_total_minor": lowest_minor,
        "missing": list(state.missing),
        "quantities": _pairs(state.ranges.get("quantity", ())),
        "promise": promise_answer(asked, state, reader) if is_complete else None,
        "conflicts": [] if state.valid else _conflicts(asked, reader.language),
    }
    if is_complete:
        answer["configuration_sha256"] = configuration_sha256(
            product=release.product, release=release.number, choices=asked.choices
        )
    return answer


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
    return _write_price(asked, exact, language)


def _write_price(asked: Asked, exact: Price, language: str | None) -> Answer:
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
