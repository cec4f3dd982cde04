"""What is wrong with a release before customers see it."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from configurator.documents import artwork_problems, missing_glyphs
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import Definition, DefinitionError, Kind
from configurator.ports import ports
from configurator.selectors import artefacts
from configurator.services.errors import DomainError, InvalidError, Problem

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled

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
    """One thing that was found; only an ERROR forbids publication."""

    level: str
    code: str
    text: str
    path: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Examined:
    """A document with what the engine makes of it."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    definition: Definition | None = None
    compiled: "Compiled | None" = None
    artefact_sha256: str = ""

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level == ERROR)


def read_definition(document: Mapping[str, Any]) -> Definition:
    """Read a document, telling what is wrong by its path."""
    try:
        return read_release(document)
    except DefinitionError as error:
        raise DefinitionInvalidError(error.message, field=error.path or None) from error


def examine(document: dict[str, Any]) -> Examined:
    """Read, check with production, compile and lint a document."""
    try:
        definition = read_definition(document)
    except DefinitionInvalidError as error:
        fault = Finding(ERROR, error.code, error.message, error.field or "")
        return Examined(document, (fault,))
    blocked = ports.publish_check(definition=document)
    findings = [Finding(ERROR, "production", text) for text in blocked]
    findings += list_drawing_faults(definition, document)
    findings += list_silent_rules(definition)
    compiled, artefact_sha256 = artefacts.compile_and_save(definition)
    findings += lint(definition, compiled)
    return Examined(document, tuple(findings), definition, compiled, artefact_sha256)


def lint(definition: Definition, compiled: "Compiled") -> list[Finding]:
    """Look for dead and forced options, redundant rules and missing routings.

    A dead option is a pity and no obstacle: real ranges that come from elsewhere
    have some, and nobody can pick them.
    """
    from configurator.engine import lint as engine  # noqa: PLC0415 -- slow import

    obstacles = {engine.FindingKind.VOID, engine.FindingKind.NO_ROUTING}
    return [
        Finding(
            level=ERROR if each.kind in obstacles else WARNING,
            code=each.kind.value.lower(),
            text=each.message,
            path=each.subject,
        )
        for each in engine.lint(definition, compiled)
    ]


def list_drawing_faults(
    definition: Definition, document: Mapping[str, Any]
) -> list[Finding]:
    """Find artwork that cannot be drawn, and letters that our font cannot print."""
    found = [
        Finding(ERROR, "artwork", text, "artwork")
        for text in artwork_problems(document)
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


def sha256_of(document: Any) -> str:
    """Hash a document in its one canonical form."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


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
