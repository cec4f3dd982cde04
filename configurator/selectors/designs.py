"""Saved designs, and what of them the release on sale no longer knows."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.models import Design, User
from configurator.selectors.answers import read_choices
from configurator.selectors.errors import NotFoundError, Problem
from configurator.selectors.releases import LiveRelease, live_release

Answer = dict[str, Any]


def get_design(*, token: str) -> Design:
    """Give the design that a share link names."""
    rows = Design.objects.select_related("product").filter(deleted_at=None)
    design = rows.filter(token=token).first()
    if design is None:
        raise NotFoundError(_("There is no design at this address."))
    return design


def list_designs(*, owner: User) -> QuerySet[Design]:
    """List what somebody has saved, the latest first."""
    rows = Design.objects.filter(owner=owner, deleted_at=None)
    return rows.select_related("product").order_by("-updated_at", "-pk")


def design_answer(*, token: str) -> Answer:
    """Give a design's choices as far as the release on sale still knows them.

    Answers that it no longer knows are left out and listed under ``lost``.
    """
    design = get_design(token=token)
    release = live_release(design.product.slug)
    choices, lost = rebase(release, design.choices)
    return {
        "product": release.product,
        "release": release.number,
        "choices": choices,
        "lost": lost,
    }


def rebase(
    release: LiveRelease, choices: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Answer]]:
    """Keep the answers that a release knows; tell the others with the reason."""
    kept: dict[str, Any] = {}
    lost: list[Answer] = []
    for name, value in choices.items():
        known, problems = read_choices(release.definition, {name: value})
        kept |= known
        lost += [_lost(name, value, problem) for problem in problems]
    return kept, lost


def _lost(name: str, value: Any, problem: Problem) -> Answer:
    return {"characteristic": name, "value": value, "reason": problem.message}
