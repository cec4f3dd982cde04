"""Judge every answer about thousands of random models by plain enumeration.

Each model is small enough to list all of its products; about each the engine is asked
what is valid and implied, for the bounds of the total, the number of products, reasons,
repairs and completions. Prints how many models were judged and every one that is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.bench.measuring import say
from tests.configurator.engine.judging import QUESTIONS, judge


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--models", type=int, default=2_400)
    arguments.add_argument("--first", type=int, default=0, help="the first seed")
    arguments.add_argument("--processes", type=int, default=2)
    given = arguments.parse_args()
    began_s = time.perf_counter()
    seeds = range(given.first, given.first + given.models)
    with ProcessPoolExecutor(given.processes) as pool:
        answers = pool.map(judged, seeds, chunksize=50)
        wrong = [(seed, why) for seed, why in zip(seeds, answers, strict=True) if why]
    for seed, why in wrong:
        say(f"model {seed}: {why}")
    answer = {
        "models": given.models,
        "states": given.models * QUESTIONS,
        "wrong": len(wrong),
        "seconds": round(time.perf_counter() - began_s, 1),
        "ok": not wrong,
    }
    say(json.dumps(answer))
    return 1 if wrong else 0


def judged(seed: int) -> str:
    """Judge one model; say what is wrong, or nothing."""
    try:
        judge(seed)
    except Exception as error:  # noqa: BLE001, RUF100 -- every defect is told
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return ""


if __name__ == "__main__":
    sys.exit(main())
