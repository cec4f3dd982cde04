"""How staff see the queue of an operations method: one template for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from production.models import Batch, Line, LineKind, Operation

JOB = "JOB"
BATCH = "BATCH"
BY_LINE = {LineKind.FLEXIBLE: "MASS_CUSTOMISATION", LineKind.FLOW: "FLOW"}


def template_of(method: str) -> str:
    """Name the template that shows the queue of a method."""
    return f"production/methods/_{method.lower()}.html"


def method_of(line: Line) -> str:
    """Say by which method a line works."""
    return BY_LINE[LineKind(line.kind)]


def method_at(*, operations: Sequence[Operation], batches: Sequence[Batch]) -> str:
    """Say by which method a work centre works now: by loads, or as most of its work.

    An idle one is shown as a list of single jobs.
    """
    if batches or any(operation.batch_key for operation in operations):
        return BATCH
    counted = Counter(operation.work_order.method for operation in operations)
    return min(counted, key=lambda code: (-counted[code], code), default=JOB)
