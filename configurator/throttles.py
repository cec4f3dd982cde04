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
    num_requests: int
    duration: int

    def get_rate(self) -> str:
        return str(api_settings.DEFAULT_THROTTLE_RATES[self.scope])

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if "orders:import" in getattr(request.auth, "scopes", ()):
            return True
        if not hasattr(self.cache, "note"):
            return bool(super().allow_request(request, view))
        self.key = self.get_cache_key(request, view)
        if self.key is None:
            return True
        self.now = self.timer()
        since = self.now - self.duration
        first = self.cache.note(
            self.key, self.now, n_most=self.num_requests, since=since
        )
        # What `wait` looks at where the call is refused.
        self.history = [first] * self.num_requests
        return first is None or bool(self.throttle_failure())


class UploadThrottle(GuestThrottle):
    """Pictures cost memory, time and disk: 30 a minute for each guest address."""

    scope = "guest_uploads"


def may_upload(page: HttpRequest) -> bool:
    """Count a picture that comes with a page's form among those sent to the API."""
    call = Request(page)
    call.user, call.auth = page.user, None
    return UploadThrottle().allow_request(call, cast("APIView", None))


# Keeps the latest moments of a key, the newest first; gives the one that is in the way.
NOTE = """
local first = redis.call('LINDEX', KEYS[1], ARGV[2] - 1)
if first and tonumber(first) > tonumber(ARGV[3]) then return first end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return nil
"""


class OneClient(RedisCacheClient):
    """Keeps its clients: to make one takes longer than to ask it."""

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        clients: dict[bool, Any] = self.__dict__.setdefault("clients", {})
        if write not in clients:
            clients[write] = super().get_client(key, write=write)
        return clients[write]


class OneClientCache(RedisCache):
    """The cache in Redis, asked by every call of a guest."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    def note(
        self, key: str, moment: float, *, n_most: int, since: float
    ) -> float | None:
        """Note a moment unless there are so many since another; then give the first.

        One script in one question: none is lost where several are asked at once, and
        little is to be written and read.
        """
        name = self.make_and_validate_key(key)
        client: Any = self._cache.get_client(name, write=True)
        script = self.__dict__.get("script")
        if script is None:
            script = self.__dict__["script"] = client.register_script(NOTE)
        kept_s = int(moment - since) + 1
        first = script([name], (moment, n_most, since, kept_s), client=client)
        return None if first is None else float(first)
