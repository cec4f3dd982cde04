"""Measure plans beside what is known and what others find; prints the bars' table.

All is counted in CPU seconds of the planning thread with warm loops, worst of three
seeds, and judged by plain Python that shares no code with the engines. By default a
sample of the longest sections is run; ``FULL=1`` takes all instances, ``SEEDS="1"`` a
single seed, ``DRAWN=2`` two drawn instances of a kind, ``PROCESSES=1`` one planner at a
time, ``SECTIONS="cars late"`` (or the names as arguments) only some sections,
``RESUME=1`` those from their files that an earlier run with the same extent has
finished. A section that fails is a missed row and the rest goes on. The last line is
JSON in any case; the exit code is 1 where a must is missed. Rows whose instances are
not at hand are left out, and named.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from tests.bench.measuring import ROOT, keep, say
from tests.bench.planning_again import again
from tests.bench.planning_changeover import late_runs, tours
from tests.bench.planning_files import FULL, SEEDS, SHARED
from tests.bench.planning_others import N_DRAWN, OTHERS
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
    **{name: (section, None) for name, section in OTHERS.items()},
}
FINISHED = ROOT / "var" / "bench" / "planning"
STOPPED: list[Row] = []
"""What a section had found when it was stopped."""
RESUME = os.environ.get("RESUME", "") not in {"", "0"}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    chosen = arguments.parse_args().sections or os.environ.get("SECTIONS", "").split()
    chosen = [name for one in chosen for name in (OTHERS if one == "others" else [one])]
    if unknown := set(chosen).difference(SECTIONS):
        arguments.error(f"no section {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    extent = "all instances" if FULL else "a sample of the challenge and of wt_sds"
    say(f"{extent}; worst of {len(SEEDS)} seeds")
    rows: list[Row] = []
    try:
        for name in chosen or SECTIONS:
            rows += rows_of(name)
    except KeyboardInterrupt:
        rows += [*STOPPED, failed("the rest", "stopped")]
    say(table(rows))
    answer = {"rows": [row.as_json() for row in rows]}
    path = keep("planning", answer)
    say(f"kept in {path.relative_to(ROOT)}")
    say(json.dumps(answer))
    return 0 if all(row.ok for row in rows) else 1


def rows_of(name: str) -> list[Row]:
    """Measure a section, or read what an earlier run found; keep it in a file."""
    section, needed = SECTIONS[name]
    if needed is not None and not needed.exists():
        say(f"{name}: left out, {needed} is not there")
        return []
    extent = "all" if FULL else "sample"
    if name in OTHERS:
        extent = f"{N_DRAWN}"
    path = FINISHED / f"{name}-{extent}-{'-'.join(map(str, SEEDS))}.json"
    if RESUME and path.exists():
        say(f"{name}: as found before, in {path.relative_to(ROOT)}")
        return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    begun_s = time.monotonic()
    say(f"{name} ...")
    rows, is_whole = measured(name, section)
    say(table(rows))
    say(f"{name}: {time.monotonic() - begun_s:.0f} s by the clock")
    if is_whole:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps([asdict(row) for row in rows], indent=1)
        path.write_text(text, encoding="utf-8")
    return rows


def measured(name: str, section: Section) -> tuple[list[Row], bool]:
    """Measure a section in processes of its own; one that fails keeps its rows."""
    runners = Runners()
    rows: list[Row] = []
    try:
        for row in section(runners):
            rows.append(row)
            say(f"  {row.name}: {row.ours} {row.verdict()}")
    except Exception as error:
        say("".join(traceback.format_exception(error)))
        end_planners()
        return [*rows, failed(name, f"{type(error).__name__}: {error}")], False
    except KeyboardInterrupt:
        end_planners()
        STOPPED.extend(rows)
        raise
    finally:
        runners.close()
    return rows, True


def end_planners() -> None:
    """End the processes that a section began and did not wait for."""
    for child in multiprocessing.active_children():
        child.terminate()


def failed(name: str, why: str) -> Row:
    return Row(f"{name}: {why}"[:200], ours=None, must="runs", aim=None, ok=False)


if __name__ == "__main__":
    sys.exit(main())
