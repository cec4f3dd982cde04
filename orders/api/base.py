"""What the calls about orders share: done once, in shape, tokens kept."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from configurator.selectors.callers import api_key_of, real_now_of, user_of
from configurator.services.errors import InvalidError, Problem
from configurator.services.once import (
    KEY_HEADER,
    Answer,
    OnceRequest,
    answer_once,
    read_once_request,
)
from orders.models import Order
from orders.permissions import TOKEN_HEADER, owns_order
from orders.selectors.answers import describe_order
from orders.selectors.facts import OrderFacts, load_facts
from orders.serializers import OrderSerializer

ONCE = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="The same key and body have their effect once; kept seven days.",
)
TOKEN = [
    OpenApiParameter("token", str, description="The order's token."),
    OpenApiParameter(TOKEN_HEADER, str, OpenApiParameter.HEADER),
]


class OrdersView(GenericAPIView[Order]):
    """A call that checks by itself who may make it, order by order."""

    permission_classes = (AllowAny,)
    queryset = Order.objects.none()
    serializer_class = OrderSerializer

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Let nobody on the way keep what is one buyer's."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    def once(self, request: Request, effect: Callable[[], Answer]) -> Response:
        """Run the effect once under the caller's key and send its answer."""
        call = self.read_call(request)
        answer = answer_once(call, now=real_now_of(request), effect=effect)
        return Response(answer.body, status=answer.status)

    def read_call(self, request: Request) -> OnceRequest:
        """Name the call that this is: whose, under which key, with which content."""
        key, user = api_key_of(request), user_of(request)
        return read_once_request(
            key=request.headers.get(KEY_HEADER),
            user_id=user.pk if user else None,
            api_key_id=key.pk if key else None,
            call=f"{request.method} {request.path}",
            body=request.data,
        )


def current_language() -> str:
    return get_language() or "en"


def read_input(serializer: Serializer[Any]) -> dict[str, Any]:
    """Give the values of a body, or raise with everything that is wrong with it."""
    problems = list(input_problems(serializer))
    if problems:
        raise InvalidError(problems)
    values: dict[str, Any] = serializer.validated_data
    return values


def input_problems(serializer: BaseSerializer[Any]) -> Iterator[Problem]:
    """List what is wrong with a body, each with the path of its field."""
    serializer.is_valid()
    yield from _flatten(serializer.errors, "")


def _flatten(errors: Any, path: str) -> Iterator[Problem]:
    if isinstance(errors, dict):
        for name, below in errors.items():
            place = "" if name == "non_field_errors" else str(name)
            yield from _flatten(below, ".".join(filter(None, (path, place))))
        return
    for index, each in enumerate(errors):
        if isinstance(each, ErrorDetail):
            yield Problem(str(each.code), str(each), path or None)
        else:
            yield from _flatten(each, f"{path}.{index}" if path else str(index))


def show_order(request: Request, order: Order) -> dict[str, Any]:
    """Read an order and describe it for this caller."""
    return show_facts(request, load_facts([order])[0])


def show_facts(
    request: Request, facts: OrderFacts, *, is_own: bool | None = None
) -> dict[str, Any]:
    """Describe an order; its token is for those alone who may act as its buyer."""
    answer = describe_order(facts=facts, language=current_language())
    if is_own is None:
        is_own = owns_order(request, facts.order)
    if not is_own:
        answer["token"] = None
        answer["url"] = answer["url"].partition("?")[0]
    answer["url"] = request.build_absolute_uri(answer["url"])
    return answer
