"""Rules of a draft: written as text or put together from a sentence, and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.rules import RuleSyntaxError, parse
from configurator.models import CatalogueRelease, Rule
from configurator.services import drafts
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.examination import DefinitionInvalidError, read_definition
from configurator.states import EDITABLE_RELEASE_STATES

PLAIN_OPTION = re.compile(r"[A-Z0-9][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Claim:
    """One half of a sentence: an option, or that a text is given, holds or does not.

    ``what`` is ``characteristic=option``, or a characteristic alone.
    """

    what: str
    holds: bool = True


def write_sentence(definition: Definition, *, when: Claim | None, then: Claim) -> str:
    """Write "if this then that" in the rule language; without ``when`` it is always so.

    Raises
    ------
    DomainError
        Where a half names nothing of the product.
    """
    text = _write_claim(definition, then, field="then")
    if when is None:
        return text
    return f"{_write_claim(definition, when, field='when')} => {text}"


def _write_claim(definition: Definition, claim: Claim, *, field: str) -> str:
    name, _equals, option = claim.what.partition("=")
    each = definition.by_code.get(name)
    if each is None or not _fits(each, option):
        text = _("“%(what)s” is nothing of this product.")
        raise DomainError(text % {"what": claim.what}, field=field)
    written = option if PLAIN_OPTION.fullmatch(option) else f'"{option}"'
    if each.kind is Kind.CHOICE:
        return f"{name} {'=' if claim.holds else '!='} {written}"
    text = f"{name} has {written}" if each.kind is Kind.MULTI else name
    return text if claim.holds else f"!({text})"


def _fits(each: Characteristic, option: str) -> bool:
    if each.kind in (Kind.CHOICE, Kind.MULTI):
        return option in each.positions
    return not option and each.kind in (Kind.TEXT, Kind.FILE)


def with_rule(document: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    """Give a document with one more rule at its end."""
    return {**document, "rules": [*document.get("rules", []), dict(rule)]}


def add_rule(
    *, release_id: int, code: str, text: str, reason: Mapping[str, str]
) -> Rule:
    """Add a rule to a draft, after all others.

    A fault in the rule itself is refused with its line and column; what else is
    wrong with the draft is left to its examination.
    """
    with transaction.atomic():
        release = (
            CatalogueRelease.objects.select_for_update().filter(pk=release_id).first()
        )
        if release is None:
            raise NotFoundError(_("There is no release %(id)s.") % {"id": release_id})
        if release.state not in EDITABLE_RELEASE_STATES:
            raise ConflictError(_("%s can no longer be edited.") % release)
        if not code.strip():
            raise DomainError(_("A rule needs a code."), field="code")
        if release.rules.filter(code=code).exists():
            text_ = _("There is a rule “%s” already.") % code
            raise DomainError(text_, field="code")
        check_rule(drafts.read_document(release), text)
        latest = release.rules.aggregate(latest=Max("position"))["latest"]
        return Rule.objects.create(
            release=release,
            position=0 if latest is None else latest + 1,
            code=code,
            text=text,
            reason=dict(reason),
        )


def check_syntax(text: str) -> None:
    """Refuse a rule that cannot be read, with its line and column."""
    try:
        parse(text)
    except RuleSyntaxError as error:
        raise DomainError(str(error), field="text") from error


def check_rule(document: Mapping[str, Any], text: str) -> None:
    """Refuse a rule that cannot be read, or speaks of what the product has not."""
    tried = with_rule(document, {"code": "TRIED", "text": text})
    place = f"rules[{len(tried['rules']) - 1}]"
    try:
        read_definition(tried)
    except DefinitionInvalidError as error:
        if (error.field or "").startswith(place):
            raise DomainError(error.message, field="text") from error
