"""Factory time: one offset and one rate for everything that asks for *now*."""

from datetime import datetime

from configurator.models import FactoryClock


def factory_now(*, real_now: datetime) -> datetime:
    """Give the factory's time at a real instant; without a clock row they agree."""
    clock = FactoryClock.objects.filter(id=1).first()
    if clock is None:
        return real_now
    return clock.factory_at + (real_now - clock.real_at) * clock.rate_per_mille / 1000
