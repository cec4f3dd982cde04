"""Releases: drafts are edited here, services do the rest."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from configurator.admin.base import OnlyInDrafts, tell_error
from configurator.admin.documents import bring_in, download
from configurator.admin.rules import show_rules
from configurator.forms import RuleForm
from configurator.models import (
    BomLine,
    CatalogueRelease,
    Characteristic,
    Option,
    PriceList,
    PriceRule,
    Routing,
    RoutingStep,
    Rule,
)
from configurator.selectors.callers import now_of, real_now_of
from configurator.selectors.examinations import examination_answer
from configurator.services import catalogue
from configurator.services.errors import DomainError
from configurator.services.publishing import ask_for_examination
from configurator.states import ExaminationGoal, ReleaseState
from configurator.tasks import examine_release

# A worker that finds this message after so long has nothing to do any more.
WAKE_UP_EXPIRES_S = 60


class CharacteristicInline(OnlyInDrafts, admin.TabularInline):  # type: ignore[type-arg]
    model = Characteristic
    extra = 0
    show_change_link = True


class RuleInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = Rule
    form = RuleForm
    extra = 0


class PriceListInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = PriceList
    extra = 0
    show_change_link = True


class BomLineInline(OnlyInDrafts, admin.TabularInline):  # type: ignore[type-arg]
    model = BomLine
    extra = 0


class RoutingInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = Routing
    extra = 0
    show_change_link = True


class OptionInline(OnlyInDrafts, admin.TabularInline):  # type: ignore[type-arg]
    model = Option
    extra = 0


class PriceRuleInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = PriceRule
    extra = 0


class RoutingStepInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = RoutingStep
    extra = 0


@admin.register(CatalogueRelease)
class CatalogueReleaseAdmin(OnlyInDrafts, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = [
        "product",
        "number",
        "state",
        "examination",
        "created_at",
        "published_at",
    ]
    list_filter = ["state", "product"]
    list_select_related = ["product"]
    fields = [
        "product",
        "number",
        "state",
        "active_from",
        "header",
        "examination",
        "definition_sha256",
        "artefact_sha256",
        "created_at",
        "published_at",
        "copied_from",
    ]
    readonly_fields = [
        "product",
        "number",
        "state",
        "examination",
        "definition_sha256",
        "artefact_sha256",
        "created_at",
        "published_at",
        "copied_from",
    ]
    inlines = [
        CharacteristicInline,
        RuleInline,
        PriceListInline,
        BomLineInline,
        RoutingInline,
    ]
    change_form_template = "admin/configurator/release.html"
    change_list_template = "admin/configurator/releases.html"
    actions = ["validate", "publish", "copy_as_draft", "reopen", "suspend", "resume"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a draft begins as a copy, or comes in as a document."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("<path:object_id>/examination/", self.examination, "examination"),
            ("<path:object_id>/rules/", partial(show_rules, self), "rules"),
            (
                "<path:object_id>/document.json",
                require_safe(partial(download, self)),
                "document",
            ),
            ("bring-in/", partial(bring_in, self), "bring_in"),
        )
        pages = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"configurator_cataloguerelease_{name}",
            )
            for route, view, name in own
        ]
        return [*pages, *super().get_urls()]

    def examination(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show how far a worker is and what it found; ask for more by a button.

        As long as there is something to wait for, the page asks for itself again.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        release = self.get_object(request, object_id)
        if release is None:
            raise Http404
        if request.method == "POST":
            self._ask(request, release, request.POST.get("goal", ""))
            return HttpResponseRedirect(request.path)
        answer = examination_answer(release)
        name = "_examination" if getattr(request, "htmx", False) else "examination"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Examination of %(release)s") % {"release": release},
            "opts": self.opts,
            "release": release,
            "answer": answer,
        }
        return TemplateResponse(request, f"admin/configurator/{name}.html", context)

    def _ask(self, request: HttpRequest, release: CatalogueRelease, goal: str) -> bool:
        """Let a worker do it; one that waits for its time goes on sale at once."""
        try:
            if release.state == ReleaseState.SCHEDULED:
                catalogue.publish_release(release_id=release.pk, now=now_of(request))
                messages.success(request, _("%s is on sale.") % release)
                return True
            ask_for_examination(
                release_id=release.pk, goal=goal, real_now=real_now_of(request)
            )
        except DomainError as error:
            tell_error(request, error)
            return False
        transaction.on_commit(
            lambda: examine_release.apply_async(
                kwargs={"release_id": release.pk}, expires=WAKE_UP_EXPIRES_S
            )
        )
        self.log_change(request, release, _("Asked for: %s") % goal)
        return True

    @admin.action(description=gettext_lazy("Validate"))
    def validate(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> HttpResponse | None:
        return self._examine_each(request, queryset, ExaminationGoal.VALIDATE)

    @admin.action(description=gettext_lazy("Publish"))
    def publish(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> HttpResponse | None:
        """Lead to the page that shows what changes; its button publishes."""
        return self._examine_each(request, queryset, None)

    def _examine_each(
        self,
        request: HttpRequest,
        releases: QuerySet[CatalogueRelease],
        goal: str | None,
    ) -> HttpResponse | None:
        """Ask for each release and go to the page of the first one."""
        asked = [
            release
            for release in releases.select_related("product")
            if goal is None or self._ask(request, release, goal)
        ]
        return self._to_examination(asked[0]) if asked else None

    def _to_examination(self, release: CatalogueRelease) -> HttpResponse:
        name = "admin:configurator_cataloguerelease_examination"
        return HttpResponseRedirect(reverse(name, args=[release.pk]))

    @admin.action(description=gettext_lazy("Copy as draft"))
    def copy_as_draft(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            copy = catalogue.copy_release(release_id=release.pk, now=now_of(request))
            return _("%(copy)s is a copy of %(release)s.").replace(
                "%(copy)s", str(copy)
            )

        self._each(request, queryset, run)

    @admin.action(description=gettext_lazy("Back to draft"))
    def reopen(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            catalogue.reopen_release(release_id=release.pk)
            return _("%(release)s can be edited again.")

        self._each(request, queryset, run)

    @admin.action(description=gettext_lazy("Stop the sale"))
    def suspend(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            catalogue.suspend_release(release_id=release.pk)
            return _("The sale of %(release)s is stopped.")

        self._each(request, queryset, run)

    @admin.action(description=gettext_lazy("Sell again"))
    def resume(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            catalogue.resume_release(release_id=release.pk)
            return _("%(release)s is on sale.")

        self._each(request, queryset, run)

    def _each(
        self,
        request: HttpRequest,
        releases: QuerySet[CatalogueRelease],
        run: Callable[[CatalogueRelease], str],
    ) -> None:
        """Run a service for each release; one that refuses does not stop the rest."""
        for release in releases.select_related("product"):
            try:
                text = run(release)
            except DomainError as error:
                tell_error(request, error)
                continue
            if text:
                told = text % {"release": release}
                messages.success(request, told)
                self.log_change(request, release, told)


class PartAdmin(OnlyInDrafts, admin.ModelAdmin):  # type: ignore[type-arg]
    """A part of a release with rows of its own; reached from the release."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["release"]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Keep it out of the index: without its release it says nothing."""
        return {}


@admin.register(Characteristic)
class CharacteristicAdmin(PartAdmin):
    inlines = [OptionInline]


@admin.register(PriceList)
class PriceListAdmin(PartAdmin):
    inlines = [PriceRuleInline]


@admin.register(Routing)
class RoutingAdmin(PartAdmin):
    inlines = [RoutingStepInline]
