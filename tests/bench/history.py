"""The real car range and its whole sales history: import, replay, count.

The product runs as ``make run`` starts it. The range is imported, its 9,151 sales are
sent through the API, and all that can be built is awaited in the line's queue. The
figures are asserted: another count is an error, and so is more than a quarter of an
hour. The data set lies in ``../shared`` or where ``--data`` says.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.measuring import keep, say
from tests.support.stack import ROOT, LiveStack

DATA = ROOT.parent / "shared" / "data" / "config" / "renault"
RANGE, SALES = "renault_medium.xcsp.xml", "renault_medium_sales.csv.gz"
PRODUCT = "renault"
IMPORT_WITHIN_S, REPLAY_WITHIN_S = 60, 15 * 60
ROWS = {"outside_range": 4_185, "breaks_rules": 282, "built": 4_684}
UNITS = 8_252


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=DATA)
    data = arguments.parse_args().data
    if not (data / SALES).exists():
        say(json.dumps({"faults": [f"there is no {data / SALES}"]}))
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="lotone-history-") as folder,
        LiveStack(Path(folder)) as stack,
    ):
        found = replay(stack, data)
    keep("history", found)
    faults = list_faults(found)
    say(json.dumps(found | {"faults": faults}))
    return 1 if faults else 0


def replay(stack: LiveStack, data: Path) -> dict[str, Any]:
    """Import and replay; give what the replay reports, and both durations."""
    began_s = time.monotonic()
    stack.manage("import_product", str(data / RANGE), "--slug", PRODUCT)
    import_s = time.monotonic() - began_s
    said = stack.manage(
        *("replay_orders", str(data / SALES), "--product", PRODUCT),
        *("--url", stack.url),
        timeout_s=2 * REPLAY_WITHIN_S,
    )
    report: dict[str, Any] = json.loads(said.splitlines()[-1])
    # What else ran meanwhile: the quarter of an hour is that of a machine at rest.
    load = round(os.getloadavg()[2], 1)
    return report | {"import_s": round(import_s, 1), "load_average_15": load}


def list_faults(found: dict[str, Any]) -> list[str]:
    """Say what is not as it was counted, or took too long."""
    wanted = {
        "rows_by_outcome": ROWS,
        "rows": sum(ROWS.values()),
        "orders": ROWS["built"],
        "work_orders_in_queue": UNITS,
    }
    faults = [
        f"{name} is {found[name]}, not {value}"
        for name, value in wanted.items()
        if found[name] != value
    ]
    if found["units_by_outcome"]["built"] != UNITS:
        faults.append(f"units built: {found['units_by_outcome']['built']}")
    for name, most_s in (("import_s", IMPORT_WITHIN_S), ("seconds", REPLAY_WITHIN_S)):
        if found[name] > most_s:
            faults.append(f"{name} is {found[name]}, more than {most_s}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
