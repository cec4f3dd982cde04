"""What quotes that still stand have reserved of the works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orders.selectors.promises import list_claims, list_claims_to_release

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


def get_claims(*, now: datetime, but_line: int | None = None) -> Claims:
    """Add up what all quotes that stand have reserved, but those of one line.

    So have confirmed orders until they are released, but for goods: these are taken
    out of stock when an order is confirmed.
    """
    quoted = list_claims(now=now, but_line=but_line)
    to_release = [
        {name: amount for name, amount in row.items() if not name.startswith(ITEM)}
        for row in list_claims_to_release(but_line=but_line)
    ]
    return read_claims([*quoted, *to_release])


def read_claims(rows: Iterable[Mapping[str, int]]) -> Claims:
    """Add up claims as they were written."""
    sums: dict[str, Counter[str]] = {PLACE: Counter(), LOAD: Counter(), ITEM: Counter()}
    for row in rows:
        for name, amount in row.items():
            kind, _, code = name.partition(":")
            if kind in sums:
                sums[kind][code] += amount
    return Claims(sums[PLACE], sums[LOAD], sums[ITEM])
