"""What every request is given: an id, a time, its origins, limits and a policy."""

import re
import uuid
from datetime import UTC, datetime

import structlog
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from configurator.selectors.clock import factory_now
from configurator.selectors.errors import DomainError

UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024
MULTIPART_SLACK_BYTES = 64 * 1024
PASSED_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 64 * 1024
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PROBES = ("/livez", "/readyz", "/metrics")
ADMIN = "/admin/"


class RequestIdMiddleware(MiddlewareMixin):
    """Take the caller's ``X-Request-ID`` or make one; every log line carries it."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response["X-Request-ID"] = getattr(request, "request_id", "")
        return response


class OriginsMiddleware(MiddlewareMixin):
    """Set ``request.live_origin`` and ``request.web_origin`` for this request's host.

    A setting of ``:8001`` means the host that the browser asked for, at that port,
    so that ``localhost``, ``127.0.0.1`` and a name on the network all keep cookies.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.live_origin = origin_for(request, settings.LIVE_ORIGIN)  # type: ignore[attr-defined]
        request.web_origin = origin_for(request, settings.WEB_ORIGIN)  # type: ignore[attr-defined]


def origin_for(request: HttpRequest, configured: str) -> str:
    if not configured.startswith(":"):
        return configured.rstrip("/")
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    bare = re.sub(r":\d+$", "", host)
    return f"{request.scheme}://{bare}{configured}"


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Let a page connect to the live server as well as to its own origin."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        live_origin = getattr(request, "live_origin", "")
        if live_origin and not report_only:
            parts.update = {**(parts.update or {}), "connect-src": [live_origin]}
        return parts


class RequestLimitsMiddleware(MiddlewareMixin):
    """Refuse what no view should have to think about.

    A body above the largest upload, or one of the API above the largest document, is
    refused before anything of it is kept; U+0000 in an address or a form is refused
    here because PostgreSQL raises on it: to people on a page, once their language is
    known.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path.startswith("/api/") and has_null(request):
            return refuse(request, 400, "The address contains the character U+0000.")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return refuse(request, 400, "Content-Length must be a whole number.")
        is_form = request.content_type == "multipart/form-data"
        is_json = request.path.startswith("/api/") and not is_form
        limit = settings.JSON_BODY_LIMIT_BYTES if is_json else UPLOAD_LIMIT_BYTES
        if int(length) > limit + (0 if is_json else MULTIPART_SLACK_BYTES):
            text = f"The body has {length} bytes; {limit} are allowed."
            let_pass(request, n_bytes=int(length))
            return refuse(request, 413, text, attr="file" if is_form else None)
        return None

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """Refuse a form with U+0000; bodies of the API have a parser that does."""
        if request.path.startswith("/api/"):
            return None
        if has_null(request):
            raise BadRequest("U+0000 in the address")
        for name, values in request.POST.lists() if request.method == "POST" else ():
            if "\x00" in name or any("\x00" in str(value) for value in values):
                raise BadRequest(f"U+0000 in the field {name[:80]!r}")
        return None


def has_null(request: HttpRequest) -> bool:
    return "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")


def let_pass(request: HttpRequest, *, n_bytes: int) -> None:
    """Read past a body: who is cut off while sending never sees the answer."""
    left = min(n_bytes, PASSED_BYTES)
    while left > 0 and (piece := request.read(min(left, PIECE_BYTES))):
        left -= len(piece)


def refuse(
    request: HttpRequest, status: int, text: str, *, attr: str | None = None
) -> HttpResponse:
    """Answer in the API's one shape of errors, or in plain words."""
    if not request.path.startswith("/api/"):
        return HttpResponse(text, status=status, content_type="text/plain")
    error = {"code": "invalid", "detail": text, "attr": attr}
    return JsonResponse({"type": "client_error", "errors": [error]}, status=status)


class FactoryClockMiddleware(MiddlewareMixin):
    """Set ``request.now`` from the factory clock, and ``request.real_now``.

    Everything the shop does has factory time. Real time is for what protects the shop
    from outside, which a clock that is moved must neither end nor prolong: keys,
    leases, retries. The stock admin shows and reads times as the shop's clocks do.
    """

    def process_request(self, request: HttpRequest) -> None:
        real_now = datetime.now(UTC)
        request.real_now = real_now  # type: ignore[attr-defined]
        is_probe = request.path.startswith(PROBES)
        request.now = real_now if is_probe else factory_now(real_now=real_now)  # type: ignore[attr-defined]
        if request.path.startswith(ADMIN):
            timezone.activate(settings.SHOP_TIME_ZONE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        timezone.deactivate()
        return response


class DomainErrorMiddleware(MiddlewareMixin):
    """Tell a visitor of a page, in words, what the domain refused."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        texts = [each.message for each in exception.problems]
        return render(
            request, "refused.html", {"texts": texts}, status=exception.status
        )
