"""What quotes that still stand have reserved of the works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orders.selectors.promises import Claim, list_claims, list_claims_to_release
from production.engine.ahead import Ahead

PLACE, LOAD, ITEM = "place", "load", "item"


@dataclass(frozen=True, slots=True)
class Claims:
    """Seconds of work by place, load in thousandths by batch, goods by item."""

    work_s: Mapping[str, int] = field(default_factory=dict)
    load_milli: Mapping[str, int] = field(default_factory=dict)
    goods: Mapping[str, int] = field(default_factory=dict)

    def written(self) -> dict[str, int]:
        """Write them as a promise keeps them."""
        parts = ((PLACE, self.work_s), (LOAD, self.load_milli), (ITEM, self.goods))
        return {
            f"{kind}:{code}": amount
            for kind, claimed in parts
            for code, amount in claimed.items()
        }


@dataclass(frozen=True, slots=True)
class Reserved:
    """Claims added up: work by place with its earliest begin, loads and goods."""

    ahead: Sequence[tuple[str, Ahead]] = ()
    load_milli: Mapping[str, int] = field(default_factory=dict)
    goods: Mapping[str, int] = field(default_factory=dict)


def get_claims(*, now: datetime, but_line: int | None = None) -> Reserved:
    """Add up what all quotes that stand have reserved, but those of one line.

    So have confirmed orders until they are released, but for goods: these are taken
    out of stock when an order is confirmed.
    """
    quoted = list_claims(now=now, but_line=but_line)
    to_release = [
        Claim(_without_goods(each.claims), each.begins_at)
        for each in list_claims_to_release(but_line=but_line)
    ]
    return read_claims([*quoted, *to_release], now=now)


def read_claims(rows: Iterable[Claim], *, now: datetime) -> Reserved:
    """Add up claims as they were written, and say from when they take up a place."""
    ahead: list[tuple[str, Ahead]] = []
    sums: dict[str, Counter[str]] = {LOAD: Counter(), ITEM: Counter()}
    for row in rows:
        from_at = max(now, row.begins_at or now)
        for name, amount in row.claims.items():
            kind, _, code = name.partition(":")
            if kind == PLACE:
                ahead.append((code, Ahead(amount, from_at)))
            elif kind in sums:
                sums[kind][code] += amount
    return Reserved(ahead, sums[LOAD], sums[ITEM])


def _without_goods(claims: Mapping[str, int]) -> Mapping[str, int]:
    return {name: n for name, n in claims.items() if not name.startswith(f"{ITEM}:")}
