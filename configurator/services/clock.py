"""Setting the factory clock."""

from datetime import datetime

from configurator.models import FactoryClock


def set_factory_clock(
    *, real_now: datetime, factory_at: datetime, rate_per_mille: int = 1000
) -> None:
    """Let factory time be ``factory_at`` now and run at the given rate."""
    clock = {
        "real_at": real_now,
        "factory_at": factory_at,
        "rate_per_mille": rate_per_mille,
    }
    if not FactoryClock.objects.filter(id=1).update(**clock):
        FactoryClock.objects.update_or_create(id=1, defaults=clock)
