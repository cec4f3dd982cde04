"""Setting a machine up for one operation that is not made in a batch."""

from __future__ import annotations

from production.models import Operation, WorkCentre
from production.selectors import loads


def set_up(*, operation: Operation) -> int:
    """Bring the machine into the operation's state; give the seconds that it takes."""
    centre = operation.work_centre
    if centre is None or not operation.setup_matrix:
        return operation.setup_s
    change = loads.setup_matrix(operation.setup_matrix).setup_between(
        centre.setup_state, operation.attributes
    )
    WorkCentre.objects.filter(id=centre.id).update(setup_state=operation.attributes)
    return operation.setup_s + change.internal_s
