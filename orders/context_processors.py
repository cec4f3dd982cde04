"""What every page shows of the visitor's cart."""

from typing import Any

from django.http import HttpRequest

from configurator.models import User
from configurator.selectors.callers import CART_KEY
from orders.selectors.carts import count_lines

__all__ = ["CART_KEY", "cart"]


def cart(request: HttpRequest) -> dict[str, Any]:
    """Count the cart's lines where a whole page with its header is drawn."""
    session = getattr(request, "session", None)
    token = session.get(CART_KEY) if session is not None else None
    if not token or getattr(request, "htmx", False):
        return {"cart_count": 0}
    user = getattr(request, "user", None)
    owner = user if isinstance(user, User) else None
    return {"cart_count": count_lines(token=token, user=owner)}
