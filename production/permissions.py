"""Who may see the floor, report on it, and plan it."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from configurator.models import ApiKey, User
from configurator.selectors.roles import OPERATOR, ORDER_DESK, PLANNER, roles_of
from configurator.states import Scope

READERS = frozenset({OPERATOR, ORDER_DESK, PLANNER})
REPORTERS = frozenset({OPERATOR, PLANNER})
PLANNERS = frozenset({PLANNER})
# Whoever may learn who the customers behind the work are.
CUSTOMER_READERS = frozenset({ORDER_DESK, PLANNER})
# Taking a batch apart, or a unit out of a line's order, changes the plan.
PLANNING_ACTIONS = frozenset({"unfreeze", "dissolve", "merge", "remove", "reinsert"})


def writers_for(action: str) -> frozenset[str]:
    """Say who may do an action on a batch or a line."""
    return PLANNERS if action in PLANNING_ACTIONS else REPORTERS


class FloorPermission(BasePermission):
    """Sessions by role, API keys by scope; the view names who may write."""

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, User):
            return False
        is_read = request.method in {"GET", "HEAD", "OPTIONS"}
        if isinstance(request.auth, ApiKey):
            wanted = Scope.PRODUCTION_READ if is_read else Scope.PRODUCTION_WRITE
            return wanted in request.auth.scopes
        allowed = READERS if is_read else getattr(view, "writers", REPORTERS)
        return bool(allowed & roles_of(request.user))


class PlannerPermission(BasePermission):
    """A planner who is signed in; no key hands out places at the floor."""

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, User) or isinstance(request.auth, ApiKey):
            return False
        return bool(PLANNERS & roles_of(request.user))
