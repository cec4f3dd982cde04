"""Who may do what in the admin, and how it tells what services found."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from configurator.models import CatalogueRelease
from configurator.selectors.roles import CATALOGUE_ADMIN, roles_of
from configurator.services.errors import DomainError, Problem
from configurator.states import EDITABLE_RELEASE_STATES

MOST_MESSAGES = 20


class ForCatalogueAdmins:
    """What the role may do does not depend on permissions ticked one by one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_catalogue_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request)


class ForSuperusers:
    """People, keys, and what is a customer's own: no ticked permission opens these."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


class ReadOnly:
    """Facts that nobody edits; stands before the class that says who sees them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OnlyInDrafts(ForCatalogueAdmins):
    """Rows that can be edited until their release is validated."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request) and is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_catalogue_admin(request) and is_draft(obj)


def is_catalogue_admin(request: HttpRequest) -> bool:
    """Ask for the roles once in a request: a page of rows asks hundreds of times."""
    if not hasattr(request, "is_catalogue_admin"):
        request.is_catalogue_admin = CATALOGUE_ADMIN in roles_of(request.user)  # type: ignore[attr-defined]
    found: bool = request.is_catalogue_admin  # type: ignore[attr-defined]
    return found


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def is_draft(row: Any) -> bool:
    """Say whether a row, of any kind, belongs to a release that can be edited."""
    if row is None:
        return True
    release = row if isinstance(row, CatalogueRelease) else release_of(row)
    return release.state in EDITABLE_RELEASE_STATES


def release_of(row: Any) -> CatalogueRelease:
    for parent in ("characteristic", "routing", "price_list"):
        row = getattr(row, parent, row)
    found: CatalogueRelease = row.release
    return found


def place_of(problem: Problem) -> str:
    """Say what is wrong, after its place where it has one."""
    place = f"{problem.field}: " if problem.field else ""
    return f"{place}{problem.message}"


def tell_error(request: HttpRequest, error: DomainError) -> None:
    for each in error.problems[:MOST_MESSAGES]:
        messages.error(request, place_of(each))
