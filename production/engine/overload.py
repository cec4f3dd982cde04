"""What a paced line loses where units that take long follow each other too closely."""

from collections.abc import Mapping, Sequence

from production.engine.case import BP, Equipment, Plant


class PacedLine:
    """A line that moves every takt, and waits for a station that falls too far behind.

    Parameters
    ----------
    equipment
        With a ``pacing``; its ``run_ms`` is the takt.
    plant
        Its factors hold for takt, stations and purges alike.

    Notes
    -----
    Each station carries what it is behind from unit to unit: behind plus its work less
    the takt, never below 0. What exceeds its slack the whole line waits for. Source:
    the work overload of mixed-model assembly lines (Boysen, Fliedner and Scholl,
    2009), with line stops; small cases by hand in tests.
    """

    def __init__(self, equipment: Equipment, plant: Plant) -> None:
        pacing = equipment.pacing
        self.slack_ms = dict(pacing.slack_ms) if pacing else {}
        self.purged = pacing.purged if pacing else ""
        self.takt_ms = equipment.run_ms
        self.run_bp = max(1, plant.run_bp)
        self.behind_ms = dict.fromkeys(self.slack_ms, 0)

    def pass_units(
        self, station_ms: Mapping[str, int], *, n_units: int, purge_ms: int
    ) -> int:
        """Let alike units pass; give the milliseconds that the line waits for them.

        ``purge_ms`` is the set-up before the first of them, in the time of a plant
        with ordinary runs, as are all figures here; the caller scales the answer.
        """
        waits_ms = 0
        for unit in range(n_units):
            for station, slack_ms in self.slack_ms.items():
                work_ms = station_ms.get(station, 0)
                if unit == 0 and station == self.purged:
                    work_ms += purge_ms * BP // self.run_bp
                behind_ms = self.behind_ms[station] + work_ms - self.takt_ms
                waits_ms += max(0, behind_ms - slack_ms)
                self.behind_ms[station] = min(max(0, behind_ms), slack_ms)
        return waits_ms


def places_needed(
    plain_ms: Sequence[int],
    heavy_ms: Sequence[int],
    *,
    at_most: int,
    window: int,
    takt_ms: int,
) -> int:
    """Give how many places side by side a station has, to keep the takt at all.

    Every plain unit must pass within a takt, and so must, on average, a window of the
    ratio rule with the lightest of its heavy units. At least 1.
    """
    plain = -(-max(plain_ms, default=0) // takt_ms)
    ruled = 0
    if heavy_ms:
        light_ms = min(plain_ms, default=0)
        work_ms = at_most * min(heavy_ms) + (window - at_most) * light_ms
        ruled = -(-work_ms // (window * takt_ms))
    return max(1, plain, ruled)


def slack_of(heavy_ms: Sequence[int], *, at_most: int, takt_ms: int) -> int:
    """Give how far behind a ratio rule lets a station fall: heavy units in a row."""
    return at_most * max(0, max(heavy_ms, default=0) - takt_ms)
