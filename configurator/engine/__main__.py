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
from configurator.engine.formats.boolean import read_text
from configurator.engine.formats.files import read_model
from configurator.engine.lint import lint
from configurator.engine.model import DefinitionError
from configurator.engine.passes import warm
from configurator.engine.replay import replay
from configurator.engine.sat import void_rules

MAX_TOTAL = 1 << 40
"""Largest sum of prices on the command line."""


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
            sys.stdout.flush()
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
    found = {
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
    if outset.is_void:
        found["conflict"] = void_rules(definition)
    yield found


def _domains(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    prices = None if options.prices is None else _read_prices(options.prices)
    warm()
    for question in _questions():
        bounds = find_bounds(
            compiled,
            question["choices"],
            quantity=question.get("quantity"),
            prices=prices,
        )
        yield _bounds(bounds, is_priced=prices is not None)


def _read_prices(path: Path) -> Mapping[str, Mapping[str, int]]:
    try:
        prices = json.loads(read_text(path))
    except (OSError, RecursionError, ValueError) as error:
        raise DefinitionError(path.name, f"cannot be read: {error}") from error
    if not isinstance(prices, dict):
        raise DefinitionError(path.name, "{characteristic: {option: n}} is needed")
    total = 0
    for name, by_option in prices.items():
        if not isinstance(by_option, dict):
            raise DefinitionError(f"{path.name}: {name}", "{option: n} is needed")
        for option, amount in by_option.items():
            if type(amount) is not int:
                place = f"{path.name}: {name}.{option}"
                raise DefinitionError(place, f"{amount!r:.80} is not a whole number")
        total += max(map(abs, by_option.values()), default=0)
        if total > MAX_TOTAL:
            place = f"{path.name}: {name}"
            raise DefinitionError(place, f"prices may add up to more than {MAX_TOTAL}")
    return prices


def _bounds(bounds: Bounds, *, is_priced: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "valid": bounds.valid,
        "implied": bounds.implied,
        "count": None if bounds.n_products is None else str(bounds.n_products),
        "alternatives": bounds.alternatives,
    }
    if is_priced:
        answer |= {"min_price": bounds.min_price, "max_price": bounds.max_price}
    return answer


def _explain(
    kind: str, compiled: Compiled, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    warm()
    for question in _questions():
        conflict = explain(
            compiled,
            question["choices"],
            quantity=question.get("quantity"),
            wanted=_wanted(question.get("wanted") or {}),
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


def _wanted(wanted: Any) -> tuple[str, str] | None:
    if not isinstance(wanted, dict) or len(wanted) > 1:
        raise DefinitionError("wanted", "one characteristic and its option")
    found = next(iter(wanted.items()), None)
    if found is not None and not isinstance(found[1], str):
        raise DefinitionError("wanted", f"{found[1]!r:.80} is not an option")
    return found


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
        except (RecursionError, ValueError) as error:
            raise DefinitionError(f"line {at}", f"is not JSON: {error}") from error
        if not isinstance(question, dict) or not isinstance(
            question.get("choices"), dict
        ):
            raise DefinitionError(f"line {at}", 'an object with "choices" is needed')
        quantity = question.get("quantity")
        if quantity is not None and type(quantity) is not int:
            raise DefinitionError(f"line {at}", f"{quantity!r:.80} is no quantity")
        yield question


if __name__ == "__main__":
    sys.exit(main())
