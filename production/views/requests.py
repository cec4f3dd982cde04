"""What the floor's own middleware has put on a request, beside the time."""

from __future__ import annotations

from configurator.selectors import callers
from production.models import Device, Operator


class PageRequest(callers.PageRequest):
    """A request of a page of the floor."""

    # The device that calls where nobody is signed in, and who stands at it.
    device: Device | None
    worker: Operator | None
