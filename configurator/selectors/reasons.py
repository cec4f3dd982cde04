"""Why an option cannot be had, in the words of the rule that forbids it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from configurator.engine.model import Kind, Rule
from configurator.selectors.availability import SoldOut
from configurator.selectors.releases import LiveRelease
from configurator.selectors.times import written_day
from configurator.selectors.words import in_language

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.choices import State

# An explanation takes longer than the rest of a click; the others are told less.
MOST_EXPLAINED = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the engine: answers, quantity, what is sold out, which day."""

    release: LiveRelease
    choices: Mapping[str, Any]
    quantity: int
    sold_out: SoldOut
    today: date
    account: str = ""

    @property
    def unavailable(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.sold_out)


def map_reasons(
    asked: Asked, state: "State", language: str | None
) -> dict[tuple[str, str], str]:
    """Give a reason for every option that is not available.

    Where the choices exclude one another already, nothing is available and the
    conflict itself is the explanation.
    """
    found = {}
    words: dict[str, str] = {}
    unexplained = []
    unsaid = _("Your other choices rule it out.")
    answered = {*asked.choices, "quantity"}
    for name, options in state.domains.items():
        out = [option for option, each in options.items() if not each.available]
        decided = _decided_rules(asked, name, answered) if out else []
        for option in out:
            reason = _sold_out_reason(asked, name, option) if asked.sold_out else ""
            rule = None if reason else _broken_rule(asked, name, option, decided)
            if rule is not None:
                reason = words.get(rule.code) or reason_of(rule, language)
                words[rule.code] = reason
            if not reason:
                unexplained.append((name, option))
            found[name, option] = reason or unsaid
    if state.valid and unexplained:
        found.update(_explained(asked, unexplained[:MOST_EXPLAINED], language))
    return found


def reason_of(rule: Any, language: str | None = None) -> str:
    """Give a rule's reason, or say which rule it is."""
    text = in_language(rule.reason, language)
    return text or _("Rule %(code)s forbids it.") % {"code": rule.code}


def sold_out_text(back_on: date | None) -> str:
    """Say that something is sold out, and until when."""
    if back_on is None:
        return _("Sold out.")
    return _("Sold out; back on %(date)s.") % {"date": written_day(back_on)}


def _sold_out_reason(asked: Asked, name: str, option: str) -> str:
    if (name, option) not in asked.sold_out:
        return ""
    return sold_out_text(asked.sold_out[name, option])


def _decided_rules(asked: Asked, name: str, answered: set[str]) -> list[Rule]:
    """List rules in force that speak of one characteristic and of answered ones."""
    known = answered | {name}
    return [
        rule
        for rule, names in asked.release.loaded.rules_about(name)
        if names <= known and rule.applies(asked.today)
    ]


def _broken_rule(
    asked: Asked, name: str, option: str, rules: Sequence[Rule]
) -> Rule | None:
    """Look for a rule that the option breaks together with answers already given."""
    trial = with_option(asked, name, option) if rules else {}
    for rule in rules:
        if not rule.expression.holds(trial, asked.quantity):
            return rule
    return None


def _explained(
    asked: Asked, wanted: Iterable[tuple[str, str]], language: str | None
) -> dict[tuple[str, str], str]:
    from configurator.engine.explain import rules_against  # noqa: PLC0415 -- slow import

    found = rules_against(
        asked.release.compiled,
        asked.choices,
        wanted,
        quantity=asked.quantity,
        unavailable=asked.unavailable,
        today=asked.today,
    )
    said = {rule.code: rule for rules in found.values() for rule in rules}
    words = {code: reason_of(rule, language) for code, rule in said.items()}
    return {
        option: " ".join(dict.fromkeys(words[rule.code] for rule in rules))
        for option, rules in found.items()
        if rules
    }


def with_option(asked: Asked, name: str, option: str) -> dict[str, Any]:
    """Give the answers with one more option picked or ticked."""
    trial = dict(asked.choices)
    if asked.release.definition.by_code[name].kind is Kind.MULTI:
        trial[name] = sorted({*trial.get(name, []), option})
    else:
        trial[name] = option
    return trial


def list_rules(rules: Iterable[Any], language: str | None) -> list[dict[str, str]]:
    """Give rules as the API tells them."""
    return [{"code": rule.code, "reason": reason_of(rule, language)} for rule in rules]
