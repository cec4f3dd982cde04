"""What the middleware and the login have put on a request, for every shell."""

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request

from configurator.models import ApiKey, User
from configurator.selectors.roles import ORDER_DESK, PLANNER, roles_of

AnyRequest = HttpRequest | Request
GUEST = "guest"
# In the session: the token of the visitor's cart.
CART_KEY = "cart"
# In the session of staff: for which account they fill the cart; 0 for none.
DESK_BUYER = "desk_buyer"


class PageRequest(HttpRequest):
    """A request of a page; never made here, only told to the type checker."""

    now: datetime
    real_now: datetime
    htmx: HtmxDetails


def now_of(request: AnyRequest) -> datetime:
    """Give the factory's time, which the middleware has told this request."""
    now: datetime = request.now  # type: ignore[union-attr]
    return now


def real_now_of(request: AnyRequest) -> datetime:
    """Give the time of the world outside, for the age of keys, leases and retries."""
    now: datetime = request.real_now  # type: ignore[union-attr]
    return now


def user_of(request: AnyRequest) -> User | None:
    """Give whoever is signed in, or owns the key that calls; none for a guest."""
    return request.user if isinstance(request.user, User) else None


def buyer_of(request: PageRequest) -> User | None:
    """Give whose cart it is: staff may fill one for a customer, else the visitor."""
    chosen = request.session.get(DESK_BUYER)
    if chosen is None or not roles_of(request.user) & {ORDER_DESK, PLANNER}:
        return user_of(request)
    return User.objects.filter(pk=chosen, is_active=True).first()


def api_key_of(request: AnyRequest) -> ApiKey | None:
    """Give the API key of this call, if it came with one."""
    auth = getattr(request, "auth", None)
    return auth if isinstance(auth, ApiKey) else None


def actor_of(request: AnyRequest) -> str:
    """Name who acts, for events and histories."""
    key, user = api_key_of(request), user_of(request)
    if key is not None:
        return f"key {key.name}"
    return user.get_username() if user else GUEST
