"""What every page template may ask for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from configurator.models import User
from configurator.selectors.roles import (
    CATALOGUE_ADMIN,
    OPERATOR,
    ORDER_DESK,
    PLANNER,
    roles_of,
)

FLOOR_STAFF = frozenset({OPERATOR, PLANNER})
SALES = frozenset({ORDER_DESK, PLANNER})


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the script nonce, the factory's time, live streams and the visitor's ways.

    A fragment has no header, so nobody's roles are looked up for it.
    """
    user = getattr(request, "user", None)
    is_whole = isinstance(user, User) and not getattr(request, "htmx", False)
    roles = roles_of(user) if is_whole and isinstance(user, User) else frozenset()
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "live_origin": getattr(request, "live_origin", ""),
        "now_at": getattr(request, "now", None),
        "site_name": settings.SITE_NAME,
        "is_floor_staff": bool(FLOOR_STAFF & roles),
        "is_sales_staff": bool(SALES & roles),
        "is_catalogue_admin": CATALOGUE_ADMIN in roles,
    }
