"""Say which demands nearly made it into a load, and why they are out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from production.engine.demand import NEVER_S, Attribute, Demand, Key
from production.engine.loads import Lot, NearMiss, Proposal, load_scale
from production.engine.reasons import Reason

N_NEAR_MISSES = 8

Draft = tuple[Proposal, list[Lot]]


def with_near_misses(drafts: list[Draft], *, scale: int) -> list[Proposal]:
    """Say of each proposal which demands are nearly in, and why they are out.

    At most ``N_NEAR_MISSES`` for each: first those of its own family, then those of
    families that differ in a single attribute. ``O(f a + p)`` for few members.
    """
    by_family: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_family[draft[0].family].append(draft)
    neighbours = _one_attribute_apart(by_family)
    finished = []
    for proposal, load in drafts:
        misses = _left_out(proposal, load, by_family[proposal.family], scale)
        for family, reason in neighbours.get(proposal.family, []):
            others = (lot for _, lots in by_family[family] for lot in lots)
            keys = [lot.demand.key for lot in islice(others, N_NEAR_MISSES)]
            misses += [NearMiss(key, reason) for key in dict.fromkeys(keys)]
        finished.append(replace(proposal, near_misses=tuple(misses[:N_NEAR_MISSES])))
    return finished


def near_misses_of(
    inside: Sequence[Demand],
    *,
    others: Sequence[Demand],
    capacity: int,
    now_s: int,
    freeze_at_s: int = NEVER_S,
) -> tuple[NearMiss, ...]:
    """Say which others are nearly in a load that has been begun, and why they are out.

    Others of its family are those that it has no room for, and those that are not
    here yet. No others, no misses.
    """
    scale = load_scale([*inside, *others])
    waiting = Reason("WAITING")
    drafts = [_draft(inside, capacity, scale, waiting, freeze_at_s)]
    for each in others:
        because = Reason("EXPECTED") if each.arrived_s > now_s else waiting
        drafts.append(_draft([each], capacity, scale, because))
    return with_near_misses(drafts, scale=scale)[0].near_misses


def _draft(
    demands: Sequence[Demand],
    capacity: int,
    scale: int,
    because: Reason,
    freeze_at_s: int = NEVER_S,
) -> Draft:
    """Take demands for a load as they are, however large."""
    lots = [
        Lot(one, one.quantity, one.quantity * one.load_num * scale // one.load_den)
        for one in demands
    ]
    proposal = Proposal(
        family=demands[0].family,
        members=(),
        load=Fraction(sum(lot.load for lot in lots), scale),
        capacity=capacity,
        freeze=False,
        because=because,
        freeze_at_s=freeze_at_s,
        due_s=min(one.due_s for one in demands),
    )
    return proposal, lots


def _left_out(
    proposal: Proposal, load: list[Lot], family: list[Draft], scale: int
) -> list[NearMiss]:
    """Find who might have been in this load: not those in a load before it."""
    if proposal.because.code == "EXPECTED":
        return []
    inside = {lot.demand.key for lot in load}
    room = proposal.capacity - proposal.load
    misses: dict[Key, NearMiss] = {}
    is_later = False
    for other, lots in family:
        is_later = is_later or other is proposal
        is_expected = other.because.code == "EXPECTED"
        for lot in lots if is_later or is_expected else ():
            key = lot.demand.key
            units = Fraction(lot.load, scale)
            if key in inside:
                continue
            if units > room:
                reason = Reason("NO_ROOM", {"load": str(units), "room": str(room)})
            elif not is_expected:
                continue
            elif lot.demand.arrived_s > proposal.freeze_at_s:
                reason = Reason("WOULD_BE_LATE")
            else:
                reason = Reason("EXPECTED")
            misses.setdefault(key, NearMiss(key, reason))
        if len(misses) >= N_NEAR_MISSES:
            break
    return list(misses.values())


def _one_attribute_apart(
    by_family: Mapping[str, list[Draft]],
) -> dict[str, list[tuple[str, Reason]]]:
    alike: dict[tuple[str, frozenset[tuple[str, Attribute]]], list[str]]
    alike = defaultdict(list)
    looks = {family: drafts[0][1][0].demand for family, drafts in by_family.items()}
    for family, demand in looks.items():
        for name in demand.attributes:
            rest = frozenset(
                pair for pair in demand.attributes.items() if pair[0] != name
            )
            alike[(name, rest)].append(family)
    apart: dict[str, list[tuple[str, Reason]]] = defaultdict(list)
    for (name, _), families in alike.items():
        for ours in families:
            for theirs in families[: N_NEAR_MISSES + 1]:
                values = {
                    "attribute": name,
                    "ours": looks[ours].attributes[name],
                    "theirs": looks[theirs].attributes[name],
                }
                if values["ours"] != values["theirs"]:
                    apart[ours].append((theirs, Reason("DIFFERENT", values)))
    return apart
