"""A customer's catalogue for measuring: 30 characteristics of 20 options, with prices.

Rules and surcharges look at characteristics that stand near each other on the form,
as an admin writes them; a few look across all of it.
"""

from __future__ import annotations

import random
from typing import Any

N_CHARACTERISTICS, N_OPTIONS = 30, 20
N_RULES, N_SURCHARGES = 40, 20
NEAR, FAR_SHARE = 4, 0.1
OPTIONS = [f"O{at:02d}" for at in range(N_OPTIONS)]
NAMES = [f"c{at:02d}" for at in range(N_CHARACTERISTICS)]


def catalogue(seed: int) -> dict[str, Any]:
    """Make the release document of a seed."""
    rnd = random.Random(seed)  # noqa: S311 -- a benchmark's model
    return {
        "format": "lot-one-release/1",
        "product": "catalogue",
        "release": str(seed),
        "kind": "CONFIGURABLE",
        "name": {"en": "Catalogue"},
        "quantity": {"min": 1, "max": 500},
        "characteristics": [
            {
                "code": name,
                "kind": "CHOICE",
                "options": [{"code": code} for code in OPTIONS],
            }
            for name in NAMES
        ],
        "rules": [
            {"code": f"R{at}", "text": _rule(rnd), "reason": {"en": "So it is."}}
            for at in range(N_RULES)
        ],
        "prices": {
            "entries": [
                {"code": "BASE", "basis": "UNIT", "amount_minor": 10_000},
                *(_price(rnd, name) for name in NAMES),
                *(_surcharge(rnd, at) for at in range(N_SURCHARGES)),
            ],
            "breaks": [{"from": 10, "discount_bp": 500}],
        },
    }


def _pair(rnd: random.Random) -> tuple[str, str]:
    one = rnd.randrange(N_CHARACTERISTICS)
    reach = N_CHARACTERISTICS if rnd.random() < FAR_SHARE else NEAR
    near = range(max(0, one - reach), min(N_CHARACTERISTICS, one + reach + 1))
    return NAMES[one], NAMES[rnd.choice([at for at in near if at != one])]


def _some(rnd: random.Random, n: int) -> str:
    return ", ".join(rnd.sample(OPTIONS, n))


def _rule(rnd: random.Random) -> str:
    one, other = _pair(rnd)
    match rnd.randrange(3):
        case 0:
            return f"{one} in {{{_some(rnd, 3)}}} => {other} in {{{_some(rnd, 10)}}}"
        case 1:
            return (
                f"{one} = {rnd.choice(OPTIONS)} requires {other} in {{{_some(rnd, 6)}}}"
            )
        case _:
            return (
                f"{one} = {rnd.choice(OPTIONS)} excludes {other} in {{{_some(rnd, 4)}}}"
            )


def _price(rnd: random.Random, name: str) -> dict[str, Any]:
    rows = [[code, rnd.randrange(5_000)] for code in OPTIONS]
    table = {"of": [name], "rows": rows}
    return {"code": name.upper(), "basis": "UNIT", "table": table}


def _surcharge(rnd: random.Random, at: int) -> dict[str, Any]:
    one, other = _pair(rnd)
    when = f"{one} = {rnd.choice(OPTIONS)} & {other} = {rnd.choice(OPTIONS)}"
    amount = rnd.randrange(100, 900)
    return {"code": f"S{at}", "basis": "UNIT", "amount_minor": amount, "when": when}
