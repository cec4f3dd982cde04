"""What quotes that still stand have reserved of the works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orders.selectors.promises import Claim, list_claims, list_claims_to_release
from production.engine.ahead import Ahead
from production.models import StockAllocation
from production.states import AllocationState

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
    out of stock when an order is confirmed, or held when it is placed.
    """
    quoted = list_claims(now=now, but_line=but_line)
    held = _list_held([each.line_id for each in quoted if _has_goods(each)])
    to_release = list_claims_to_release(but_line=but_line)
    rows = [
        *(_without_goods(each) if each.line_id in held else each for each in quoted),
        *map(_without_goods, to_release),
    ]
    return read_claims(rows, now=now)


def _list_held(line_ids: Collection[int]) -> set[int]:
    """List the lines whose goods the stock itself holds."""
    if not line_ids:
        return set()
    rows = StockAllocation.objects.filter(
        order_line__in=line_ids, state=AllocationState.HELD
    )
    return set(rows.values_list("order_line_id", flat=True))


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


def _has_goods(claim: Claim) -> bool:
    return any(name.startswith(f"{ITEM}:") for name in claim.claims)


def _without_goods(claim: Claim) -> Claim:
    kept = {n: each for n, each in claim.claims.items() if not n.startswith(f"{ITEM}:")}
    return claim._replace(claims=kept)
