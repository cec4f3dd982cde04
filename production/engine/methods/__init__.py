"""The operations methods: code to dotted path, loaded on first use."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from production.engine.budget import Budget, OnProgress, ShouldStop
from production.engine.demand import Demand
from production.engine.plan import Fit, Plan, Profile, Shop

METHODS: Mapping[str, str] = {
    "JOB": "production.engine.methods.job",
    "BATCH": "production.engine.methods.batch",
    "FLOW": "production.engine.methods.flow",
    "MASS_CUSTOMISATION": "production.engine.methods.mass_customisation",
}


class MethodError(LookupError):
    """Raised when a method is asked for that does not exist."""


class Method(Protocol):
    """What every module named in ``METHODS`` offers."""

    def plan(
        self,
        demands: Sequence[Demand],
        *,
        shop: Shop,
        now_s: int,
        previous: Plan | None = None,
        budget: Budget | None = None,
        seed: int = 0,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Plan:
        """Plan demands in a shop; each quantity is planned or told why not."""

    def fit(self, profile: Profile) -> Fit:
        """Say whether the method can make it, how well, and why."""


def get_method(code: str) -> Method:
    """Load a method by its code; the code must be one of ``METHODS``."""
    if code not in METHODS:
        raise MethodError(f"no method {code!r}; there are {', '.join(METHODS)}")
    return cast("Method", import_module(METHODS[code]))
