"""Who may call what of the catalogue: by role of a person, by scope of a key."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from configurator.models import ApiKey
from configurator.selectors.roles import CATALOGUE_ADMIN, PLANNER, roles_of
from configurator.states import Scope

if TYPE_CHECKING:  # its views import this module
    from rest_framework.views import APIView


class MayMarkSoldOut(BasePermission):
    """Those who keep the catalogue, and those who see what the floor lacks."""

    roles = frozenset({CATALOGUE_ADMIN, PLANNER})
    scopes = frozenset({Scope.CATALOGUE_WRITE.value, Scope.PRODUCTION_WRITE.value})

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, ApiKey):
            return bool(self.scopes & set(request.auth.scopes))
        return bool(self.roles & roles_of(request.user))
