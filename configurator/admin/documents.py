"""A release as a document: taken out as JSON, and brought in as the next draft."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.admin.base import is_catalogue_admin, place_of
from configurator.selectors.callers import now_of
from configurator.services.catalogue import build_document, create_draft
from configurator.services.errors import DomainError
from configurator.services.examination import read_definition

if TYPE_CHECKING:
    from configurator.admin.releases import CatalogueReleaseAdmin

MOST_BYTES = 20 * 1024 * 1024


class DocumentForm(forms.Form):
    """A document to bring in, or only to look at."""

    document = forms.FileField(label=gettext_lazy("Document (JSON)"))
    is_trial = forms.BooleanField(
        label=gettext_lazy("Only say what is wrong with it; keep nothing"),
        required=False,
    )

    def clean_document(self) -> dict[str, Any]:
        """Read one JSON object, or say where it is none."""
        file = self.cleaned_data["document"]
        if file.size > MOST_BYTES:
            text = _("It has more than %(n)s MB.") % {"n": MOST_BYTES >> 20}
            raise forms.ValidationError(text)
        try:
            document = json.loads(file.read().decode("utf-8-sig"))
        except (RecursionError, ValueError) as error:
            text = _("It is no JSON: %(error)s") % {"error": error}
            raise forms.ValidationError(text) from error
        if not isinstance(document, dict):
            raise forms.ValidationError(_("It holds no JSON object."))
        return document


def download(
    admin: "CatalogueReleaseAdmin", request: HttpRequest, object_id: str
) -> HttpResponse:
    """Give a release's document, as it was published or as the draft stands."""
    if not is_catalogue_admin(request):
        raise PermissionDenied
    release = admin.get_object(request, object_id)
    if release is None:
        raise Http404
    text = json.dumps(build_document(release=release), ensure_ascii=False, indent=1)
    name = f"{release.product.slug}-{release.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


def bring_in(admin: "CatalogueReleaseAdmin", request: HttpRequest) -> HttpResponse:
    """Make the next draft of a product of a document, or say what is wrong with it."""
    if not is_catalogue_admin(request):
        raise PermissionDenied
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        answer = _take(admin, request, form)
        if answer is not None:
            return answer
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Bring in a document"),
        "opts": admin.opts,
        "form": form,
    }
    return TemplateResponse(request, "admin/configurator/bring-in.html", context)


def _take(
    admin: "CatalogueReleaseAdmin", request: HttpRequest, form: DocumentForm
) -> HttpResponse | None:
    document = form.cleaned_data["document"]
    try:
        if form.cleaned_data["is_trial"]:
            read_definition(document)
            messages.success(request, _("Nothing is wrong with it."))
            return None
        release = create_draft(document=document, now=now_of(request))
    except DomainError as error:
        for each in error.problems:
            form.add_error("document", place_of(each))
        return None
    told = _("%(release)s is a draft now.") % {"release": release}
    messages.success(request, told)
    admin.log_addition(request, release, told)
    name = "admin:configurator_cataloguerelease_change"
    return HttpResponseRedirect(reverse(name, args=[release.pk]))
