"""What the examination of a release found, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import CatalogueRelease
from configurator.selectors.words import whole_number
from configurator.states import ExaminationState, ReleaseState

UNDER_WAY = (ExaminationState.WAITING, ExaminationState.RUNNING)
SOLD = (ReleaseState.ACTIVE, ReleaseState.SUSPENDED)
OPEN = (ReleaseState.DRAFT, ReleaseState.VALIDATED)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what, and how much of it is new, gone or other."""

    name: str
    added: Mapping[str, Any]
    removed: Mapping[str, Any]
    changed: Mapping[str, Any]

    @property
    def cells(self) -> tuple[Mapping[str, Any], ...]:
        return self.added, self.removed, self.changed


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that the page of an examination shows."""

    is_under_way: bool
    phase: str
    percent: int
    problems: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    figures: list[tuple[str, str]]
    against: int | None
    is_outdated: bool
    uncounted: str
    counts: list[tuple[str, str]]
    lost_example: str
    gained_example: str
    rows: list[Row]
    can_validate: bool
    can_publish: bool
    asks_for: str


def examination_answer(release: CatalogueRelease) -> Examination:
    """Bring what stands in a release's row into words and tables."""
    difference = release.difference or {}
    products = difference.get("products") or {}
    is_under_way = release.examination in UNDER_WAY
    live = _live_number(release)
    against = difference.get("against")
    is_outdated = release.state in OPEN and bool(release.figures) and against != live
    findings = release.findings or []
    errors = [each for each in findings if each["level"] == "ERROR"]
    return Examination(
        is_under_way=is_under_way,
        phase=_phase(release),
        percent=release.examination_percent,
        problems=release.problems or [],
        errors=errors,
        warnings=[each for each in findings if each["level"] != "ERROR"],
        figures=_figures(release),
        against=against,
        is_outdated=is_outdated,
        uncounted=difference.get("uncounted", ""),
        counts=_counts(products),
        lost_example=_shown(products.get("lost_example")),
        gained_example=_shown(products.get("gained_example")),
        rows=_rows(difference),
        can_validate=release.state in OPEN and not is_under_way,
        can_publish=_can_publish(release) and not is_under_way and not is_outdated,
        asks_for=release.get_examination_goal_display(),
    )


def _can_publish(release: CatalogueRelease) -> bool:
    """Say whether its difference was seen, so that it may go on sale."""
    return release.state in (ReleaseState.VALIDATED, ReleaseState.SCHEDULED)


def _live_number(release: CatalogueRelease) -> int | None:
    siblings = CatalogueRelease.objects.filter(product=release.product_id)
    live = siblings.filter(state__in=SOLD).exclude(pk=release.pk)
    found: int | None = live.values_list("number", flat=True).first()
    return found


def _phase(release: CatalogueRelease) -> str:
    if release.examination == ExaminationState.WAITING:
        return _("Waiting for a worker")
    return {
        "read": _("Reading the draft"),
        "compile": _("Compiling the rules"),
        "lint": _("Looking for what should not be"),
        "compare": _("Comparing with what is on sale"),
    }.get(release.examination_phase, _("Beginning"))


def _figures(release: CatalogueRelease) -> list[tuple[str, str]]:
    figures = release.figures
    if not figures:
        return []
    method = _("decision diagram") if figures["method"] == "diagram" else _("solver")
    if figures.get("is_reused"):
        method = _("decision diagram of the release before: only prices changed")
    products = figures.get("products")
    return [
        (_("Answers come from"), method),
        (_("Products"), whole_number(products) if products else _("not counted")),
        (_("Options"), whole_number(figures["options"])),
        (_("Rules"), whole_number(figures["rules"])),
    ]


def _counts(products: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not products:
        return []
    names = (
        ("lost", _("Products lost")),
        ("gained", _("Products gained")),
        ("kept", _("Products kept")),
    )
    return [(name, whole_number(products[key])) for key, name in names]


def _rows(difference: Mapping[str, Any]) -> list[Row]:
    names = {
        "characteristics": _("Characteristics"),
        "options": _("Options"),
        "rules": _("Rules"),
        "prices": _("Prices"),
        "materials": _("Materials"),
        "routings": _("Routings"),
    }
    return [
        Row(name, **difference[key]) for key, name in names.items() if key in difference
    ]


def _shown(choices: Mapping[str, Any] | None) -> str:
    """Write choices in one line."""
    found = []
    for name, value in sorted((choices or {}).items()):
        text = ", ".join(value) if isinstance(value, list) else str(value)
        found.append(f"{name} = {text or '–'}")  # noqa: RUF001 -- a dash for none
    return " · ".join(found)
