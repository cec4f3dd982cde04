"""How much memory many compiled releases take in one process, and what a miss costs.

Releases of the size of the demo's are published from one shirt with prices that
differ; each is loaded as a web process does, and asked once as a click does. Printed
are megabytes of this process before and after, milliseconds of a load, and of a load
of what was evicted before.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.measuring import keep, percentile, say

MUST_MB = 200
DEMO = Path(__file__).resolve().parents[2] / "production" / "demo" / "products"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--releases", type=int, default=200)
    given = arguments.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "configurator.settings"
    with tempfile.TemporaryDirectory(prefix="lotone-bench-") as folder:
        os.environ |= {"VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
        import django

        django.setup()
        return measure(given.releases)


def measure(n_releases: int) -> int:
    """Store the releases, load them all, and say what came out."""
    from configurator.selectors import artefacts

    artefacts.warm()
    stored = [store(document) for document in documents(n_releases)]
    click(*stored[0])
    artefacts.forget_loaded()
    gc.collect()
    before_mb = resident_mb()
    load_ms = [click(*each) for each in stored]
    after_mb = resident_mb()
    for definition_sha256, artefact_sha256, text in stored:
        use(definition_sha256, artefact_sha256, text)
    busy_mb = resident_mb()
    n_kept = len(artefacts.list_loaded())
    again_ms = [click(*each) for each in stored[: n_releases // 4]]
    path = keep("artefacts", {"load_ms": load_ms, "again_ms": again_ms})
    say(f"raw samples: {path.relative_to(path.parents[2])}")
    taken_mb = busy_mb - before_mb
    rows = [
        row(f"{n_releases} releases, one click each, MB", after_mb - before_mb, ""),
        row("the same after 20 clicks, solvers built, MB", taken_mb, f"<= {MUST_MB}"),
        row("releases kept in memory", n_kept, ""),
        row("load and first click, p50 ms", percentile(load_ms, 0.5), ""),
        row("load and first click, p99 ms", percentile(load_ms, 0.99), ""),
        row("the same again, p50 ms", percentile(again_ms, 0.5), ""),
    ]
    for each in rows:
        say(f"{each['name']:45} {each['value']:>10} {each['must']}")
    is_ok = taken_mb <= MUST_MB
    say(json.dumps({"rows": rows, "ok": is_ok}))
    return 0 if is_ok else 1


def row(name: str, value: float, must: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "must": must}


def documents(n: int) -> list[dict[str, Any]]:
    """Give releases of all products of the demo in turn, each with other prices."""
    found = []
    models = [json.loads(path.read_text()) for path in sorted(DEMO.glob("*.json"))]
    for at in range(n):
        document = json.loads(json.dumps(models[at % len(models)]))
        document["release"] = str(at + 1)
        for entry in document["prices"]["entries"]:
            if entry.get("amount_minor"):
                entry["amount_minor"] += at
        found.append(document)
    return found


def store(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """Compile a release and keep its document as the database does: as text."""
    from configurator.engine.formats.release_json import read_release
    from configurator.selectors import artefacts

    made = artefacts.compile_and_save(read_release(document))
    return artefacts.sha256_of(document), made.sha256, json.dumps(document)


def click(definition_sha256: str, artefact_sha256: str, text: str) -> float:
    """Load a release and answer one click; milliseconds."""
    from configurator.engine.choices import evaluate
    from configurator.selectors import artefacts

    began_s = time.perf_counter()
    loaded = artefacts.load(
        definition_sha256=definition_sha256,
        artefact_sha256=artefact_sha256,
        read=lambda: json.loads(text),
    )
    evaluate(loaded.compiled, {}, quantity=loaded.definition.quantity.minimum)
    return (time.perf_counter() - began_s) * 1000


def use(definition_sha256: str, artefact_sha256: str, text: str) -> None:
    """Ask a loaded release as customers do: other quantities, the rules at fault."""
    from configurator.engine.choices import evaluate
    from configurator.engine.sat import rules_of
    from configurator.selectors import artefacts

    loaded = artefacts.load(
        definition_sha256=definition_sha256,
        artefact_sha256=artefact_sha256,
        read=lambda: json.loads(text),
    )
    limits = loaded.definition.quantity
    quantities = [n for n in range(limits.minimum, limits.maximum) if limits.admits(n)]
    for quantity in quantities[:20]:
        evaluate(loaded.compiled, {}, quantity=quantity)
    rules_of(loaded.compiled)


def resident_mb() -> float:
    """Read this process's resident memory, what is mapped and touched included."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("there is no VmRSS here")


if __name__ == "__main__":
    sys.exit(main())
