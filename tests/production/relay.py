"""A fifth method: whoever comes last in the crew does everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from production.engine.demand import Demand
from production.engine.methods import job
from production.engine.plan import Fit, Plan, Profile, Shop
from production.engine.reasons import Reason

CODE = "RELAY"


def plan(demands: Sequence[Demand], *, shop: Shop, **how: Any) -> Plan:
    last = replace(shop, people=shop.people[-1:])
    return replace(job.plan(demands, shop=last, **how), method=CODE)


def fit(profile: Profile) -> Fit:
    pieces = {"pieces": profile.per_day}
    return Fit(CODE, is_admissible=True, score=50, reasons=(Reason("FIT_FEW", pieces),))
