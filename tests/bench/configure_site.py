"""The web process with three more views: a no-op, its CPU time, whether it is warm."""

import os
import threading
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from configurator.wsgi import WARM_UP, application

__all__ = ["application", "urlpatterns"]

BODY = b" " * int(os.environ.get("NOOP_BYTES", "0"))


@csrf_exempt
def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY, content_type="application/json")


def sized(request: HttpRequest, n_bytes: int) -> HttpResponse:
    """Answer as many bytes as a page does, and nothing else."""
    return HttpResponse(b" " * n_bytes)


def spent(request: HttpRequest) -> HttpResponse:
    """Tell the CPU nanoseconds of this process so far."""
    return HttpResponse(str(time.process_time_ns()), content_type="text/plain")


def warm(request: HttpRequest) -> HttpResponse:
    """Tell whether all is loaded that is loaded beside the first requests."""
    is_warm = all(each.name != WARM_UP for each in threading.enumerate())
    return HttpResponse("yes" if is_warm else "no", content_type="text/plain")


urlpatterns = [
    path("bench/noop/", noop),
    path("bench/noop/<int:n_bytes>/", sized),
    path("bench/spent/", spent),
    path("bench/warm/", warm),
    path("", include("configurator.urls")),
]
settings.ROOT_URLCONF = __name__
