"""Releases: drafts are edited here, services do the rest."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.admin.base import (
    OnlyInDrafts,
    now_of,
    tell_error,
    tell_findings,
)
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
from configurator.services import catalogue
from configurator.services.errors import DomainError
from configurator.services.examination import ERROR
from configurator.states import ReleaseState


class CharacteristicInline(OnlyInDrafts, admin.TabularInline):  # type: ignore[type-arg]
    model = Characteristic
    extra = 0
    show_change_link = True


class RuleInline(OnlyInDrafts, admin.StackedInline):  # type: ignore[type-arg]
    model = Rule
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
    list_display = ["product", "number", "state", "created_at", "published_at"]
    list_filter = ["state", "product"]
    list_select_related = ["product"]
    fields = [
        "product",
        "number",
        "state",
        "active_from",
        "header",
        "findings",
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
        "findings",
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
    actions = ["validate", "publish", "copy_as_draft", "reopen", "suspend", "resume"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a draft begins as a copy, or comes in as a document."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj)

    @admin.action(description=gettext_lazy("Validate"))
    def validate(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            findings = catalogue.validate_release(release_id=release.pk)
            tell_findings(request, findings)
            is_refused = any(each.level == ERROR for each in findings)
            return "" if is_refused else _("%(release)s can be published.")

        self._each(request, queryset, run)

    @admin.action(description=gettext_lazy("Publish"))
    def publish(
        self, request: HttpRequest, queryset: QuerySet[CatalogueRelease]
    ) -> None:
        def run(release: CatalogueRelease) -> str:
            done = catalogue.publish_release(release_id=release.pk, now=now_of(request))
            if done.state == ReleaseState.SCHEDULED:
                return _("%(release)s goes on sale when its time has come.")
            return _("%(release)s is on sale.")

        self._each(request, queryset, run)

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
