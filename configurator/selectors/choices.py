"""The state of a customer's choices: what is possible, what it costs, why not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from configurator.models import User
from configurator.selectors import answers
from configurator.selectors.availability import list_sold_out
from configurator.selectors.dates import Reader, promise_answer
from configurator.selectors.design_prices import Asked as Line
from configurator.selectors.design_prices import of_one_design, price_together
from configurator.selectors.errors import InvalidError
from configurator.selectors.prices import pricing_account
from configurator.selectors.reasons import Asked
from configurator.selectors.releases import LiveRelease, release_on_sale
from configurator.selectors.settled import evaluate, settle, write_price
from configurator.selectors.times import local
from configurator.selectors.together import Together
from configurator.selectors.uploads import map_uploads

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
    reader = Reader(language, now, user.pk if user else None)
    if not beside:
        return _answer(asked, reader)
    lines = [_line(asked, asked.choices, asked.quantity)]
    lines += [_line(asked, others, number) for others, number in beside]
    together = Together(tuple(of_one_design(lines)))
    answer = _answer(replace(asked, quantity=together.count), reader)
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
    answer["characteristics"] = {
        code: {**each, "options": _shared(each["options"], together)}
        for code, each in answer["characteristics"].items()
    }
    answer["conflicts"] = [
        {**each, "repairs": [_mended(one, together) for one in each["repairs"]]}
        for each in answer["conflicts"]
    ]
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
        answer["price"] = write_price(asked, exact, language)
        answer["lowest_total_minor"] = exact.total_minor


def _shared(options: Mapping[str, Answer], together: Together) -> Answer:
    return {
        code: {**each, "price_delta_minor": together.share(each["price_delta_minor"])}
        for code, each in options.items()
    }


def _mended(repair: Answer, together: Together) -> Answer:
    changes, minor = together.mend(repair["changes"], repair["price_delta_minor"])
    return {"changes": changes, "price_delta_minor": minor}


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
    return _answer(asked, Reader(language, now, user.pk if user else None))


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
        release = release_on_sale(release, today=local(now).date())
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
    today, sold_out = local(now).date(), release.sold_out
    if sold_out is None:
        sold_out = list_sold_out(product_id=release.product_id, today=today)
    return Asked(release, canonical, n_units, sold_out, today)


def _answer(asked: Asked, reader: Reader) -> Answer:
    """Say what the release says to the choices, and when they would be there."""
    settled = settle(asked, reader.language)
    answer = dict(settled.answer)
    if answer["complete"]:
        answer["promise"] = promise_answer(asked, settled.others, reader)
    return answer
