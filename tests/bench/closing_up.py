"""How long a person at a line waits until a queue has closed up behind one unit.

Units are taken out of and blocked in queues of several lengths, each through the
service that page and API call; the worst of several turns counts, in CPU time of this
process with compiled loops. The planned turn that follows is told beside it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from tests.bench.measuring import keep, say

SIZES = (200, 700, 1_300)
TURNS = 6
MUST_MS = 100.0
RATIOS = {"HEAVY": (1, 2), "LONG": (1, 3), "WIDE": (2, 5)}


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "configurator.settings"
    with tempfile.TemporaryDirectory(prefix="lotone-closing-up-") as folder:
        os.environ |= {"VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        from production.services.sequencing import warm_up

        call_command("migrate", verbosity=0)
        warm_up()
        found = [measure(n_units) for n_units in SIZES]
    keep("closing_up", {"sizes": found})
    for each in found:
        say(
            f"{each['units']:>6,} units: closed up in {each['closed_up_ms']} ms CPU"
            f" (must <= {MUST_MS:.0f}), planned again in {each['planned_ms']} ms CPU"
        )
    return 0 if all(each["closed_up_ms"] <= MUST_MS for each in found) else 1


def measure(n_units: int) -> dict[str, Any]:
    """Take some units out of a queue, block some, and plan it again each time."""
    from production.models import LineSlot
    from production.services import lines, sequencing
    from tests.factories.floor import report

    line = make_queue(n_units)
    sequencing.sequence_all(now=report().now)
    slots = list(LineSlot.objects.filter(line=line).values_list("id", flat=True))
    closed_up, planned = [], []
    for turn, slot_id in enumerate(random.Random(7).sample(slots, TURNS)):  # noqa: S311 -- a benchmark
        at = report(turn)
        asked: dict[str, Any] = {"code": line.code, "slot_id": slot_id, "report": at}
        if turn % 2:
            closed_up.append(cpu_ms(lines.set_blocked, reason="glue", **asked))
        else:
            closed_up.append(cpu_ms(lines.remove, **asked))
        planned.append(cpu_ms(sequencing.sequence_all, now=at.now))
    return {
        "units": n_units,
        "closed_up_ms": max(closed_up),
        "planned_ms": max(planned),
    }


def make_queue(n_units: int) -> Any:
    """Let units of five colours wait for a line with three ratios and due times."""
    from tests.factories.floor import (
        at,
        make_configuration,
        make_line,
        make_ratio,
        make_unit,
    )

    rng = random.Random(n_units)  # noqa: S311 -- a benchmark
    line = make_line(f"FL-{n_units}", colour_attribute="shade", colour_max_run=10)
    for code, (p, q) in RATIOS.items():
        make_ratio(line, code, p, q)
    configuration = make_configuration()
    for place in range(n_units):
        marks = {code: 1 for code, (p, q) in RATIOS.items() if rng.random() < p / q / 2}
        make_unit(
            line,
            configuration=configuration,
            number=f"{line.code}-{place}",
            due_at=at(rng.randrange(60, 3 * n_units)),
            line_attributes={"colour": rng.choice("ABCDE"), **marks},
        )
    return line


def cpu_ms(run: Callable[..., Any], **asked: Any) -> float:
    began_s = time.process_time()
    run(**asked)
    return round((time.process_time() - began_s) * 1000, 1)


if __name__ == "__main__":
    sys.exit(main())
