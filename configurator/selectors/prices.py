"""What a pinned configuration costs in the release that it is pinned to."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from configurator.engine.model import Definition
from configurator.engine.pricing import Price, price
from configurator.models import User
from configurator.selectors.releases import LiveRelease, release_by_id
from configurator.selectors.roles import account_of

__all__ = ["Price", "lowest_unit_price", "price_configuration", "pricing_account"]


def price_configuration(
    *, release_id: int, choices: Mapping[str, Any], quantity: int, account: str = ""
) -> Price:
    """Price complete choices; of a bespoke product it is an estimate."""
    definition = release_by_id(release_id).definition
    return price(definition, choices, quantity=quantity, account=account)


def pricing_account(*, user: User | None, definitions: Iterable[Definition]) -> str:
    """Name the account whose prices count; no query where no price asks for one."""
    if user is None or not any(each.prices.for_accounts for each in definitions):
        return ""
    return account_of(user)


def lowest_unit_price(*, release: LiveRelease, account: str) -> int | None:
    """Give the least that one unit costs an account, of goods without choices.

    None where the account pays what everybody pays.
    """
    definition = release.definition
    kinds = {each.account for each in definition.prices.for_accounts}
    if definition.characteristics or account not in kinds:
        return None
    return _lowest_unit_price(release.definition_sha256, release.release_id, account)


@lru_cache(maxsize=256)
def _lowest_unit_price(_sha256: str, release_id: int, account: str) -> int:
    definition = release_by_id(release_id).definition
    allowed = definition.quantity
    steps = range(allowed.minimum, allowed.maximum + 1, allowed.step)
    return min(
        -(-price(definition, {}, quantity=each, account=account).total_minor // each)
        for each in allowed.values or steps
    )
