"""Two releases brought into one set of variables, so that they can be compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd

from configurator.engine.expression import (
    QUANTITY,
    And,
    Expression,
    Group,
    Has,
    Iff,
    Implies,
    In,
    Linear,
    Not,
    Or,
    Present,
    Table,
)
from configurator.engine.model import (
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    QuantityRange,
    Rule,
)

MAX_LISTED = 4_096
BEFORE, AFTER = "before", "after"
Limits = Characteristic | QuantityRange


@dataclass(frozen=True, slots=True)
class Merged:
    """Two releases over the same variables.

    Attributes
    ----------
    definition
        Has every characteristic of both with the answers of both. Those that only
        one release has, or that cannot be matched, stand there by names of their own.
        Its rules are those of both sides and what each side's answers are, with codes
        that begin with ``before:`` or ``after:``.
    shared
        The characteristics that are compared.
    unmatched
        Those that both have, but of different kinds or with numbers that do not fit.
    """

    definition: Definition
    shared: tuple[str, ...]
    unmatched: tuple[str, ...]


def merge(
    before: Definition,
    after: Definition,
    rules_before: Iterable[Rule],
    rules_after: Iterable[Rule],
) -> Merged:
    """Bring two releases of a product together, each with the rules in force.

    Raises
    ------
    DefinitionError
        If their quantities go in different steps and are too many to be listed.
    """
    shared = dict(_shared(before, after))
    quantity = _quantities(before.quantity, after.quantity)
    characteristics = list(shared.values())
    rules: list[Rule] = []
    for side, definition, in_force in (
        (BEFORE, before, rules_before),
        (AFTER, after, rules_after),
    ):
        own = [each for each in definition.characteristics if each.code not in shared]
        names = {each.code: f"{side}:{at}" for at, each in enumerate(own)}
        characteristics += [_loose(each, names[each.code]) for each in own]
        said = [
            *_domains(definition, shared, quantity),
            *(rule.expression for rule in in_force),
        ]
        rules += [
            Rule(f"{side}:{at}", renamed(expression, names))
            for at, expression in enumerate(said)
        ]
    about = after.product, after.release, after.kind
    merged = Definition(*about, tuple(characteristics), tuple(rules), quantity=quantity)
    both = [code for code in after.by_code if code in before.by_code]
    return Merged(merged, tuple(shared), tuple(c for c in both if c not in shared))


def _shared(
    before: Definition, after: Definition
) -> Iterator[tuple[str, Characteristic]]:
    for each in after.characteristics:
        if each.code in before.by_code:
            found = _both(before.by_code[each.code], each)
            if found is not None:
                yield each.code, found


def _domains(
    definition: Definition,
    shared: Mapping[str, Characteristic],
    quantity: QuantityRange,
) -> Iterator[Expression]:
    """Say as conditions what answers a release knows, and which it asks for."""
    yield And(tuple(_within(QUANTITY, definition.quantity, quantity)))
    for each in definition.characteristics:
        yield from _domain(each, shared.get(each.code, each))


def _loose(each: Characteristic, code: str) -> Characteristic:
    """Return a characteristic that may be left open and limits no number of ticks."""
    return replace(
        each, code=code, required=False, default=None, at_least=0, at_most=None
    )


def _both(before: Characteristic, after: Characteristic) -> Characteristic | None:
    """Return a characteristic with the answers of both, or None where none fits."""
    if before.kind is not after.kind:
        return None
    loose = _loose(after, after.code)
    if after.kind in (Kind.CHOICE, Kind.MULTI):
        gone = [o for o in before.options if o.code not in after.positions]
        return replace(loose, options=(*after.options, *gone))
    if after.kind is Kind.NUMBER:
        low, high, step = _span(before, after)
        found = replace(loose, minimum=low, maximum=high, step=step)
        fits = all(
            _is_even(each, found) or len(_numbers(each)) <= MAX_LISTED
            for each in (before, after)
        )
        return found if fits else None
    return loose


def _quantities(before: QuantityRange, after: QuantityRange) -> QuantityRange:
    apart = abs(before.minimum - after.minimum)
    if (
        before.values
        or after.values
        or before.step != after.step
        or (apart % after.step)
    ):
        if len(_numbers(before)) + len(_numbers(after)) <= MAX_LISTED:
            values = {*_numbers(before), *_numbers(after)}
            return QuantityRange(values=tuple(sorted(values)))
        message = f"more than {MAX_LISTED} quantities in other steps than before"
        raise DefinitionError("quantity", message)
    low, high, step = _span(before, after)
    return QuantityRange(low, high, step)


def _span(before: Limits, after: Limits) -> tuple[int, int, int]:
    low = min(before.minimum, after.minimum)
    apart = abs(before.minimum - after.minimum)
    step = gcd(before.step, after.step, apart)
    return low, max(before.maximum, after.maximum), step


def _numbers(limits: Limits) -> Sequence[int]:
    if isinstance(limits, QuantityRange) and limits.values:
        return limits.values
    return range(limits.minimum, limits.maximum + 1, limits.step)


def _is_even(limits: Limits, merged: Limits) -> bool:
    """Say whether the limits admit all merged numbers between their two ends."""
    if isinstance(limits, QuantityRange) and limits.values:
        return False
    if isinstance(merged, QuantityRange) and merged.values:
        inside = [n for n in merged.values if limits.minimum <= n <= limits.maximum]
        return all(map(limits.admits, inside))
    return limits.step == merged.step


def _within(name: str, limits: Limits, merged: Limits) -> Iterator[Expression]:
    if _is_even(limits, merged):
        yield Linear(((name, 1),), ">=", limits.minimum)
        yield Linear(((name, 1),), "<=", limits.maximum)
    else:
        yield In(name, tuple(map(str, _numbers(limits))))


def _domain(each: Characteristic, merged: Characteristic) -> Iterator[Expression]:
    """Say what answers to one question a release knows."""
    given = Present(each.code)
    match each.kind:
        case Kind.CHOICE:
            known = In(each.code, tuple(each.positions))
            yield known if each.required else Or((known, Not(given)))
        case Kind.NUMBER:
            within = And(tuple(_within(each.code, each, merged)))
            yield within if each.required else Or((within, Not(given)))
        case Kind.MULTI:
            ticks = tuple(Has(each.code, code) for code in each.positions)
            yield Group(each.at_least, each.at_most, ticks)
            for code in merged.positions:
                if code not in each.positions:
                    yield Not(Has(each.code, code))
        case _ if each.required:
            yield given


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """Return an expression with some characteristics under other names."""

    def new(name: str) -> str:
        return names.get(name, name)

    def parts(old: Sequence[Expression]) -> tuple[Expression, ...]:
        return tuple(renamed(part, names) for part in old)

    match expression:
        case In() | Has() | Present():
            return replace(expression, name=new(expression.name))
        case Linear(terms):
            return replace(expression, terms=tuple((new(n), k) for n, k in terms))
        case Table(of):
            return replace(expression, of=tuple(map(new, of)))
        case Not(part):
            return Not(renamed(part, names))
        case Implies(left, right) | Iff(left, right):
            return type(expression)(*parts((left, right)))
        case And() | Or() | Group():
            return replace(expression, parts=parts(expression.parts))
