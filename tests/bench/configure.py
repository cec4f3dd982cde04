"""Measure clicks beside what else could answer them; prints the table of the bars.

Both sides of a row are measured in this process, on the same clicks, in CPU time. The
solver's side is fair: one glucose4 built once, choices as assumptions only, phases
saved from one question to the next. The last line is JSON; raw samples are kept under
var/bench. Rows whose models are not at hand are left out, and named.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import evaluate, warm
from configurator.engine.compiled import Compiled
from configurator.engine.explain import explain
from configurator.engine.formats.files import read_model
from configurator.engine.formats.release_json import read_release
from configurator.engine.replay import Clicks
from tests.bench import configure_http, configure_sat
from tests.bench.configure_models import catalogue
from tests.bench.configure_peers import Backbone, Peer, scan_twice, valid_of
from tests.bench.configure_rows import Row, beside, limit, row, spread, table
from tests.bench.measuring import ROOT, keep, percentile, say
from tests.configurator.engine.judging import judge

SHARED = ROOT.parent / "shared/data/config"
BIG = SHARED / "renault/renault_big.xcsp.xml.gz"
MEDIUM = SHARED / "renault/renault_medium.xcsp.xml"
SMALL = SHARED / "renault/renault_small.xcsp.xml"
BANK = SHARED / "uvl/financialservices01_2018-05-09.uvl.gz"
COUNTS = ((SMALL, 172_056), (MEDIUM, 278_744), (BANK, 97_451_212_554_676))
SEQUENCES = 40
JUDGED = 240
CATALOGUES = 4

MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

Section = Callable[["Bench"], Iterator[Row]]


class Bench:
    """Samples of all rows, and models that several rows need."""

    def __init__(self) -> None:
        self.samples: dict[str, Any] = {}
        self.n_wrong = 0
        self._compiled: dict[Path, Compiled] = {}

    def compiled(self, path: Path) -> Compiled:
        if path not in self._compiled:
            _, definition = read_model(path)
            self._compiled[path] = compile_definition(definition)
        return self._compiled[path]

    def clicked(
        self, path: Path, n_sequences: int
    ) -> tuple[Clicks, list[dict[str, str]]]:
        """Click through a model; give the clicks' times and the choices of each."""
        clicks = Clicks(self.compiled(path), random.Random(1))  # noqa: S311
        clicks.click({})
        clicks.spent_us.clear()
        gc.collect()
        gc.freeze()
        states = [each for _ in range(n_sequences) for each in clicks.sequence()]
        return clicks, states


def renault_medium(bench: Bench) -> Iterator[Row]:
    yield _against_solver(
        bench, "Renault medium, p50", MEDIUM, 40, 0.5, "<= 1/500", "<= 1/2,000"
    )


def bank(bench: Bench) -> Iterator[Row]:
    yield _against_solver(
        bench, "FinancialServices01, p99", BANK, 24, 0.99, "<= 1/15", "<= 1/100"
    )


def _against_solver(
    bench: Bench, name: str, path: Path, n_asked: int, share: float, must: str, aim: str
) -> Row:
    clicks, states = bench.clicked(path, SEQUENCES)
    compiled = clicks.compiled
    peer, backbone = Peer(compiled.definition), Backbone(compiled.definition)
    for choices in states[:: max(1, len(states) // n_asked)]:
        valid = valid_of(compiled, evaluate(compiled, choices))
        bench.n_wrong += peer.click(choices) != valid
        bench.n_wrong += backbone.click(choices) != valid
    ours, theirs = clicks.spent_us, peer.spent_us
    bench.samples[path.name] = {"ours_us": ours, "peer_us": theirs}
    return beside(
        name, ours, "glucose4 per option", theirs, share=share, must=must, aim=aim
    )


def renault_big(bench: Bench) -> Iterator[Row]:
    clicks, _ = bench.clicked(BIG, 20)
    assert clicks.compiled.passes is not None
    theirs = scan_twice(clicks.compiled.passes.folded)
    bench.samples[BIG.name] = {"ours_us": clicks.spent_us, "peer_us": theirs}
    yield beside(
        "Renault big, p99",
        clicks.spent_us,
        "a bare scan of the same edges twice",
        theirs,
        share=0.99,
        must="<= 6x",
        aim="<= 2x",
    )


def compile_big(bench: Bench) -> Iterator[Row]:
    """Compile in a process of its own, started by a small one, to see its memory."""
    inspect = [sys.executable, "-m", "configurator.engine", "inspect", str(BIG)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *inspect],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found, n_kb = map(json.loads, done.stdout.splitlines())
    spent_us = found["compile_cpu_s"] * 1e6
    bench.samples["compile_big"] = {"cpu_us": spent_us, "peak_kb": n_kb}
    figures = {"ours_us_p50": round(spent_us), "ok": spent_us <= limit("<= 60 s")}
    yield row("compile Renault big", must="<= 60 s", aim="<= 15 s", **figures)
    fits = n_kb <= 1_000_000
    name = f"compile Renault big: {n_kb / 1024:.0f} MB at most"
    yield row(name, must="<= 1 GB", aim=None, ok=fits)


def counts(bench: Bench) -> Iterator[Row]:
    for path, expected in COUNTS:
        if path.exists():
            found = bench.compiled(path).n_products
            name = f"{path.name.partition('.')[0]}: {found:,} products"
            yield row(name, must=f"{expected:,}", aim=None, ok=found == expected)


def explanations(bench: Bench) -> Iterator[Row]:
    """Ask why an option is out that is; a click is read in full, as they are."""
    clicks, states = bench.clicked(MEDIUM, SEQUENCES)
    compiled = clicks.compiled
    rnd = random.Random(2)  # noqa: S311 -- a benchmark's questions
    explained_us, read_us = [], []
    for at, choices in enumerate(each for each in states if each):
        began = time.process_time_ns()
        domains = evaluate(compiled, choices).domains
        read_us.append((time.process_time_ns() - began) / 1_000)
        out = [
            (name, code)
            for name, options in domains.items()
            for code, option in options.items()
            if not option.available
        ]
        wanted = rnd.choice(out)
        began = time.process_time_ns()
        conflict = explain(compiled, choices, wanted=wanted, n_repairs=0)
        spent_us = (time.process_time_ns() - began) / 1_000
        assert conflict.rules
        if at:  # the first one builds what all later ones share
            explained_us.append(spent_us)
    bench.samples["explanations"] = {
        "ours_us": explained_us,
        "click_us": read_us,
        "click_unread_us": clicks.spent_us,
    }
    yield beside(
        "an explanation, Renault medium, p99",
        explained_us,
        "a click, every option told",
        read_us,
        share=0.99,
        must="<= 3x",
        aim="<= 1x",
    )
    bare = percentile(explained_us, 0.99) / percentile(clicks.spent_us, 0.99)
    say(f"beside a click whose options nobody reads: {bare:.2g}x at p99")


def catalogues(bench: Bench) -> Iterator[Row]:
    ours: list[float] = []
    compile_us = []
    for seed in range(1, CATALOGUES + 1):
        compiled = compile_definition(read_release(catalogue(seed)))
        compile_us.append(compiled.figures.compile_cpu_s * 1e6)
        clicks = Clicks(compiled, random.Random(seed))  # noqa: S311
        clicks.click({})
        clicks.spent_us.clear()
        gc.collect()
        gc.freeze()
        for _ in range(SEQUENCES // 4):
            for _choices in clicks.sequence():
                pass
        ours += clicks.spent_us
    bench.samples["catalogues"] = {"ours_us": ours, "compile_us": compile_us}
    ok = percentile(ours, 0.5) <= limit("<= 100 us")
    name = "a catalogue of 30 x 20, a click"
    yield row(name, must="<= 100 us", aim=None, ok=ok, **spread(ours))
    worst = max(compile_us)
    yield row(
        "a catalogue of 30 x 20, compiling",
        must="<= 1 s",
        aim=None,
        ours_us_p50=round(worst),
        ok=worst <= limit("<= 1 s"),
    )


def feature_models(bench: Bench) -> Iterator[Row]:
    yield from configure_sat.rows()


def over_http(bench: Bench) -> Iterator[Row]:
    found, bench.samples["http"] = configure_http.rows()
    yield from found


def verdicts(bench: Bench) -> Iterator[Row]:
    """Sum up what was wrong in this run, small models by plain enumeration too."""
    for seed in range(JUDGED):
        try:
            judge(seed)
        except AssertionError as error:
            say(f"model {seed}: {error}")
            bench.n_wrong += 1
    yield row(
        "wrong verdicts: enumeration, PySAT, backbone",
        must="<= 0",
        aim="<= 0",
        ratio=bench.n_wrong,
        ok=bench.n_wrong == 0,
    )


SECTIONS: dict[str, tuple[Section, tuple[Path, ...]]] = {
    "medium": (renault_medium, (MEDIUM,)),
    "big": (renault_big, (BIG,)),
    "bank": (bank, (BANK,)),
    "features": (feature_models, (BANK,)),
    "compile": (compile_big, (BIG,)),
    "counts": (counts, (SMALL,)),
    "explanations": (explanations, (MEDIUM,)),
    "catalogues": (catalogues, ()),
    "http": (over_http, ()),
    "verdicts": (verdicts, ()),
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    chosen = arguments.parse_args().sections or list(SECTIONS)
    if not warm():
        say("Compiled loops are missing: these are the figures of plain ones.")
    bench = Bench()
    rows: list[Row] = []
    for name in chosen:
        section, needed = SECTIONS[name]
        absent = [path for path in needed if not path.exists()]
        if absent:
            say(f"{name}: left out, {absent[0]} is not there")
            continue
        say(f"{name} ...")
        rows += section(bench)
    say(table(rows))
    path = keep("configure", bench.samples)
    say(f"raw samples: {path.relative_to(ROOT)}")
    say(json.dumps({"rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
