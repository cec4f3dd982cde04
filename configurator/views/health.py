"""Probes for whoever runs the servers."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from configurator.selectors.health import list_health

LOOPBACK = {"127.0.0.1", "::1"}


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Answer while this process can answer at all; asks nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say what is ready; a broker that is away costs speed, never an order."""
    findings = list_health()
    is_ready = all(finding.is_ok for finding in findings if finding.name != "broker")
    checks = {
        finding.name: {"ok": finding.is_ok, "text": finding.text}
        for finding in findings
    }
    body = {"ready": is_ready, "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the gauges to a caller on this machine, or to one with the token."""
    if not may_read_metrics(request):
        return HttpResponse("Forbidden\n", status=403, content_type="text/plain")
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(
            given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()
        )
    is_forwarded = "X-Forwarded-For" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not is_forwarded
