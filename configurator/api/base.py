"""What the catalogue's calls share."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from configurator.models import ApiKey, User
from configurator.selectors.callers import api_key_of, real_now_of
from configurator.services.once import (
    KEY_HEADER,
    Answer,
    answer_once,
    read_once_request,
)


class PlainNegotiation(DefaultContentNegotiation):
    """Gives JSON at once to whoever takes anything, or asks for just that."""

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],  # type: ignore[override]
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = renderers[0]
        takes = request.META.get("HTTP_ACCEPT", "*/*")
        is_plain = takes in ("*/*", first.media_type) and len(renderers) == 1
        if is_plain and not request.META.get("QUERY_STRING"):
            return first, str(first.media_type)
        found: tuple[BaseRenderer, str] = super().select_renderer(
            request, renderers, format_suffix
        )
        return found


class CatalogueView(APIView):
    """A public call; one that is not says so."""

    content_negotiation_class = PlainNegotiation
    permission_classes: Sequence[type[BasePermission]] = (AllowAny,)


def read(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Check a body against its shape."""
    found: dict[str, Any] = _made(shape).run_validation(request.data)
    return found


@cache
def _made(shape: type[Serializer[Any]]) -> Serializer[Any]:
    """Make a serializer once: it keeps nothing of what it checks."""
    return shape()


def person(request: Request) -> User | None:
    """Give the signed-in user; a key's user only lends it a name."""
    if isinstance(request.auth, ApiKey) or not isinstance(request.user, User):
        return None
    return request.user


def once(
    request: Request, effect: Callable[[], Answer], *, body: Any = None
) -> Response:
    """Let a call have its effect once under the caller's key."""
    key = api_key_of(request)
    user = person(request)
    call = read_once_request(
        key=request.headers.get(KEY_HEADER),
        user_id=user.pk if user else None,
        api_key_id=key.pk if key else None,
        call=f"{request.method} {request.path}",
        body=request.data if body is None else body,
    )
    answer = answer_once(call, now=real_now_of(request), effect=effect)
    return Response(answer.body, status=answer.status)
