"""How the lines of an order may reach the customer, and why not otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from configurator.models import CatalogueRelease
from configurator.selectors.conditions import is_condition_true
from configurator.selectors.releases import release_by_id
from orders.states import Delivery

SHIPPED = (Delivery.CARRIER, Delivery.VAN, Delivery.COLLECTION)
ALL = (Delivery.DOWNLOAD, *SHIPPED)
# Whoever fetches it takes it where they like.
FREE_OF_BORDERS = (Delivery.DOWNLOAD, Delivery.COLLECTION)


@dataclass(frozen=True, slots=True)
class OrderRule:
    """Configurations of a kind that only some deliveries suit, or some countries."""

    when: str | None
    deliveries: frozenset[str]
    not_to: frozenset[str]
    is_for_trade: bool
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What a release says of deliveries."""

    deliveries: frozenset[str]
    rules: tuple[OrderRule, ...]


@dataclass(frozen=True, slots=True)
class AllowedDeliveries:
    """The deliveries that one line allows; reasons by delivery that it does not.

    ``not_to`` gives the reason for each country that it is not sent to, ``for_trade``
    why it needs a trade account, if it does.
    """

    allowed: frozenset[str]
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_to: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    for_trade: Mapping[str, str] | None = None

    @property
    def is_download(self) -> bool:
        return Delivery.DOWNLOAD in self.allowed


def get_terms(release_id: int) -> DeliveryTerms:
    """Give a published release's terms; they never change, so they are kept."""
    release = release_by_id(release_id)
    return _read_terms(release.definition_sha256, release_id)


@lru_cache(maxsize=512)
def _read_terms(definition_sha256: str, release_id: int) -> DeliveryTerms:
    rows = CatalogueRelease.objects.filter(pk=release_id)
    deliveries, rules = rows.values_list(
        "definition__deliveries", "definition__order_rules"
    ).get()
    return DeliveryTerms(
        deliveries=_known(deliveries),
        rules=tuple(_read_rule(rule) for rule in rules or ()),
    )


def allowed_deliveries(
    *, release_id: int, choices: Mapping[str, Any], quantity: int
) -> AllowedDeliveries:
    """Find the deliveries for one line; collection at the works always is allowed."""
    terms = get_terms(release_id)
    allowed = set(terms.deliveries)
    reasons: dict[str, Mapping[str, str]] = {}
    not_to: dict[str, Mapping[str, str]] = {}
    for_trade: Mapping[str, str] | None = None
    for rule in terms.rules:
        if rule.when and not is_condition_true(rule.when, choices, quantity=quantity):
            continue
        for refused in {*ALL} - rule.deliveries:
            reasons.setdefault(str(refused), rule.reason)
        allowed &= rule.deliveries
        not_to |= dict.fromkeys(rule.not_to, rule.reason)
        for_trade = rule.reason if rule.is_for_trade else for_trade
    return AllowedDeliveries(
        frozenset(allowed | {Delivery.COLLECTION}), reasons, not_to, for_trade
    )


def first_common(lines: Sequence[AllowedDeliveries]) -> str:
    """Choose the first delivery that every line allows; files go along with any."""
    shipped = [line for line in lines if not line.is_download] or lines
    return next(str(way) for way in ALL if all(way in line.allowed for line in shipped))


def _known(names: Sequence[str] | None) -> frozenset[str]:
    """Take the deliveries that exist; where none is named, all that ship."""
    if names:
        return frozenset(str(way) for way in ALL) & frozenset(names)
    return frozenset(str(way) for way in SHIPPED)


def _read_rule(rule: Mapping[str, Any]) -> OrderRule:
    return OrderRule(
        when=rule.get("when") or None,
        deliveries=_known(rule.get("deliveries"))
        if rule.get("deliveries")
        else frozenset(str(way) for way in ALL),
        not_to=frozenset(rule.get("not_to") or ()),
        is_for_trade=rule.get("account") == "TRADE",
        reason=rule.get("reason") or {},
    )
