"""Small random products and plain enumeration of all their configurations.

Nothing here uses the engine: rules come as text together with a function that decides
them, prices are added up anew.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, combinations, product
from math import floor
from typing import Any

QUANTITIES = (1, 2, 5, 10, 12)


@dataclass
class Product:
    """A release document with the functions that decide its rules and prices."""

    document: dict[str, Any]
    rules: dict[str, Any]
    prices: list[Any]
    breaks: list[Any]
    everything: list[Any] = field(default_factory=list)

    def __post_init__(self):
        self.everything = list(enumerate_answers(self.document))

    def products(self, choices, quantity, *, without=None, rules=None, sold_out=()):
        """List all configurations that agree with the choices."""
        kept = {name: v for name, v in choices.items() if name != without and v != ""}
        chosen = self.rules if rules is None else rules
        return [
            answers
            for answers in self.everything
            if all(agrees(self.document, answers, n, v) for n, v in kept.items())
            and not any(has(answers, name, option) for name, option in sold_out)
            and all(rule(answers, quantity) for rule in chosen.values())
        ]

    def agrees(self, answers, name, value):
        """Say whether a configuration keeps one choice."""
        return agrees(self.document, answers, name, value)

    def total(self, answers, quantity):
        """Add the price up in fractions, one rounding an entry."""
        total = 0
        earned = max((bp for start, bp in self.breaks if quantity >= start), default=0)
        for entry in self.prices:
            amount = entry["amount"](answers, quantity)
            total += amount
            if entry["basis"] != "ORDER":
                total -= floor(Fraction(amount * earned, 10_000))
        return total


def characteristic(document, name):
    return next(c for c in document["characteristics"] if c["code"] == name)


def has(answers, name, option):
    value = answers.get(name)
    return option in value if isinstance(value, tuple) else option == value


def agrees(document, answers, name, value):
    """Say whether a configuration keeps a choice; a short list only asks for more."""
    given = answers.get(name)
    if isinstance(value, list):
        least = characteristic(document, name).get("at_least", 0)
        if len(value) < least:
            return set(value) <= set(given)
        return set(value) == set(given)
    return given == value


def enumerate_answers(document):
    axes = [answers_of(each) for each in document["characteristics"]]
    names = [each["code"] for each in document["characteristics"]]
    for row in product(*axes):
        yield {
            n: value for n, value in zip(names, row, strict=True) if value is not None
        }


def answers_of(each):
    nothing = [] if each["required"] else [None]
    if each["kind"] == "CHOICE":
        return [option["code"] for option in each["options"]] + nothing
    if each["kind"] == "MULTI":
        codes = [option["code"] for option in each["options"]]
        most = each["at_most"] if each["at_most"] is not None else len(codes)
        return list(
            chain.from_iterable(
                combinations(codes, n) for n in range(each["at_least"], most + 1)
            )
        )
    if each["kind"] == "NUMBER":
        return [*range(each["min"], each["max"] + 1, each["step"]), *nothing]
    if each["kind"] == "TEXT":
        return ["x" * n for n in range(1, each["max_length"] + 1)] + nothing
    raise AssertionError(each["kind"])


def random_product(rnd, *, n_characteristics=4, n_rules=3, priced=True):
    """Make a product; `rnd` decides everything."""
    characteristics = [
        random_characteristic(rnd, f"c{at}") for at in range(n_characteristics)
    ]
    document: dict[str, Any] = {
        "format": "lot-one-release/1",
        "product": "random",
        "release": "1",
        "kind": "CONFIGURABLE",
        "quantity": {"min": 1, "max": 12},
        "characteristics": characteristics,
        "rules": [],
    }
    rules = {}
    for at in range(rnd.randint(0, n_rules)):
        text, decide = random_condition(rnd, characteristics, depth=2)
        rules[f"R{at}"] = decide
        document["rules"].append({"code": f"R{at}", "text": text})
    prices, breaks = [], []
    if priced:
        entries = []
        for at in range(rnd.randint(1, 4)):
            entry, reckon = random_entry(rnd, characteristics, f"P{at}")
            entries.append(entry)
            prices.append(reckon)
        breaks = rnd.choice([[], [(5, 500)], [(5, 333), (10, 1250)]])
        document["prices"] = {
            "entries": entries,
            "breaks": [{"from": n, "discount_bp": bp} for n, bp in breaks],
        }
    return Product(document, rules, prices, breaks)


def random_characteristic(rnd, code):
    kind = rnd.choice(["CHOICE", "CHOICE", "CHOICE", "MULTI", "NUMBER", "TEXT"])
    made = {"code": code, "kind": kind, "required": rnd.random() < 0.7}
    if kind in ("CHOICE", "MULTI"):
        n = rnd.randint(1, 4 if kind == "CHOICE" else 3)
        made["options"] = [
            {"code": f"{code.upper()}_{at}", "popularity": rnd.randint(0, 9)}
            for at in range(n)
        ]
    if kind == "MULTI":
        made["required"] = True
        made["at_least"] = rnd.randint(0, 1)
        made["at_most"] = rnd.choice([None, len(made["options"])])
    if kind == "NUMBER":
        made |= {"min": rnd.randint(0, 3), "step": rnd.randint(1, 2)}
        made["max"] = made["min"] + rnd.randint(0, 4)
    if kind == "TEXT":
        made |= {"max_length": 2, "required": False}
    return made


def random_condition(rnd, characteristics, depth):
    if depth == 0 or rnd.random() < 0.2:
        return random_atom(rnd, characteristics)
    (a, f), (b, g) = (
        random_condition(rnd, characteristics, depth - 1) for _ in range(2)
    )
    made = {
        "&": lambda c, q: f(c, q) and g(c, q),
        "|": lambda c, q: f(c, q) or g(c, q),
        "=>": lambda c, q: not f(c, q) or g(c, q),
        "requires": lambda c, q: not f(c, q) or g(c, q),
        "excludes": lambda c, q: not (f(c, q) and g(c, q)),
        "<=>": lambda c, q: f(c, q) == g(c, q),
    }
    operator = rnd.choice([*made, "!", "group"])
    if operator == "!":
        return f"!({a})", lambda c, q: not f(c, q)
    if operator == "group":
        low = rnd.randint(0, 2)
        high = rnd.randint(low, 2)
        return f"[{low}..{high}]{{{a}, {b}}}", (
            lambda c, q: low <= f(c, q) + g(c, q) <= high
        )
    return f"({a}) {operator} ({b})", made[operator]


def random_atom(rnd, characteristics):
    each = rnd.choice(characteristics)
    name = each["code"]
    if rnd.random() < 0.1:
        least = rnd.choice(QUANTITIES)
        return f"quantity >= {least}", lambda c, q: q >= least
    if each["kind"] == "CHOICE":
        return choice_atom(rnd, characteristics, each)
    if each["kind"] == "MULTI":
        option = rnd.choice(each["options"])["code"]
        return rnd.choice(
            [
                (f"{name} has {option}", lambda c, q: option in c[name]),
                (name, lambda c, q: len(c[name]) > 0),
            ]
        )
    if each["kind"] == "NUMBER":
        return number_atom(rnd, characteristics, each)
    return name, lambda c, q: name in c


def choice_atom(rnd, characteristics, each):
    name = each["code"]
    codes = [option["code"] for option in each["options"]]
    some = rnd.sample(codes, rnd.randint(1, len(codes)))
    choices = [e for e in characteristics if e["kind"] == "CHOICE" and e is not each]
    if choices and rnd.random() < 0.3:
        other = rnd.choice(choices)
        rows = list(product(codes, [o["code"] for o in other["options"]]))
        kept = rnd.sample(rows, rnd.randint(1, len(rows)))
        text = " | ".join(",".join(row) for row in kept)
        allowed = rnd.random() < 0.7
        return (
            f"({'' if allowed else 'not '}table({name}, {other['code']}): {text})",
            lambda c, q: ((c.get(name), c.get(other["code"])) in kept) == allowed,
        )
    return rnd.choice(
        [
            (f"{name} = {some[0]}", lambda c, q: c.get(name) == some[0]),
            (f"{name} != {some[0]}", lambda c, q: c.get(name) != some[0]),
            (f"{name} in {{{', '.join(some)}}}", lambda c, q: c.get(name) in some),
            (
                f"{name} not in {{{', '.join(some)}}}",
                lambda c, q: c.get(name) not in some,
            ),
        ]
    )


def number_atom(rnd, characteristics, each):
    name, number = each["code"], rnd.randint(0, 7)
    others = [e for e in characteristics if e["kind"] == "NUMBER" and e is not each]
    if others and rnd.random() < 0.5:
        other = rnd.choice(others)["code"]
        return (
            f"{name} * 2 <= {other} + {number}",
            lambda c, q: name in c and other in c and c[name] * 2 <= c[other] + number,
        )
    return rnd.choice(
        [
            (f"{name} <= {number}", lambda c, q: name in c and c[name] <= number),
            (f"{name} * 2 > {number}", lambda c, q: name in c and c[name] * 2 > number),
            (f"{name} = {number}", lambda c, q: c.get(name) == number),
        ]
    )


def random_entry(rnd, characteristics, code):
    basis = rnd.choice(["UNIT", "UNIT", "ORDER", "CHARACTER"])
    texts = [e["code"] for e in characteristics if e["kind"] == "TEXT"]
    if basis == "CHARACTER" and not texts:
        basis = "UNIT"
    amount = rnd.randint(0 if basis == "CHARACTER" else -200, 2000)
    entry = {"code": code, "basis": basis, "amount_minor": amount, "factors": []}
    decide = always = lambda c, q: True
    if rnd.random() < 0.7:
        entry["when"], decide = random_condition(
            rnd, characteristics, rnd.randint(0, 1)
        )
    factor_holds, bp = always, 10_000
    if rnd.random() < 0.3:
        text, factor_holds = random_atom(rnd, characteristics)
        bp = rnd.randint(9_000, 15_000)
        entry["factors"].append({"when": text, "bp": bp})
    table = None
    choices = [e for e in characteristics if e["kind"] == "CHOICE" and e["required"]]
    if choices and basis != "CHARACTER" and rnd.random() < 0.3:
        name = rnd.choice(choices)["code"]
        table = table_entry(rnd, characteristics, entry, name)
    text = texts[0] if basis == "CHARACTER" else None
    if text is not None:
        entry["of"] = text

    def reckon(c, q):
        if not decide(c, q):
            return 0
        base = amount if table is None else table(c, q)
        exact = Fraction(base * bp, 10_000) if factor_holds(c, q) else Fraction(base)
        rounded = floor(exact + Fraction(1, 2))
        times = {"ORDER": 1, "UNIT": q}.get(basis)
        return rounded * (len(c.get(text, "")) * q if times is None else times)

    return entry, {"basis": basis, "amount": reckon}


def table_entry(rnd, characteristics, entry, name):
    starts = (1, 5)
    each = next(e for e in characteristics if e["code"] == name)
    amounts = {
        (start, option["code"]): rnd.randint(0, 500)
        for start in starts
        for option in each["options"]
    }
    entry["table"] = {
        "of": ["quantity", name],
        "rows": [
            [start, option, amount] for (start, option), amount in amounts.items()
        ],
    }
    return lambda c, q: amounts[5 if q >= 5 else 1, c[name]]


def random_choices(rnd, made):
    """Pick answers, possibly in conflict."""
    choices = {}
    for each in made.document["characteristics"]:
        if rnd.random() < 0.5:
            continue
        answer = rnd.choice(answers_of(each))
        if answer is not None:
            choices[each["code"]] = (
                list(answer) if isinstance(answer, tuple) else answer
            )
    return choices
