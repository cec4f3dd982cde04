"""Measure plans beside what is known and what others find; prints the bars' table.

All is counted in CPU seconds of the planning thread with warm loops, worst of three
seeds, and judged by plain Python that shares no code with the engines. By default a
sample of the longest sections is run; ``FULL=1`` takes all instances, ``SEEDS="1"``
a single seed. The last line is JSON; the exit code is 1 where a must is missed. Rows
whose instances are not at hand are left out, and named.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.measuring import ROOT, keep, say
from tests.bench.planning_again import again
from tests.bench.planning_changeover import late_runs, tours
from tests.bench.planning_files import FULL, SEEDS, SHARED
from tests.bench.planning_others import others
from tests.bench.planning_rows import Row, table
from tests.bench.planning_runs import Runners
from tests.bench.planning_sequence import (
    challenge_days,
    classic_days,
    satisfiable_days,
)
from tests.bench.planning_shops import identical, loads, shops
from tests.bench.planning_speed import audit, speeds

Section = Callable[[Runners], Iterator[Row]]

SECTIONS: dict[str, tuple[Section, Path | None]] = {
    "cars": (satisfiable_days, SHARED / "car_csplib"),
    "classics": (classic_days, SHARED / "car_csplib"),
    "challenge": (challenge_days, SHARED / "car_roadef2005"),
    "speed": (speeds, None),
    "tours": (tours, SHARED / "atsp"),
    "late": (late_runs, SHARED / "wtsds"),
    "loads": (loads, None),
    "again": (again, None),
    "shops": (shops, SHARED / "jobshop"),
    "identical": (identical, None),
    "audit": (audit, None),
    "others": (others, None),
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    chosen = arguments.parse_args().sections or list(SECTIONS)
    extent = "all instances" if FULL else "a sample of the challenge and of wt_sds"
    say(f"{extent}; worst of {len(SEEDS)} seeds")
    runners = Runners()
    rows: list[Row] = []
    for name in chosen:
        section, needed = SECTIONS[name]
        if needed is not None and not needed.exists():
            say(f"{name}: left out, {needed} is not there")
            continue
        say(f"{name} ...")
        rows += section(runners)
    runners.close()
    say(table(rows))
    answer = {"rows": [row.as_json() for row in rows]}
    path = keep("planning", answer)
    say(f"kept in {path.relative_to(ROOT)}")
    say(json.dumps(answer))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
