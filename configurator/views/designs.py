"""Designs that somebody has saved: to go on with, to share, to name, to delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from configurator.models import Design, User
from configurator.selectors.callers import PageRequest, user_of
from configurator.selectors.designs import design_answer, list_designs
from configurator.selectors.fields import LONGEST_ADDRESS, write_query
from configurator.selectors.labels import name_answer
from configurator.selectors.releases import LiveRelease, live_release
from configurator.selectors.times import written_day
from configurator.selectors.words import in_language
from configurator.services.designs import (
    LONGEST_NAME,
    delete_design,
    rename_design,
    restore_design,
    save_design,
)
from configurator.services.errors import DomainError, NotFoundError
from configurator.services.previews import design_png
from configurator.views.design import read_design

WAITING_KEY = "design_to_save"
DELETED_KEY = "deleted_design"
PER_PAGE = 24


@require_safe
@never_cache
@login_required
def my_designs(page: PageRequest) -> HttpResponse:
    """Show what somebody has saved; what they began before signing in is saved now."""
    user = _person(page)
    _save_waiting(page, user)
    shown = Paginator(list_designs(owner=user), PER_PAGE).get_page(page.GET.get("page"))
    deleted = page.session.get(DELETED_KEY) or {}
    context = {
        "section": "designs",
        "designs": [_card(page, design) for design in shown],
        "page": shown,
        "deleted": deleted,
        "longest": LONGEST_NAME,
    }
    return render(page, "configurator/designs.html", context)


@require_POST
def design_save(page: PageRequest, slug: str) -> HttpResponse:
    """Save the configurator's form; a guest's waits until they have signed in."""
    release = live_release(slug)
    design = read_design(release, page.POST)
    user = user_of(page)
    if user is None:
        if len(design.query) <= LONGEST_ADDRESS:
            page.session[WAITING_KEY] = {"slug": slug, "query": design.query}
        messages.info(page, _("Sign in or make an account, and your design is kept."))
        return redirect(
            f"{reverse('account_login')}?next={reverse('catalogue:designs')}"
        )
    save_design(product=slug, choices=design.choices, owner=user, now=page.now)
    messages.success(page, _("Your design is saved."))
    return redirect("catalogue:designs")


@require_safe
@never_cache
def design_open(page: PageRequest, token: str) -> HttpResponse:
    """Lead to the product with a shared design, and say what of it is gone."""
    answer = design_answer(token=token)
    release = live_release(answer["product"])
    for gone in answer["lost"]:
        messages.error(page, _gone(release, gone))
    path = reverse("catalogue:product", args=[release.product])
    query = write_query(answer["choices"], release.definition.quantity.minimum)
    return redirect(f"{path}?{query}" if answer["choices"] else path)


@require_POST
@login_required
def design_change(page: PageRequest, token: str) -> HttpResponse:
    """Rename a design, delete it, or take that back."""
    user, action = _person(page), page.POST.get("action")
    if action == "delete":
        design = delete_design(token=token, user=user, now=page.now)
        page.session[DELETED_KEY] = {"token": token, "name": _name(design)}
    elif action == "restore":
        restore_design(token=token, user=user)
        page.session.pop(DELETED_KEY, None)
    else:
        name = page.POST.get("name", "")
        rename_design(token=token, name=name, user=user, now=page.now)
        messages.success(page, _("The design has its new name."))
    return redirect("catalogue:designs")


@require_safe
@cache_control(max_age=3600, private=True)
def design_picture(page: PageRequest, token: str) -> HttpResponse:
    """Give the picture of a design; whoever knows its link may see it."""
    try:
        png = design_png(token=token)
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(png, content_type="image/png")


def _person(page: PageRequest) -> User:
    user = user_of(page)
    if user is None:
        raise NotFoundError(_("There is no such design of yours."))
    return user


def _save_waiting(page: PageRequest, user: User) -> None:
    waiting = page.session.pop(WAITING_KEY, None)
    if waiting is None:
        return
    try:
        release = live_release(waiting["slug"])
        design = read_design(release, QueryDict(waiting["query"]))
        save_design(
            product=release.product, choices=design.choices, owner=user, now=page.now
        )
    except DomainError as error:
        messages.error(page, error.message)
    else:
        messages.success(page, _("Your design is saved."))


def _card(page: PageRequest, design: Design) -> dict[str, Any]:
    path = reverse("catalogue:design", args=[design.token])
    picture = reverse("catalogue:design-picture", args=[design.token])
    return {
        "token": design.token,
        "name": _name(design),
        "own_name": design.name,
        "product": in_language(design.product.name),
        "url": path,
        "share_url": page.build_absolute_uri(path),
        "picture": f"{picture}?{design.updated_at.timestamp():.0f}",
        "saved": written_day(design.updated_at),
        "change_url": reverse("catalogue:design-change", args=[design.token]),
    }


def _name(design: Design) -> str:
    return design.name or in_language(design.product.name)


def _gone(release: LiveRelease, lost: dict[str, Any]) -> str:
    code, value = lost["characteristic"], lost["value"]
    answer = name_answer(release.definition, code, value)
    text = _("No longer there: %(answer)s. %(reason)s")
    return text % {"answer": answer, "reason": lost["reason"]}
