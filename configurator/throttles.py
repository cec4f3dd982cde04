"""How often a guest may call; whoever is signed in or holds a key is not limited."""

from typing import TYPE_CHECKING, Any, cast

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle

if TYPE_CHECKING:  # its views import this module
    from rest_framework.views import APIView


class GuestThrottle(AnonRateThrottle):
    """300 calls a minute for each address without a credential."""

    scope = "guest"

    def get_rate(self) -> str:
        return str(api_settings.DEFAULT_THROTTLE_RATES[self.scope])

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if "orders:import" in getattr(request.auth, "scopes", ()):
            return True
        return bool(super().allow_request(request, view))


class UploadThrottle(GuestThrottle):
    """Pictures cost memory, time and disk: 30 a minute for each guest address."""

    scope = "guest_uploads"


def may_upload(page: HttpRequest) -> bool:
    """Count a picture that comes with a page's form among those sent to the API."""
    call = Request(page)
    call.user, call.auth = page.user, None
    return UploadThrottle().allow_request(call, cast("APIView", None))


class OneClient(RedisCacheClient):
    """Keeps its clients: to make one takes longer than to ask it."""

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        clients: dict[bool, Any] = self.__dict__.setdefault("clients", {})
        if write not in clients:
            clients[write] = super().get_client(key, write=write)
        return clients[write]


class OneClientCache(RedisCache):
    """The cache in Redis, asked twice by every call of a guest."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient
