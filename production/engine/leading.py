"""Which rule of a flexible line earns most: ratios, colour runs, or none."""

from dataclasses import replace

from production.engine.case import Case, Equipment, Plant
from production.engine.reasons import Reason
from production.engine.simulate import Outcome, simulate

AS_GOOD_PERCENT = 1
"""A rule that saves less of the cost than this might as well not be there."""


def list_priorities(case: Case) -> dict[str, Case]:
    """Give the case under each order of a line's rules; empty without both kinds.

    ``ratio`` minds ratios before colour runs, ``runs`` colour runs first, ``only``
    nothing but them.
    """
    equipment = case.equipment
    colour = equipment.colour
    if not equipment.line_rules or colour is None:
        return {}

    def ranked(ratio_level: int, colour_level: int) -> Equipment:
        rules = tuple(replace(rule, level=ratio_level) for rule in equipment.line_rules)
        level = replace(colour, level=colour_level)
        return replace(equipment, line_rules=rules, colour=level)

    return {
        "ratio": replace(case, equipment=ranked(1, 2)),
        "runs": replace(case, equipment=ranked(2, 1)),
        "only": replace(case, equipment=replace(equipment, line_rules=())),
    }


def simulate_best(case: Case, *, plant: Plant) -> Outcome:
    """Simulate a method; a line by whichever of its rules, put first, costs least."""
    cases = list_priorities(case) if plant.method == "MASS_CUSTOMISATION" else {}
    if not cases:
        return simulate(case, plant=plant)
    outcomes = [simulate(each, plant=plant) for each in cases.values()]
    return min(outcomes, key=lambda outcome: outcome.cost_minor)


def find_leading_rule(case: Case, *, plant: Plant) -> Reason | None:
    """Say which of a line's rules should come first, by what the orders then cost.

    Parameters
    ----------
    plant
        One whose units are sequenced.

    Returns
    -------
    Reason | None
        ``LEADS_RATIO``, ``LEADS_COLOUR`` or ``LEADS_NONE`` with what each saves
        against first come, in percent; ``None`` for equipment without both rules.

    Notes
    -----
    Four simulations. Source: own.
    """
    cases = list_priorities(case)
    if not cases:
        return None
    plain = replace(case.equipment, line_rules=(), colour=None)
    whole = simulate(replace(case, equipment=plain), plant=plant).cost_minor
    cost = {
        name: simulate(each, plant=plant).cost_minor for name, each in cases.items()
    }
    runs = min(cost["runs"], cost["only"])
    saved = {
        "ratio": (whole - cost["ratio"]) * 100 // max(1, whole),
        "colour": (whole - runs) * 100 // max(1, whole),
    }
    if max(saved.values()) < AS_GOOD_PERCENT:
        return Reason("LEADS_NONE", saved)
    return Reason("LEADS_RATIO" if cost["ratio"] <= runs else "LEADS_COLOUR", saved)
