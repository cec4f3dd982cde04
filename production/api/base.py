"""What the floor's calls share: roles, reports with a nonce, plain answers."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from configurator.models import User
from configurator.selectors.callers import actor_of, api_key_of, now_of, real_now_of
from configurator.selectors.roles import PLANNER, roles_of
from configurator.services.errors import DomainError
from configurator.services.once import (
    KEY_HEADER,
    Answer,
    OnceRequest,
    answer_once,
    read_once_request,
)
from production.models import Operator, WorkOrder
from production.permissions import FloorPermission
from production.services.reports import Report

LARGEST_LIMIT = 200
DEFAULT_LIMIT = 100
LONGEST_NONCE = 80
REPEATABLE = ("PATCH", "DELETE")
LIMIT = OpenApiParameter(
    "limit", int, description="How many rows, 1 to 200; 100 where it is absent."
)
NONCE = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Instead of a nonce in the body: the same call has its effect once.",
)


class NonceMissingError(DomainError):
    """A report needs a number of its own, so that a second scan is no second act."""

    code = "required"


class FloorView(GenericAPIView[Any]):
    """A call of the shop floor."""

    permission_classes: tuple[type[BasePermission], ...] = (FloorPermission,)
    queryset = WorkOrder.objects.none()

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Let nobody on the way keep what customers had made."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}


def read_body(serializer_class: type[Serializer[Any]], request: Request) -> Any:
    """Check a body; every wrong field is told at once, and every unknown one."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid()
    names = request.data if isinstance(request.data, Mapping) else ()
    unknown = {
        name: [ErrorDetail(_("This call has no such field."), code="unknown")]
        for name in names
        if name not in serializer.fields
    }
    if serializer.errors or unknown:
        raise ValidationError({**serializer.errors, **unknown})
    return serializer.validated_data


def read_report(request: Request, values: dict[str, Any]) -> Report:
    """Make a report of a checked body and of who sent it.

    To change or drop a thing twice is to do it once, so only a POST needs a nonce.
    """
    nonce = values.get("nonce") or request.headers.get(KEY_HEADER)
    if not nonce and request.method in REPEATABLE:
        nonce = uuid.uuid4().hex
    if not nonce:
        raise NonceMissingError(
            _(
                "A nonce (or the header %(name)s) is needed: it makes a second scan of "
                "the same thing harmless."
            )
            % {"name": KEY_HEADER},
            field="nonce",
        )
    names = ("scrap_by_operation", "instead", "measured")
    details = {name: values[name] for name in names if values.get(name)}
    return Report(
        now=now_of(request),
        actor=actor_of(request),
        device=values.get("device") or f"user:{request.user.pk}",
        nonce=shorten(nonce),
        operator_id=_operator_id(request, values.get("operator", "")),
        good=values.get("good"),
        scrap=values.get("scrap") or 0,
        reason=values.get("reason", ""),
        details=details,
        may_plan=isinstance(request.user, User) and PLANNER in roles_of(request.user),
    )


def once(
    request: Request, values: dict[str, Any], effect: Callable[[Report], Answer]
) -> Response:
    """Let a report have its effect once.

    Its nonce sees to that by itself. A caller who sends a key instead is given the
    first answer again, as everywhere in the API.
    """
    report = read_report(request, values)
    if values.get("nonce") or KEY_HEADER not in request.headers:
        answer = effect(report)
    else:
        answer = answer_once(
            _read_call(request),
            now=real_now_of(request),
            effect=lambda: effect(report),
        )
    return Response(answer.body, status=answer.status)


def with_content(report: Report, content: Mapping[str, Any]) -> Report:
    """Note in a report what it asks for, so that its nonce stands for that alone."""
    text = json.dumps(content, sort_keys=True)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return replace(report, details={**report.details, "content_sha256": sha256})


def _read_call(request: Request) -> OnceRequest:
    key = api_key_of(request)
    return read_once_request(
        key=request.headers.get(KEY_HEADER),
        user_id=request.user.pk,
        api_key_id=key.pk if key else None,
        call=f"{request.method} {request.path}",
        body=request.data,
    )


def shorten(nonce: str) -> str:
    """Fit a long key into the column without letting two become one."""
    if len(nonce) <= LONGEST_NONCE:
        return nonce
    return hashlib.sha256(nonce.encode()).hexdigest()


def _operator_id(request: Request, code: str) -> int | None:
    """Find the person by badge or code; the signed-in one where none is named."""
    if code:
        found = Operator.objects.filter(badge=code).first()
        found = found or Operator.objects.filter(code=code).first()
        if found is None:
            raise DomainError(
                _("There is no operator with the badge %(code)s.") % {"code": code},
                field="operator",
            )
        return found.id
    if isinstance(request.user, User):
        own = Operator.objects.filter(user=request.user).values_list("id", flat=True)
        return own.first()
    return None


def read_choice(request: Request, name: str, known: Sequence[str]) -> str:
    """Read a filter that has a name for each thing; an empty one does not count."""
    text = request.query_params.get(name, "")
    if text and text not in known:
        raise DomainError(
            _("%(field)s must be one of %(known)s.")
            % {"field": name, "known": ", ".join(known)},
            field=name,
        )
    return text


def read_limit(request: Request) -> int:
    """Read ``?limit=``."""
    text = request.query_params.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_LIMIT:
        raise DomainError(
            _("limit must be a whole number from 1 to %(most)d.")
            % {"most": LARGEST_LIMIT},
            field="limit",
        )
    return int(text)
