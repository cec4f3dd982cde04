"""Who gave a step to a person: a plan, or a planner by hand."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from production.models import Operation, ProductionEvent
from production.selectors.bespoke import list_methods
from production.states import OperationState

GIVEN = "OPERATION_ASSIGN"
TAKEN_BACK = "OPERATION_TAKEN_BACK"


def latest_hand() -> Coalesce:
    """Say of a step whether a planner gave it last, it was taken back, or neither."""
    hands = ProductionEvent.objects.filter(
        operation=OuterRef("pk"), kind__in=(GIVEN, TAKEN_BACK)
    ).order_by("-id")
    return Coalesce(Subquery(hands.values("kind")[:1]), Value(""))


def list_taken_back() -> list[ProductionEvent]:
    """List how steps that nobody has begun were taken back, unless given anew."""
    ready = Operation.objects.filter(
        state=OperationState.READY, work_order__method__in=list_methods()
    )
    steps = ready.annotate(hand=latest_hand()).filter(hand=TAKEN_BACK)
    events = ProductionEvent.objects.filter(
        kind=TAKEN_BACK, operation__in=list(steps.values_list("id", flat=True))
    )
    found = {
        event.operation_id: event
        for event in events.select_related(
            "operation__operator", "operator", "work_order"
        ).order_by("id")
    }
    return list(found.values())
