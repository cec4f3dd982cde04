"""The engine's command line: inspect, domains, explain, replay, lint, diff."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.bounds import Bounds, find_bounds, find_outset
from configurator.engine.canonical import ChoiceError
from configurator.engine.compiled import Compiled
from configurator.engine.diff import compare
from configurator.engine.explain import explain
from configurator.engine.formats.files import read_model
from configurator.engine.lint import lint
from configurator.engine.model import DefinitionError
from configurator.engine.passes import warm
from configurator.engine.replay import replay


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the process's exit status."""
    options = _parser().parse_args(arguments)
    try:
        kind, definition = read_model(options.model)
        compiled = compile_definition(
            definition, budget=Budget(options.nodes, options.seconds)
        )
        for answer in _COMMANDS[options.command](kind, compiled, options):
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    except (DefinitionError, ChoiceError) as error:
        sys.stderr.write(f"{options.model}: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m configurator.engine", description=__doc__
    )
    parser.add_argument("command", choices=tuple(_COMMANDS))
    parser.add_argument(
        "model", type=Path, help="a .uvl, .xcsp.xml, .cnf or .json file, also .gz"
    )
    parser.add_argument(
        "other", type=Path, nargs="?", help="diff: the model it is compared with"
    )
    parser.add_argument("--json", action="store_true", help="the only form there is")
    parser.add_argument("--prices", type=Path, help="{characteristic: {option: n}}")
    parser.add_argument("--sequences", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1 << 24, help="diagram budget")
    parser.add_argument("--seconds", type=float, default=60.0, help="diagram budget")
    return parser


def _inspect(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    definition, figures = compiled.definition, compiled.figures
    outset = find_outset(compiled)
    yield {
        "kind": kind,
        "characteristics": len(definition.characteristics),
        "options": sum(len(each.options) for each in definition.characteristics),
        "rules": len(definition.rules),
        "products": None if compiled.n_products is None else str(compiled.n_products),
        "dead_options": sum(map(len, outset.dead.values())),
        "implied_options": len(outset.implied),
        "dead": outset.dead,
        "implied": outset.implied,
        "void": outset.is_void,
        "nodes": figures.n_nodes,
        "edges": figures.n_edges,
        "compile_cpu_s": round(figures.compile_cpu_s, 4),
        "method": compiled.method,
    }


def _domains(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    prices = None
    if options.prices is not None:
        prices = json.loads(options.prices.read_text())
    warm()
    for question in _questions():
        yield _bounds(
            find_bounds(
                compiled,
                question["choices"],
                quantity=question.get("quantity"),
                prices=prices,
            )
        )


def _bounds(bounds: Bounds) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "valid": bounds.valid,
        "implied": bounds.implied,
        "count": None if bounds.n_products is None else str(bounds.n_products),
        "alternatives": bounds.alternatives,
    }
    if bounds.min_price is not None:
        answer |= {"min_price": bounds.min_price, "max_price": bounds.max_price}
    return answer


def _explain(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    warm()
    for question in _questions():
        wanted = question.get("wanted") or {}
        if len(wanted) > 1:
            raise DefinitionError("wanted", "one characteristic and its option")
        conflict = explain(
            compiled,
            question["choices"],
            quantity=question.get("quantity"),
            wanted=next(iter(wanted.items()), None),
        )
        yield {
            "conflict": dict(conflict.choices),
            "rules": [rule.code for rule in conflict.rules],
            "repairs": [
                {
                    "changes": dict(repair.changes),
                    "price_delta_minor": repair.price_delta_minor,
                }
                for repair in conflict.repairs
            ],
        }


def _replay(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    yield replay(compiled, n_sequences=options.sequences, seed=options.seed)


def _lint(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    findings = lint(compiled.definition, compiled)
    yield {"findings": [asdict(each) for each in findings]}


def _diff(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    if options.other is None:
        raise DefinitionError("diff", "a second model is needed")
    _, after = read_model(options.other)
    budget = Budget(options.nodes, options.seconds)
    found = asdict(compare(compiled.definition, after, budget=budget))
    for name, value in (found["products"] or {}).items():
        if isinstance(value, int):
            found["products"][name] = str(value)
    yield found


_COMMANDS = {
    "lint": _lint,
    "diff": _diff,
    "inspect": _inspect,
    "domains": _domains,
    "explain": _explain,
    "replay": _replay,
}


def _questions() -> Iterator[Mapping[str, Any]]:
    for at, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except ValueError as error:
            raise DefinitionError(f"line {at}", f"is not JSON: {error}") from error
        if not isinstance(question, dict) or not isinstance(
            question.get("choices"), dict
        ):
            raise DefinitionError(f"line {at}", 'an object with "choices" is needed')
        yield question


if __name__ == "__main__":
    sys.exit(main())
