"""Why an engine decided as it did: codes, the values they name, English texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "FULL": "full: %(load)s of %(capacity)s",
        "MAX_WAIT": "the oldest has waited the maximum",
        "DUE_DATE": "a due date leaves no more time",
        "CUT_OFF": "the cut-off has passed",
        "URGENT": "urgent: it waits for no more work",
        "WAITING": "may still take more",
        "DOWN": "its machine is down: until it is back, more may join",
        "BELOW_MINIMUM": "the minimum of %(minimum)s is not reached: %(load)s so far",
        "TOO_LARGE": "one piece takes %(load)s, a whole load holds %(capacity)s",
        "EXPECTED": "not here yet",
        "MEMBER": "same %(family)s, next by due date",
        "LOT": "lot of %(quantity)s: the whole is larger than a load",
        "TOPPED_UP": "same %(family)s, fits into the room left",
        "DIFFERENT": "different %(attribute)s: %(theirs)s, not %(ours)s",
        "NO_ROOM": "no room left: needs %(load)s, %(room)s free",
        "WOULD_BE_LATE": "comes too late: this load cannot wait for it",
        "HISTORY": "already in the frozen part",
        "ONLY_CHOICE": "no other kind is left",
        "RATIO": "keeps the ratio rules",
        "COLOUR_RUN": "continues the run of %(colour)s",
        "COLOUR_LIMIT": "changes colour: the run of %(colour)s is at its maximum",
        "DUE_SLOT": "must be in position %(slot)s or before",
        "LEAST_BAD": "breaks %(rule)s, as every one left does",
        "BREAKS": "breaks %(rule)s: no better order was found",
        "NEXT_IN_LINE": "nothing is more urgent",
        "IMPROVED": "moved by the search: fewer violations or colour changes",
        "SKILL": "%(person)s has the skill %(skill)s and is free first",
        "FREE": "%(resource)s is free first",
        "PLACED": "so the whole is least late: placed by the search",
        "NO_SKILL": "nobody here has the skill %(skill)s",
        "NO_RESOURCE": "there is no %(resource)s here",
        "FROM_STOCK": "taken from stock",
        "BACKORDER": "stock is short: served by the run of %(line)s",
        "REPLENISH": "stock fell to the reorder point of %(line)s",
        "NO_TIME": "no working time is left before the end of the calendar",
        "BLOCKED": "a step before it cannot be planned",
        "STARTED": "already started",
        "OPERATIONS": "operation by operation, most urgent first",
        "FIT_BESPOKE": "drawn for one customer: made one by one by skilled people",
        "FIT_FEW": "%(pieces)s a day: few enough to make one by one",
        "FIT_SETUP": "a change costs as much time as %(pieces)s pieces: group them",
        "FIT_RUNS": "runs of %(pieces)s keep changes at %(percent)s %% of the time",
        "FIT_NO_SETUP": "no set-up to save: grouping would only add waiting",
        "FIT_VARIANTS": "%(variants)s variants among %(pieces)s pieces",
        "FIT_TAKT": "steady demand fills %(percent)s %% of a line",
        "OUT_BESPOKE": "every piece is different: there is nothing to group or repeat",
        "OUT_NOT_BESPOKE": "no drawing or skill is asked for that a job shop gives",
        "OUT_TOO_MANY": "%(pieces)s a day are too many to make one by one "
        "(at most %(most)s)",
        "OUT_PERSONAL": "flow makes identical units; this one is made for a person",
        "OUT_NOT_STANDARD": "flow makes standard articles only",
        "OUT_NO_LINE": "no flexible line makes this product",
        "OUT_NO_KEY": "no step says what may be made together",
        "OUT_MINIMUM": "orders of %(pieces)s pieces are below the least load, "
        "%(least)s",
        "ADVICE_SETUP": "a change costs as much time as %(pieces)s pieces",
        "ADVICE_NO_SETUP": "a change costs less time than one piece",
        "ADVICE_AHEAD": "%(goal)s is %(percent)s %% less than under %(method)s",
        "ADVICE_NONE": "%(goal)s is zero, unlike under %(method)s",
        "ADVICE_BEHIND": "but %(goal)s is %(percent)s %% more than under %(method)s",
        "ADVICE_AT_ONCE": "costs %(times)s times as much as %(method)s, but is there "
        "at once",
        "ADVICE_EQUAL": "%(method)s would be as good",
        "ADVICE_ONLY": "no other method can make it",
        "LEADS_RATIO": "ratio rules lead: put first they save %(ratio)s %% of the cost "
        "of first come, colour runs put first %(colour)s %%",
        "LEADS_COLOUR": "colour runs lead: put first they save %(colour)s %% of the "
        "cost of first come, ratio rules put first %(ratio)s %%",
        "LEADS_NONE": "first come is as good: no rule of the line saves 1 %% of cost",
        "BOTTLENECK": "%(station)s sets the pace: one in %(ms)s ms",
    }
)
"""English texts with named places; a caller may translate the text, then fill it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a code of ``REASONS`` and the values it names."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise ValueError(f"unknown reason {self.code!r}")

    def __str__(self) -> str:
        return REASONS[self.code] % self.values
