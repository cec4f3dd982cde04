"""What the middleware has put on each request, for those who read it."""

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """A request of a page; never made here, only told to the type checker."""

    now: datetime
    real_now: datetime
    htmx: HtmxDetails
