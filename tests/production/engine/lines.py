"""The lines of the demo factory as plain values, and mixes drawn by a seed."""

import random

from production.engine.demand import ColourRule, LineRule, Unit


def one_of(attribute, *values):
    return {attribute: frozenset(values)}


CAR_RULES = (
    LineRule("ROOF", one_of("roof", "SUNROOF"), 1, 3),
    LineRule("TOW", one_of("tow", "FIXED", "SWIVEL"), 1, 2),
    LineRule("BATTERY", one_of("engine", "HYBRID", "EV"), 1, 2),
    LineRule("SEATS", one_of("seats", "LEATHER"), 2, 3),
    LineRule("MASK", one_of("colour", "TWOTONE"), 1, 5),
    LineRule("AWD", one_of("drive", "AWD"), 1, 2),
)
CAR_COLOUR = ColourRule("colour", max_run=10)
CAR_SHARES = {
    "roof": ("SUNROOF", "STEEL", 28),
    "tow": ("FIXED", "NONE", 35),
    "engine": ("EV", "P110", 42),
    "seats": ("LEATHER", "CLOTH", 55),
    "drive": ("AWD", "FWD", 38),
}
SHOE_RULES = (
    LineRule("STITCH", one_of("stitching", "CONTRAST"), 2, 5),
    LineRule("MONOGRAM", one_of("monogram", "YES"), 1, 2),
    LineRule("GUM", one_of("sole", "GUM"), 1, 3),
    LineRule("HIGH", one_of("model", "HIGH"), 1, 2),
)
SHOE_COLOUR = ColourRule("colour", max_run=8)
SHOE_SHARES = {
    "stitching": ("CONTRAST", "MATCH", 34),
    "monogram": ("YES", "NO", 40),
    "sole": ("GUM", "WHITE", 27),
    "model": ("HIGH", "LOW", 40),
}


def draw(rng, n, shares):
    """Spread each share exactly over n units, each on its own."""
    columns = {}
    for name, (marked, plain, percent) in shares.items():
        n_marked = n * percent // 100
        column = [marked] * n_marked + [plain] * (n - n_marked)
        rng.shuffle(column)
        columns[name] = column
    return columns


def cars(seed, n=45):
    rng = random.Random(seed)  # noqa: S311 -- a seeded mix
    columns = draw(rng, n, CAR_SHARES)
    n_two_tone = n * 12 // 100
    colours = ["TWOTONE"] * n_two_tone
    colours += [f"C{place % 7}" for place in range(n - n_two_tone)]
    rng.shuffle(colours)
    return units_of(columns | {"colour": colours}, n)


def shoes(seed, n=150):
    rng = random.Random(seed)  # noqa: S311 -- a seeded mix
    columns = draw(rng, n, SHOE_SHARES)
    columns["colour"] = [f"C{rng.randrange(8)}" for _ in range(n)]
    return units_of(columns, n)


def units_of(columns, n):
    return [
        Unit(place, {name: column[place] for name, column in columns.items()})
        for place in range(n)
    ]
