"""Make identical units at takt: pace, counters by the minute, replenishment."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from production.engine.demand import NEVER_S, require
from production.engine.split import WHOLE_BP

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Station:
    """A station of a line and the time it takes for one unit, in milliseconds."""

    code: str
    cycle_ms: int

    def __post_init__(self) -> None:
        require(
            holds=self.cycle_ms >= 1,
            what=f"station {self.code} cycle must be at least 1",
            value=self.cycle_ms,
            unit="ms",
        )


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """Mean seconds between failures and mean seconds to mend, both exponential."""

    mean_between_s: int
    mean_repair_s: int

    def __post_init__(self) -> None:
        means = (self.mean_between_s, self.mean_repair_s)
        require(
            holds=min(means) >= 1,
            what="breakdown mean must be at least 1",
            value=means,
            unit="s",
        )


@dataclass(frozen=True, slots=True)
class LineState:
    """Where a line stands: how long it ran, what came out, when it fails or is mended.

    ``ran_ms`` counts only time in which the line moved. ``fails_at_s`` is drawn once
    the line runs; ``None`` means not drawn yet.
    """

    ran_ms: int = 0
    n_out: int = 0
    n_scrap: int = 0
    fails_at_s: int | None = None
    down_until_s: int | None = None


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """What came out in one minute, which starts at ``minute_s``."""

    minute_s: int
    good: int
    scrap: int
    down_s: int


@dataclass(frozen=True, slots=True)
class StationCount:
    """Units a station worked on between two moments, and for how long it was busy."""

    code: str
    n_units: int
    busy_ms: int


@dataclass(frozen=True, slots=True)
class Tick:
    """What a line did between two moments."""

    state: LineState
    minutes: tuple[MinuteCount, ...]
    stations: tuple[StationCount, ...]

    @property
    def good(self) -> int:
        """Good units in all minutes."""
        return sum(minute.good for minute in self.minutes)

    @property
    def scrap(self) -> int:
        """Scrapped units in all minutes."""
        return sum(minute.scrap for minute in self.minutes)


def takt_ms(*, available_s: int, demand: int) -> int:
    """Give the time available for each unit wanted, in ms, rounded down."""
    require(
        holds=demand >= 1, what="demand must be at least 1", value=demand, unit="units"
    )
    return available_s * 1000 // demand


def bottleneck(stations: Sequence[Station]) -> Station:
    """Give the slowest station, which sets the pace; the first of equals."""
    require(holds=bool(stations), what="a line needs a station", value=len(stations))
    return max(stations, key=lambda station: station.cycle_ms)


def balance_bp(stations: Sequence[Station]) -> int:
    """Give how evenly the work is spread: mean over slowest cycle, in basis points."""
    total = sum(station.cycle_ms for station in stations)
    return total * WHOLE_BP // (bottleneck(stations).cycle_ms * len(stations))


def tick(
    state: LineState,
    *,
    from_s: int,
    to_s: int,
    stations: Sequence[Station],
    pace_ms: int = 0,
    scrap_bp: int = 0,
    limit: int | None = None,
    breakdowns: Breakdowns | None = None,
    rng: random.Random | None = None,
) -> Tick:
    """Let a line run from one moment to another, all stations at the same time.

    Parameters
    ----------
    state
        Where the line stands at ``from_s``; ``LineState()`` is an empty line.
    from_s, to_s
        Half-open stretch of working time; the caller leaves out closed hours.
    pace_ms
        The takt: a unit enters no sooner after the one before it. The bottleneck sets
        the pace where it needs longer, as it does without a takt.
    scrap_bp
        Share of the units that fail, in basis points, spread evenly and exactly.
    limit
        Units that the run is to bring out in all, good or not; the line then stands.
    breakdowns, rng
        How often the line fails and how long it stands; both or neither.

    Returns
    -------
    Tick
        One count for each minute touched; the state to hand in next time. Two calls
        over adjoining stretches give the same as one over both, with one ``rng``.

    Notes
    -----
    A unit enters at every takt, so an empty line first fills: the first unit leaves
    after the sum of all cycles. ``O(minutes)``.
    """
    require(holds=from_s <= to_s, what="time runs back", value=(from_s, to_s), unit="s")
    pace_ms = max(pace_ms, bottleneck(stations).cycle_ms)
    line = _Line(tuple(stations), pace_ms, scrap_bp, limit, breakdowns, rng)
    begun = state
    minutes: list[MinuteCount] = []
    clock_s = from_s
    while clock_s < to_s:
        minute_s = clock_s - clock_s % MINUTE_S
        until_s = min(to_s, minute_s + MINUTE_S)
        state, count = line.run_minute(state, clock_s, until_s, minute_s)
        minutes.append(count)
        clock_s = until_s
    return Tick(state, tuple(minutes), line.station_counts(begun, state))


@dataclass(frozen=True, slots=True)
class _Line:
    stations: tuple[Station, ...]
    pace_ms: int
    scrap_bp: int
    limit: int | None
    breakdowns: Breakdowns | None
    rng: random.Random | None

    def run_minute(
        self, state: LineState, from_s: int, to_s: int, minute_s: int
    ) -> tuple[LineState, MinuteCount]:
        n_out, n_scrap = state.n_out, state.n_scrap
        down_s = 0
        clock_s = from_s
        while clock_s < to_s:
            state = self._draw_failure(state, clock_s)
            if state.down_until_s is not None:
                end_s = max(clock_s, min(to_s, state.down_until_s))
                down_s += end_s - clock_s
                if end_s >= state.down_until_s:
                    state = replace(state, down_until_s=None, fails_at_s=None)
            else:
                fails_at_s = NEVER_S if state.fails_at_s is None else state.fails_at_s
                end_s = max(clock_s, min(to_s, fails_at_s))
                state = self._run(state, (end_s - clock_s) * 1000)
                if end_s >= fails_at_s:
                    state = replace(state, down_until_s=end_s + self._repair_s())
            clock_s = end_s
        scrap = state.n_scrap - n_scrap
        good = state.n_out - n_out - scrap
        return state, MinuteCount(minute_s, good, scrap, down_s)

    def _run(self, state: LineState, ran_ms: int) -> LineState:
        ran_ms += state.ran_ms
        # A line whose takt was lengthened meanwhile keeps what has come out.
        n_out = max(state.n_out, self._passed(len(self.stations), ran_ms))
        n_scrap = n_out * self.scrap_bp // WHOLE_BP
        return replace(state, ran_ms=ran_ms, n_out=n_out, n_scrap=n_scrap)

    def _passed(self, n_stations: int, ran_ms: int) -> int:
        """Count the units that have passed the first so many stations."""
        first_ms = sum(station.cycle_ms for station in self.stations[:n_stations])
        passed = 0 if ran_ms < first_ms else (ran_ms - first_ms) // self.pace_ms + 1
        return passed if self.limit is None else min(passed, self.limit)

    def _draw_failure(self, state: LineState, clock_s: int) -> LineState:
        if self.breakdowns is None or self.rng is None:
            return state
        if state.fails_at_s is not None or state.down_until_s is not None:
            return state
        after_s = 1 + int(self.rng.expovariate(1 / self.breakdowns.mean_between_s))
        return replace(state, fails_at_s=clock_s + after_s)

    def _repair_s(self) -> int:
        if self.breakdowns is None or self.rng is None:
            return 0
        return 1 + int(self.rng.expovariate(1 / self.breakdowns.mean_repair_s))

    def station_counts(
        self, before: LineState, after: LineState
    ) -> tuple[StationCount, ...]:
        counts = []
        for place, station in enumerate(self.stations, start=1):
            passed = self._passed(place, after.ran_ms)
            n_units = passed - self._passed(place, before.ran_ms)
            counts.append(
                StationCount(station.code, n_units, n_units * station.cycle_ms)
            )
        return tuple(counts)


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Stock of one standard article and when and how it is replenished.

    ``allocated`` is promised to orders, backorders included, so what is available
    may fall below 0; ``expected`` is under way from runs already begun.
    """

    code: str
    on_hand: int
    reorder_point: int
    run_size: int
    maximum: int
    allocated: int = 0
    expected: int = 0

    def __post_init__(self) -> None:
        name = f"stock of {self.code}"
        least = min(self.on_hand, self.allocated, self.expected)
        require(holds=least >= 0, what=f"{name} must be at least 0", value=least)
        require(holds=self.run_size >= 1, what=f"{name} run size", value=self.run_size)
        require(
            holds=0 <= self.reorder_point <= self.maximum,
            what=f"{name} reorder point above the maximum of {self.maximum}",
            value=self.reorder_point,
        )

    @property
    def available(self) -> int:
        """What nobody has been promised yet, runs under way included."""
        return self.on_hand - self.allocated + self.expected


def reorder(levels: Sequence[StockLevel]) -> dict[str, int]:
    """Say how much of each article to make now, in whole runs.

    Nothing while more than the reorder point is available. Otherwise the fewest runs
    that lift it above that point, as long as the maximum is kept; only orders that
    stock cannot serve may pass the maximum, by no more runs than they need.
    """
    quantities = {}
    for level in levels:
        if level.available > level.reorder_point:
            continue
        wanted = (level.reorder_point - level.available) // level.run_size + 1
        fits = (level.maximum - level.available) // level.run_size
        waited_for = -(min(0, level.available) // level.run_size)
        n_runs = min(wanted, max(fits, waited_for))
        if n_runs:
            quantities[level.code] = n_runs * level.run_size
    return quantities
