"""What is wrong with a release before customers see it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from configurator.documents import artwork_problems, missing_glyphs
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition, DefinitionError, Kind
from configurator.ports import ports
from configurator.selectors import artefacts
from configurator.selectors.artefacts import sha256_of
from configurator.selectors.money import written
from configurator.selectors.print_areas import area_problems
from configurator.selectors.texts import text_rule_problems
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError, InvalidError, Problem

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled

Progress = Callable[[str, float], None]

ERROR = "ERROR"
WARNING = "WARNING"
# Which parts of the document each content hash covers.
RULES_PARTS = ("characteristics", "rules", "quantity")
PRICES_PARTS = ("currency", "prices", "pieces")
MANUFACTURE_PARTS = ("pieces", "materials", "routings")


class DefinitionInvalidError(DomainError):
    """A document that is not a release's definition; ``field`` is its path."""

    code = "definition"


class ReleaseInvalidError(InvalidError):
    """A release with faults that forbid its publication."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; only an ERROR forbids publication.

    ``rules`` are the rules that prove it, each with its code and reason.
    """

    level: str
    code: str
    text: str
    path: str = ""
    rules: tuple[Mapping[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "rules": [dict(rule) for rule in self.rules]}


@dataclass(frozen=True, slots=True)
class Examined:
    """A document with what the engine makes of it.

    ``figures`` say how it was compiled: ``method``, ``products`` (as text: there may
    be many), ``options``, ``rules``, ``compile_cpu_s``, ``is_reused``.
    """

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    definition: Definition | None = None
    compiled: "Compiled | None" = None
    artefact_sha256: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level == ERROR)


def read_definition(document: Mapping[str, Any]) -> Definition:
    """Read a document, telling what is wrong by its path."""
    try:
        return read_release(document)
    except DefinitionError as error:
        raise DefinitionInvalidError(error.message, field=error.path or None) from error


def examine(
    document: dict[str, Any],
    *,
    like: "Compiled | None" = None,
    today: date | None = None,
    on_progress: Progress | None = None,
) -> Examined:
    """Read, check with production, compile and lint a document.

    ``like`` is a compiled release of the same product, whose diagram is taken over
    where only prices differ; days before ``today`` are not looked at.
    """
    tell = on_progress or _tell_nobody
    tell("read", 0.0)
    try:
        definition = read_definition(document)
    except DefinitionInvalidError as error:
        fault = Finding(ERROR, error.code, error.message, error.field or "")
        return Examined(document, (fault,))
    blocked = ports.publish_check(definition=document)
    findings = [Finding(ERROR, "production", text) for text in blocked]
    findings += list_drawing_faults(definition, document)
    findings += list_silent_rules(definition)
    try:
        made = artefacts.compile_and_save(definition, like=like, on_progress=tell)
        findings += lint(definition, made.compiled, today=today, on_progress=tell)
        findings += list_price_faults(definition, made.compiled)
    except DefinitionError as error:
        findings.append(Finding(ERROR, "definition", error.message, error.path))
        return Examined(document, tuple(findings), definition)
    findings += list_budget_faults(made.compiled)
    return Examined(
        document,
        tuple(findings),
        definition,
        made.compiled,
        made.sha256,
        figures_of(made),
    )


def _tell_nobody(phase: str, share: float) -> None:
    """Keep progress to oneself."""


def figures_of(made: artefacts.Made) -> dict[str, Any]:
    """Say how a release was compiled, for people who publish it."""
    definition, n_products = made.compiled.definition, made.compiled.n_products
    return {
        "method": made.compiled.method,
        "is_reused": made.is_reused,
        "products": None if n_products is None else str(n_products),
        "options": sum(len(each.options) for each in definition.characteristics),
        "rules": len(definition.rules),
    }


def lint(
    definition: Definition,
    compiled: "Compiled",
    *,
    today: date | None = None,
    on_progress: Progress | None = None,
) -> list[Finding]:
    """Look for dead and forced options, redundant rules and missing routings.

    A dead option is a pity and no obstacle: real ranges that come from elsewhere
    have some, and nobody can pick them.
    """
    from configurator.engine import lint as engine  # noqa: PLC0415 -- slow import

    obstacles = {engine.FindingKind.VOID, engine.FindingKind.NO_ROUTING}
    reasons = {rule.code: rule.reason for rule in definition.rules}
    found = engine.lint(definition, compiled, today=today, on_progress=on_progress)
    return [
        Finding(
            level=ERROR if each.kind in obstacles else WARNING,
            code=each.kind.value.lower(),
            text=each.message,
            path=each.subject,
            rules=tuple(
                {"code": code, "reason": in_language(reasons[code], "en")}
                for code in each.rules
            ),
        )
        for each in found
    ]


def list_price_faults(definition: Definition, compiled: "Compiled") -> list[Finding]:
    """Find a product that would cost less than nothing."""
    lowest = lowest_price(definition, compiled)
    if lowest is None or lowest >= 0:
        return []
    text = _("The cheapest product would cost %(price)s.")
    shown = written(lowest, definition.currency)
    return [Finding(ERROR, "negative_price", text % {"price": shown}, "prices")]


def lowest_price(definition: Definition, compiled: "Compiled") -> int | None:
    """Give the total of the cheapest product at the smallest quantity.

    What is paid by its area has no lowest total before its measures are known: then
    it is that of the smallest measures, where these go together.
    """
    from configurator.engine.choices import evaluate  # noqa: PLC0415 -- slow import

    quantity = definition.quantity.minimum
    state = evaluate(compiled, {}, quantity=quantity)
    if state.lowest_total_minor is not None or not state.valid:
        return state.lowest_total_minor
    numbers = [each for each in definition.characteristics if each.kind is Kind.NUMBER]
    least = {each.code: state.ranges[each.code][0][0] for each in numbers}
    smallest = evaluate(compiled, least, quantity=quantity)
    return smallest.lowest_total_minor if smallest.valid else None


def list_budget_faults(compiled: "Compiled") -> list[Finding]:
    """Tell where a solver will answer, since the diagram outgrew its budget."""
    if compiled.method == "diagram":
        return []
    budget = artefacts.compile_budget()
    text = _(
        "The diagram is over its budget of %(nodes)s nodes and %(seconds)s CPU "
        "seconds. A solver answers in its place: as exactly, but more slowly, and "
        "without the lowest prices of options."
    )
    words = {"nodes": budget.nodes, "seconds": f"{budget.seconds:g}"}
    return [Finding(WARNING, "over_budget", text % words)]


def list_drawing_faults(
    definition: Definition, document: Mapping[str, Any]
) -> list[Finding]:
    """Find artwork that cannot be drawn, and letters that our font cannot print."""
    found = [
        Finding(ERROR, "artwork", text, "artwork")
        for text in (
            *artwork_problems(document),
            *area_problems(document),
            *text_rule_problems(document),
        )
    ]
    for at, each in enumerate(definition.characteristics):
        lacking = missing_glyphs(each.letters) if each.kind is Kind.TEXT else ()
        if lacking:
            letters = "".join(letter for _at, letter in lacking[:10])
            text = _("The font lacks: %(letters)s") % {"letters": letters}
            found.append(Finding(ERROR, "font", text, f"characteristics.{at}.alphabet"))
    return found


def list_silent_rules(definition: Definition) -> list[Finding]:
    """Warn of rules without a reason: people would see only that it is not so."""
    silent = [rule.code for rule in definition.rules if not rule.reason]
    if not silent:
        return []
    text = _("%(n)s rules give no reason, first %(code)s.")
    return [
        Finding(
            WARNING, "reason", text % {"n": len(silent), "code": silent[0]}, "rules"
        )
    ]


def refuse(examined: Examined, *, accepted: Collection[str] = ()) -> None:
    """Raise all faults of a document at once, but those known and accepted."""
    faults = [each for each in examined.errors if each.code not in accepted]
    if faults:
        raise ReleaseInvalidError(
            Problem(each.code, each.text, each.path or None) for each in faults
        )


def content_hashes(document: Mapping[str, Any]) -> dict[str, str]:
    """Hash the whole and its three parts, which change for different reasons."""

    def of(parts: tuple[str, ...]) -> str:
        return sha256_of({key: document.get(key) for key in parts})

    return {
        "definition_sha256": sha256_of(document),
        "rules_sha256": of(RULES_PARTS),
        "prices_sha256": of(PRICES_PARTS),
        "manufacture_sha256": of(MANUFACTURE_PARTS),
    }
