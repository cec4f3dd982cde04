"""What the middleware has put on each request, for those who read it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from production.models import Device, Operator


class PageRequest(HttpRequest):
    """A request of a page; never made here, only told to the type checker."""

    now: datetime
    # The device that calls where nobody is signed in, and who stands at it.
    device: Device | None
    worker: Operator | None
