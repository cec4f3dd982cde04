"""Let each scene of the demo factory work for a simulated week, checked every day.

Orders come daily, everything that can go wrong does, and after each day every
invariant of the floor is looked at, and that no load waits past its limit; in the end
a stated share of the promises must have been kept. Scenes may be named:
``python -m tests.bench.week BATCH FLOW``. Takes minutes; the exit code is that of the
tests.
"""

import sys

import pytest

WEEK = "tests/production/test_week.py"


def main() -> int:
    scenes = " or ".join(sys.argv[1:])
    chosen = ["-k", scenes] if scenes else []
    return int(pytest.main(["-q", "-m", "slow", "--durations=4", *chosen, WEEK]))


if __name__ == "__main__":
    sys.exit(main())
