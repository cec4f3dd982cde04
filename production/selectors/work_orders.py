"""Work orders for the API: lists, and one with everything that belongs to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from configurator.selectors.words import in_language
from configurator.services.errors import NotFoundError
from production.models import BatchMember, Operation, WorkOrder
from production.selectors.wording import SKILL_NAME
from production.states import MemberState


def list_work_orders(
    *, order: str = "", state: str = "", method: str = "", product: str = ""
) -> QuerySet[WorkOrder]:
    """Give the work orders that fit all filters; empty ones do not count."""
    wanted = {
        "order_line__order__number": order,
        "state": state,
        "method": method,
        "product__slug": product,
    }
    return WorkOrder.objects.filter(
        **{name: value for name, value in wanted.items() if value}
    ).select_related(
        "configuration__release", "product", "order_line__order", "line", "slot"
    )


def get_work_order(*, number: str) -> WorkOrder:
    """Give one work order with operations, batches and its slot."""
    active = BatchMember.objects.filter(state=MemberState.ACTIVE).select_related(
        "batch"
    )
    operations = (
        Operation.objects.select_related("work_centre", "operator")
        .prefetch_related(Prefetch("memberships", active, to_attr="active_in"))
        .annotate(skill_name=SKILL_NAME)
        .order_by("sequence")
    )
    found = (
        list_work_orders()
        .filter(number=number)
        .prefetch_related(
            Prefetch("operations", operations), "holds", "nonconformances"
        )
        .first()
    )
    if found is None:
        raise NotFoundError(
            _("There is no work order %(number)s.") % {"number": number}
        )
    return found


def configuration_answer(work_order: WorkOrder) -> dict[str, Any]:
    """Give the configuration in the shape that every answer has."""
    configuration = work_order.configuration
    return {
        "sha256": configuration.sha256,
        "product": work_order.product.slug,
        "release": str(configuration.release.number),
        "choices": configuration.choices,
    }


def work_order_row(work_order: WorkOrder) -> dict[str, Any]:
    """Give a work order without its operations."""
    line = work_order.order_line
    return {
        "number": work_order.number,
        "order": line.order.number if line else None,
        "order_line": line.id if line else None,
        "unit_index": work_order.unit_index,
        "revision": work_order.revision,
        "source_kind": work_order.source_kind,
        "method": work_order.method,
        "state": work_order.state,
        "quantity": work_order.quantity,
        "planned_quantity": work_order.planned_quantity,
        "good": work_order.good,
        "scrap": work_order.scrap,
        "line": work_order.line.code if work_order.line else None,
        "due_at": work_order.due_at,
        "release_at": work_order.release_at,
        "created_at": work_order.created_at,
        "configuration": configuration_answer(work_order),
    }


def work_order_answer(work_order: WorkOrder) -> dict[str, Any]:
    """Give a work order whole."""
    slot = getattr(work_order, "slot", None)
    return {
        **work_order_row(work_order),
        "materials": work_order.materials,
        "holds": [
            {"reason": hold.reason, "since_at": hold.since_at}
            for hold in work_order.holds.all()
            if hold.lifted_at is None
        ],
        "operations": [
            operation_answer(operation, slot_id=slot.id if slot else None)
            for operation in work_order.operations.all()
        ],
    }


def operation_answer(
    operation: Operation, *, slot_id: int | None = None
) -> dict[str, Any]:
    """Give one operation in the shape of the API."""
    members = getattr(operation, "active_in", None)
    if members is None:
        members = list(
            operation.memberships.filter(state=MemberState.ACTIVE).select_related(
                "batch"
            )
        )
    return {
        "id": operation.id,
        "sequence": operation.sequence,
        "name": in_language(operation.name),
        "state": operation.state,
        "work_centre": operation.work_centre.code if operation.work_centre else None,
        "station": operation.station or None,
        "predecessors": operation.predecessors,
        "skill": operation.skill or None,
        "operator": operation.operator.code if operation.operator else None,
        "setup_family": operation.setup_family,
        "run_s": operation.run_s,
        "setup_s": operation.setup_s,
        "batch": members[0].batch.number if members else None,
        "line_slot": slot_id if operation.station else None,
        "planned_quantity": operation.planned_quantity,
        "good": operation.good,
        "scrap": operation.scrap,
        "blocked_reason": operation.blocked_reason or None,
    }
