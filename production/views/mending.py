"""The way from what is wrong to where it is mended."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from configurator.selectors.roles import roles_of
from production.permissions import PLANNERS
from production.selectors.problems import Problem
from production.views.requests import PageRequest


def may_mend(request: PageRequest) -> bool:
    """Say whether the admin, which has the figures of the works, opens to them."""
    return request.user.is_staff and bool(PLANNERS & roles_of(request.user))


def figures_url(request: PageRequest) -> str:
    """Give where the figures of the works are; nothing for who may not change them."""
    return reverse("admin:app_list", args=["production"]) if may_mend(request) else ""


def problem_row(problem: Problem, *, may_mend: bool) -> dict[str, str]:
    """Lead to the figures that mend it, else to where it is looked at."""
    if problem.code == "DOWN":
        url = reverse("production:board", args=[problem.work_centre])
        return {"text": problem.text, "url": url, "way": _("Say when it is back")}
    if may_mend and (url := _figures(problem)):
        return {"text": problem.text, "url": url, "way": _("Mend it")}
    url = ""
    if problem.work_order:
        url = reverse("production:work-order", args=[problem.work_order])
    elif problem.work_centre:
        url = reverse("production:board", args=[problem.work_centre])
    return {"text": problem.text, "url": url, "way": _("Look at it")}


def _figures(problem: Problem) -> str:
    if problem.calendar_id:
        return reverse("admin:production_calendar_change", args=[problem.calendar_id])
    if problem.matrix:
        rows = reverse("admin:production_setuprule_changelist")
        return f"{rows}?{urlencode({'matrix': problem.matrix})}"
    if problem.skill_id:
        return reverse("admin:production_skill_change", args=[problem.skill_id])
    if problem.skill:
        new = reverse("admin:production_skill_add")
        return f"{new}?{urlencode({'code': problem.skill})}"
    return ""
