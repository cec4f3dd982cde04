"""Judges every answer of the engine about one random model by plain enumeration.

`judge` makes the model of a seed and asks the engine everything: what is valid,
implied, the least and the greatest total, how many products, why not, what would help,
how to complete the rest. The judge adds up and counts by `oracle` alone.
"""

import random

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.choices import CompletionError, complete, evaluate
from configurator.engine.explain import explain
from configurator.engine.formats.release_json import read_release
from configurator.engine.pricing import price
from tests.configurator.engine.oracle import (
    QUANTITIES,
    answers_of,
    characteristic,
    random_choices,
    random_product,
)

QUESTIONS = 3
BY_SOLVER = 8  # one model in so many is answered without a diagram


def judge(seed):
    """Ask the engine about the model of a seed; an answer that is wrong raises."""
    rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
    made = random_product(rnd, n_characteristics=rnd.randint(2, 4), n_rules=4)
    definition = read_release(made.document)
    budget = Budget(seconds=0) if seed % BY_SOLVER == 0 else None
    compiled = compile_definition(definition, budget=budget)
    options = [
        (each["code"], option["code"])
        for each in made.document["characteristics"]
        for option in each.get("options", ())
    ]
    for _ in range(QUESTIONS):
        choices = random_choices(rnd, made)
        quantity = rnd.choice(QUANTITIES)
        sold_out = frozenset(
            rnd.sample(options, 1) if options and rnd.random() < 0.3 else ()
        )
        check_state(made, compiled, choices, quantity, sold_out)
        check_completion(made, compiled, choices, quantity)
        wanted = rnd.choice([None, *options])
        if wanted is None or characteristic(made.document, wanted[0])["kind"] != (
            "MULTI"
        ):
            check_explanation(made, compiled, choices, quantity, wanted)


def check_state(made, compiled, choices, quantity, sold_out):
    state = evaluate(compiled, choices, quantity=quantity, unavailable=sold_out)
    products = made.products(choices, quantity, sold_out=sold_out)
    assert state.valid == bool(products)
    if compiled.method == "diagram":
        totals = [made.total(answers, quantity) for answers in products]
        assert state.lowest_total_minor == min(totals, default=None)
        assert state.highest_total_minor == max(totals, default=None)
        assert state.n_products == n_products(products)
    for each in made.document["characteristics"]:
        name = each["code"]
        others = made.products(choices, quantity, without=name, sold_out=sold_out)
        if each["kind"] == "NUMBER":
            check_range(each, state.ranges[name], others)
        if each["kind"] == "TEXT":
            given = [name in answers for answers in others]
            assert state.presence[name].possible == any(given)
            assert state.presence[name].needed == (any(given) and all(given))
        for option in each.get("options", ()):
            found = state.domains[name][option["code"]]
            check_option(
                made, each, option["code"], found, choices, quantity, sold_out, others
            )


def check_option(made, each, option, found, choices, quantity, sold_out, others):
    name = each["code"]
    if each["kind"] == "CHOICE":
        fitting = [answers for answers in others if answers.get(name) == option]
        is_implied = bool(fitting) and len(fitting) == len(others)
        assert found.implied == is_implied, (name, option)
    else:
        picked = {**choices, name: sorted({*choices.get(name, []), option})}
        fitting = made.products(picked, quantity, sold_out=sold_out)
        if name not in choices:
            ticked = [option in answers[name] for answers in others]
            assert found.implied == (any(ticked) and all(ticked)), (name, option)
    assert found.available == bool(fitting), (name, option)
    if found.lowest_total_minor is not None:
        least = min(made.total(answers, quantity) for answers in fitting)
        assert found.lowest_total_minor == least, (name, option)


def check_range(each, ranges, others):
    possible = {answers[each["code"]] for answers in others if each["code"] in answers}
    inside = {
        number
        for number in answers_of(each)
        if number is not None and any(low <= number <= high for low, high in ranges)
    }
    assert inside == possible


def n_products(products):
    """Count as the engine does: of a text only whether it is given."""
    return len(
        {
            tuple(
                (name, True if is_text(value) else value)
                for name, value in sorted(answers.items())
            )
            for answers in products
        }
    )


def is_text(value):
    return isinstance(value, str) and value[:1] == "x"


def check_completion(made, compiled, choices, quantity):
    products = made.products(choices, quantity)
    found, missing = None, tuple[str, ...]()
    try:
        found = complete(compiled, choices, quantity=quantity)
    except CompletionError as error:
        missing = error.missing
    if found is None:
        assert bool(products) == bool(missing)
        return
    assert evaluate(compiled, found, quantity=quantity).complete
    assert {name: found[name] for name in choices} == choices
    if compiled.method != "diagram":
        return
    written = {name for name, value in found.items() if is_text(value)}
    least = min(
        made.total(answers, quantity)
        for answers in products
        if {name for name, value in answers.items() if is_text(value)} <= written
    )
    assert price(compiled, found, quantity=quantity).total_minor == least


def check_explanation(made, compiled, choices, quantity, wanted):
    conflict = explain(compiled, choices, quantity=quantity, wanted=wanted)
    kept = {n: v for n, v in choices.items() if wanted is None or n != wanted[0]}
    asked = {**kept, **({} if wanted is None else dict([wanted]))}
    if made.products(asked, quantity):
        assert not conflict.choices
        assert not conflict.rules
        return
    at_fault = set(conflict.choices)
    codes = [rule.code for rule in conflict.rules]
    assert not is_possible(made, asked, quantity, at_fault, wanted, codes)
    for name in at_fault:
        assert is_possible(made, asked, quantity, at_fault - {name}, wanted, None)
    for code in codes:
        fewer = [each for each in codes if each != code]
        assert is_possible(made, asked, quantity, at_fault, wanted, fewer)
    if compiled.method == "diagram" and at_fault:
        check_repairs(made, conflict.repairs, choices, kept, quantity, wanted)


def is_possible(made, asked, quantity, keep, wanted, codes):
    """Say whether some of the answers go together under some of the rules."""
    held = {*keep, *([] if wanted is None else [wanted[0]])}
    answers = {name: value for name, value in asked.items() if name in held}
    rules = None if codes is None else {code: made.rules[code] for code in codes}
    quantities = (quantity,) if "quantity" in keep else range(1, 13)
    return any(made.products(answers, each, rules=rules) for each in quantities)


def check_repairs(made, repairs, choices, kept, quantity, wanted):
    """Each repair is valid at its price; none cheaper or smaller is overlooked."""
    fixed = {} if wanted is None else dict([wanted])
    before = [made.total(a, quantity) for a in made.products(choices, quantity)]
    totals = []
    for repair in repairs:
        changes = dict(repair.changes)
        later = changes.pop("quantity", quantity)
        least = least_total(made, {**kept, **changes, **fixed}, changes, later)
        assert least is not None
        if before:
            assert repair.price_delta_minor == least - min(before)
        totals.append(least)
    assert totals == sorted(totals)
    fewest = least_changes(made, kept, fixed, quantity)
    sizes = [len(repair.changes) for repair in repairs]
    if fewest is None:
        assert all("quantity" in repair.changes for repair in repairs)
        return
    assert min(sizes) == fewest
    if fewest == 1:
        cheapest = min(single_changes(made, kept, fixed, quantity), default=totals[0])
        assert totals[0] <= cheapest


def least_total(made, answers, changes, quantity):
    """Give the lowest total with changes put in; a removed answer must stay away."""
    gone = {name for name, value in changes.items() if value in (None, "")}
    asked = {name: value for name, value in answers.items() if name not in gone}
    return min(
        (
            made.total(each, quantity)
            for each in made.products(asked, quantity)
            if not gone & set(each)
        ),
        default=None,
    )


def least_changes(made, kept, fixed, quantity):
    """Give the least number of answers that a product has otherwise."""
    found = made.products(fixed, quantity)
    if not found:
        return None
    return min(
        sum(not agrees_with(made, answers, n, v) for n, v in kept.items())
        for answers in found
    )


def agrees_with(made, answers, name, value):
    if is_text(value):
        return name in answers
    return made.agrees(answers, name, value)


def single_changes(made, kept, fixed, quantity):
    """Yield the lowest total of each other answer to one question that would do."""
    for name in kept:
        each = characteristic(made.document, name)
        if each["kind"] == "MULTI":
            continue
        others = [None] if each["kind"] == "TEXT" else answers_of(each)
        for answer in others:
            if answer != kept[name] and (answer is not None or not each["required"]):
                changes = {name: answer}
                least = least_total(
                    made, {**kept, **changes, **fixed}, changes, quantity
                )
                if least is not None:
                    yield least
