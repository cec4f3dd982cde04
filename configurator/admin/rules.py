"""The rules of a release: by sentence or by text, beside a panel to try them."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from configurator.admin.base import (
    is_catalogue_admin,
    is_draft,
    place_of,
    tell_error,
)
from configurator.models import CatalogueRelease
from configurator.selectors.callers import now_of
from configurator.selectors.fields import (
    read_choices,
    read_date,
    read_quantity,
)
from configurator.selectors.times import local
from configurator.services.catalogue import build_document
from configurator.services.errors import DomainError
from configurator.services.examination import read_definition
from configurator.services.rules import Claim, add_rule, write_sentence
from configurator.services.trials import Trial, Tried, try_out

if TYPE_CHECKING:
    from configurator.admin.releases import CatalogueReleaseAdmin

MUST_NOT = "not"


def show_rules(
    admin: "CatalogueReleaseAdmin", request: HttpRequest, object_id: str
) -> HttpResponse:
    """Show the rules in words and what one configuration comes to; add a rule."""
    if not is_catalogue_admin(request):
        raise PermissionDenied
    release = admin.get_object(request, object_id)
    if release is None:
        raise Http404
    if request.method == "POST":
        return _add(admin, request, release)
    is_part = getattr(request, "htmx", False)
    context = {
        **({} if is_part else admin.admin_site.each_context(request)),
        "title": _("Rules of %(release)s") % {"release": release},
        "opts": admin.opts,
        "release": release,
        "is_draft": is_draft(release),
        "trial": (trial := _try(request, release)),
        "claims": _claims(trial),
        "tried_quantity": request.GET.get("quantity", ""),
        "tried_day": request.GET.get("day", ""),
        "tried_rule": request.GET.get("rule", ""),
    }
    name = "_trial" if is_part else "rules"
    return TemplateResponse(request, f"admin/configurator/{name}.html", context)


def _try(request: HttpRequest, release: CatalogueRelease) -> Trial:
    fields = request.GET
    try:
        definition = read_definition(build_document(release=release))
    except DomainError as error:
        return Trial(place_of(error.problems[0]))
    tried = Tried(
        choices=read_choices(definition, fields),
        quantity=read_quantity(fields, definition.quantity.minimum),
        today=read_date(fields.get("day", "")) or local(now_of(request)).date(),
        rule_text=fields.get("rule", ""),
    )
    return try_out(release=release, tried=tried)


def _claims(trial: Trial) -> list[tuple[str, list[tuple[str, str]]]]:
    """List what the halves of a sentence can name, question by question."""
    found = []
    for each in trial.questions:
        options = [
            (f"{each.code}={option.code}", option.name) for option in each.options
        ]
        if each.kind in ("TEXT", "FILE"):
            options = [(each.code, _("is given"))]
        if options:
            found.append((each.name, options))
    return found


def _add(
    admin: "CatalogueReleaseAdmin", request: HttpRequest, release: CatalogueRelease
) -> HttpResponse:
    if not admin.has_change_permission(request, release):
        raise PermissionDenied
    given = request.POST
    try:
        rule = add_rule(
            release_id=release.pk,
            code=given.get("code", "").strip(),
            text=_text_of(release, given),
            reason={"en": reason}
            if (reason := given.get("reason", "").strip())
            else {},
        )
    except DomainError as error:
        tell_error(request, error)
    else:
        told = _("Rule %(code)s was added: %(text)s")
        text = told % {"code": rule.code, "text": rule.text}
        messages.success(request, text)
        admin.log_change(request, release, text)
    return HttpResponseRedirect(request.get_full_path())


def _text_of(release: CatalogueRelease, given: Any) -> str:
    """Give the text that was typed, or the one that a sentence comes to."""
    if not given.get("then"):
        return str(given.get("text", "")).strip()
    definition = read_definition(build_document(release=release))
    when = given.get("when", "")
    return write_sentence(
        definition,
        when=Claim(when, given.get("when_is") != MUST_NOT) if when else None,
        then=Claim(given["then"], given.get("then_is") != MUST_NOT),
    )
