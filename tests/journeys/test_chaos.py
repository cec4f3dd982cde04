"""Nothing is lost while everything breaks, and the harness can tell.

``make chaos`` breaks things for longer, and on both databases.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.stack import ROOT

pytestmark = pytest.mark.journey

BAD_ENDS = ("lost", "duplicated", "torn", "in_two_batches")
WITHIN_S = 400


def break_everything(*, design: str, n_orders: int) -> dict[str, Any]:
    """Run the harness; its last line says what it found."""
    words = ["--orders", str(n_orders), "--db", "sqlite", "--design", design]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.run", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["undone"] == [], "the harness fell short: the run proves nothing"
    assert done.returncode == int(any(found[name] for name in BAD_ENDS))
    return found


def test_nothing_is_lost_or_doubled_while_everything_breaks():
    found = break_everything(design="outbox", n_orders=1000)

    assert found["orders"] == 1000
    assert {name: found[name] for name in BAD_ENDS} == dict.fromkeys(BAD_ENDS, 0)
    assert found["parked"] == 1, "the one order that is poison"
    assert found["worker_kills"] >= 5
    assert found["broker_wipes"] >= 3
    assert found["planner_kills"] >= 2
    assert found["placed_while_broker_down"] >= 10
    assert min(found[name] for name in ("in_batches", "on_lines", "from_stock")) >= 1


@pytest.mark.slow
def test_a_message_for_each_order_loses_some():
    found = break_everything(design="naive", n_orders=300)

    assert found["lost"] >= found["orders"] / 100
