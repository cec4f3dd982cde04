"""From a price list to one number per value of a variable, so that sums are prices.

An entry that looks at one variable weighs on its values. Entries that look at
several share a variable of their own, whose values are the combinations they can
tell apart; the diagram ties it to the others, so that bounds stay exact.
Quantity, the length of texts and lengths in mm are put in when asked. An area that is
not given lies between its least and its greatest: no price falls while one grows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from configurator.engine.encoding import Encoding, Interval, Relation, Role, Variable
from configurator.engine.expression import QUANTITY, Answer
from configurator.engine.model import Definition, DefinitionError
from configurator.engine.pricelist import PriceBasis, PriceEntry
from configurator.engine.pricing import (
    MAX_TOTAL,
    PriceError,
    entry_amount,
    entry_net,
)
from configurator.engine.rules import holds, names_of

MAX_COMBINATIONS = 20_000

Weights = npt.NDArray[np.int64]
Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """Entries that look at the same variables.

    `samples` holds for each class one set of choices. `rows` maps each
    combination of the values of `variables` to its class; it is empty where
    one variable or none is looked at. `ends` has for each number that is looked at
    where the interval ends whose first value a sample has.
    """

    entries: tuple[PriceEntry, ...]
    variables: tuple[int, ...]
    samples: tuple[Mapping[str, Answer], ...]
    rows: Mapping[Row, int]
    ends: Mapping[str, Mapping[Answer, int]]


@dataclass(frozen=True, slots=True)
class PriceWeights:
    """Minor units for each value, least and most, and what does not depend on any.

    They differ where a text is not written yet, from one to its longest length, and
    where an area's lengths are not given, from the least to the greatest.
    """

    least: Weights
    most: Weights
    constant: int


def price_groups(encoding: Encoding) -> tuple[PriceGroup, ...]:
    """Group a release's price entries by the variables they look at.

    Raises
    ------
    DefinitionError
        If an entry looks at more than 20,000 combinations.
    """
    by_scope: dict[tuple[int, ...], list[PriceEntry]] = {}
    for entry in encoding.definition.prices.entries:
        by_scope.setdefault(_scope(encoding, entry), []).append(entry)
    return tuple(
        _group(encoding, scope, tuple(entries)) for scope, entries in by_scope.items()
    )


def check_tables(encoding: Encoding, groups: Sequence[PriceGroup]) -> None:
    """Refuse a table without a row for a combination at which its entry counts.

    Raises
    ------
    DefinitionError
        Naming the entry and the combination; rules are not looked at.
    """
    definition = encoding.definition
    for group in groups:
        listed = [entry for entry in group.entries if entry.table is not None]
        if not listed:
            continue
        for _, sample in _samples(encoding, group.variables):
            for entry in listed:
                for quantity in _quantities(encoding, entry):
                    try:
                        entry_amount(definition, entry, sample, quantity=quantity)
                    except PriceError as error:
                        at = definition.prices.entries.index(entry)
                        place = f"prices.entries[{at}].table"
                        raise DefinitionError(place, str(error)) from error


def _quantities(encoding: Encoding, entry: PriceEntry) -> list[int]:
    """Return a quantity of each interval where the entry looks at it, else any."""
    intervals = encoding.variables[encoding.index[QUANTITY, None]].values
    found = [each.low for each in intervals if isinstance(each, Interval)]
    return found if _names_quantity(entry) else found[:1]


def with_prices(encoding: Encoding, groups: Sequence[PriceGroup]) -> Encoding:
    """Add the variable of each group that needs one, tied to what it looks at.

    The quantity's variable stays the last one.
    """
    *others, quantity = encoding.variables
    if any(len(others) in group.variables for group in groups):
        raise AssertionError("quantity is put in when asked, never looked at")
    variables = list(others)
    relations = []
    for at, group in enumerate(groups):
        if group.rows:
            relations.append(
                Relation(
                    (*group.variables, len(variables)),
                    tuple((*row, value) for row, value in group.rows.items()),
                )
            )
            values = tuple(map(str, range(len(group.samples))))
            variables.append(Variable(Role.PRICE, f"price:{at}", values))
    variables.append(quantity)
    return replace(
        encoding,
        variables=tuple(variables),
        relations=tuple(relations),
        index={variable.key: at for at, variable in enumerate(variables)},
    )


def price_weights(
    variables: Sequence[Variable],
    groups: Sequence[PriceGroup],
    definition: Definition,
    *,
    quantity: int,
    choices: Mapping[str, Any],
) -> PriceWeights | None:
    """Return the weights for a quantity, given texts and lengths.

    Parameters
    ----------
    variables, groups
        Of the compiled release, in the same numbering; the values of all
        variables, one after the other, are what the weights are for.
    quantity
        In sold units.
    choices
        Only given texts and the numbers of AREA entries are looked at.

    Returns
    -------
    PriceWeights | None
        None where an area lacks a length that its group does not look at: that is
        one with too many intervals.
    """
    if not all(name in choices or name in ends for name, ends in _lengths(groups)):
        return None
    offsets = list(accumulate((len(each.values) for each in variables), initial=0))
    least, most = np.zeros(offsets[-1], np.int64), np.zeros(offsets[-1], np.int64)
    constant = 0
    places = {variable.key: at for at, variable in enumerate(variables)}
    for at, group in enumerate(groups):
        nets = [
            [
                _amount(definition, group, sample, choices, quantity, longest=longest)
                for longest in (False, True)
            ]
            for sample in group.samples
        ]
        if not group.variables:
            constant += nets[0][0]
            continue
        place = places[f"price:{at}", None] if group.rows else group.variables[0]
        here = slice(offsets[place], offsets[place] + len(nets))
        least[here] += [low for low, _ in nets]
        most[here] += [high for _, high in nets]
    return PriceWeights(least, most, constant)


def _lengths(
    groups: Sequence[PriceGroup],
) -> Iterator[tuple[str, Mapping[str, Mapping[Answer, int]]]]:
    """Yield each length of an area, and the numbers that its group looks at."""
    for group in groups:
        for entry in group.entries:
            if entry.basis is PriceBasis.AREA:
                yield from ((name, group.ends) for name in entry.of)


def weight_key(
    definition: Definition, choices: Mapping[str, Any], quantity: int
) -> tuple[Any, ...]:
    """Return what weights depend on, so that they can be kept."""
    found: list[Any] = [quantity]
    for name in definition.prices.measured:
        value = choices.get(name)
        found.append(len(value) if isinstance(value, str) else value)
    return tuple(found)


def _scope(encoding: Encoding, entry: PriceEntry) -> tuple[int, ...]:
    found: set[int] = set()
    for condition in (entry.when, *(factor.when for factor in entry.factors)):
        if condition is not None:
            found |= encoding.touched(condition)
    if entry.table is not None:
        found.update(encoding.index[name, None] for name in entry.table.of)
    if entry.basis is PriceBasis.CHARACTER:
        found.add(encoding.index[entry.of[0], None])
    if _counts_pieces(entry) and encoding.definition.pieces.of is not None:
        found.add(encoding.index[encoding.definition.pieces.of, None])
    found.discard(encoding.index[QUANTITY, None])
    if entry.basis is PriceBasis.AREA:
        wider = found | {encoding.index[name, None] for name in entry.of}
        if _n_combinations(encoding, wider) <= MAX_COMBINATIONS:
            found = wider
    return tuple(sorted(found))


def _n_combinations(encoding: Encoding, scope: Iterable[int]) -> int:
    return prod(len(encoding.variables[at].values) for at in scope)


def _counts_pieces(entry: PriceEntry) -> bool:
    return entry.basis is PriceBasis.PIECE or entry.each_piece


def _group(
    encoding: Encoding, scope: tuple[int, ...], entries: tuple[PriceEntry, ...]
) -> PriceGroup:
    ends = _ends(encoding, scope)
    if len(scope) < 2:
        samples = [sample for _, sample in _samples(encoding, scope)]
        return PriceGroup(entries, scope, tuple(samples), {}, ends)
    n = _n_combinations(encoding, scope)
    if n > MAX_COMBINATIONS:
        named = ", ".join(encoding.variables[at].name for at in scope)
        raise DefinitionError(
            "prices.entries",
            f"{entries[0].code!r} depends on {named}: {n} combinations"
            f" are more than {MAX_COMBINATIONS}",
        )
    classes: dict[Any, int] = {}
    kept: list[Mapping[str, Answer]] = []
    rows: dict[Row, int] = {}
    for row, sample in _samples(encoding, scope):
        seen = _told_apart(encoding, entries, sample)
        if seen not in classes:
            classes[seen] = len(classes)
            kept.append(sample)
        rows[row] = classes[seen]
    return PriceGroup(entries, scope, tuple(kept), rows, ends)


def _ends(encoding: Encoding, scope: Iterable[int]) -> dict[str, dict[Answer, int]]:
    return {
        encoding.variables[at].name: {
            value.low: value.high
            for value in encoding.variables[at].values
            if isinstance(value, Interval)
        }
        for at in scope
        if encoding.variables[at].role is Role.NUMBER
    }


def _samples(
    encoding: Encoding, scope: tuple[int, ...]
) -> Iterator[tuple[Row, dict[str, Answer]]]:
    variables = [encoding.variables[at] for at in scope]
    for row in product(*(range(len(each.values)) for each in variables)):
        sample: dict[str, Answer] = {}
        for variable, value in zip(variables, row, strict=True):
            for name, answer in variable.answer(value).items():
                ticked = sample.get(name)
                if isinstance(ticked, list) and isinstance(answer, list):
                    answer = ticked + answer
                sample[name] = answer
        yield row, sample


def _told_apart(
    encoding: Encoding, entries: Sequence[PriceEntry], sample: Mapping[str, Answer]
) -> Any:
    """Return what the entries see of a sample, whatever the quantity."""
    return tuple(
        tuple(
            _seen(encoding, entry, sample, quantity)
            for quantity in _quantities(encoding, entry)
        )
        for entry in entries
    )


def _names_quantity(entry: PriceEntry) -> bool:
    conditions = [entry.when, *(factor.when for factor in entry.factors)]
    return (entry.table is not None and QUANTITY in entry.table.of) or any(
        QUANTITY in names_of(each) for each in conditions if each is not None
    )


def _seen(
    encoding: Encoding, entry: PriceEntry, sample: Mapping[str, Answer], quantity: int
) -> Any:
    if not holds(entry.when, sample, quantity):
        return None
    base = None
    if entry.table is not None:
        base = tuple(sample.get(name) for name in entry.table.of if name != QUANTITY)
    pieces = None
    if _counts_pieces(entry):
        pieces = encoding.definition.pieces.per_unit(sample)
    measured: Any = None
    if entry.basis is PriceBasis.CHARACTER:
        measured = entry.of[0] in sample
    elif entry.basis is PriceBasis.AREA:
        measured = tuple(sample.get(name) for name in entry.of)
    factors = tuple(holds(each.when, sample, quantity) for each in entry.factors)
    return base, pieces, measured, factors


def _amount(
    definition: Definition,
    group: PriceGroup,
    sample: Mapping[str, Answer],
    choices: Mapping[str, Any],
    quantity: int,
    *,
    longest: bool,
) -> int:
    total = 0
    for entry in group.entries:
        answers = dict(sample)
        for name in entry.of:
            if entry.basis is PriceBasis.AREA:
                length = _length(group, name, sample, choices, longest=longest)
                answers[name] = length
            elif answers.get(name):
                most = definition.by_code[name].max_length
                unknown = "x" * (most if longest else 1)
                answers[name] = choices.get(name) or unknown
        total += entry_net(definition, entry, answers, quantity=quantity)
    if abs(total) > MAX_TOTAL:
        raise DefinitionError("prices", f"{total} minor units are too much to reckon")
    return total


def _length(
    group: PriceGroup,
    name: str,
    sample: Mapping[str, Answer],
    choices: Mapping[str, Any],
    *,
    longest: bool,
) -> Answer:
    """Return a length as chosen, where the sample's interval holds it, or an end."""
    chosen: int | None = choices.get(name)
    if name not in group.ends:
        return chosen
    low = sample.get(name)
    if not isinstance(low, int):
        return None
    high = group.ends[name][low]
    if chosen is not None and low <= chosen <= high:
        return chosen
    return high if longest else low
