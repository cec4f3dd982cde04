"""Work orders: list, detail, traveller, moves of the whole, their operations."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.services.once import Answer
from production.api.base import (
    NONCE,
    FloorView,
    once,
    read_body,
    read_choice,
    shorten,
    with_content,
)
from production.documents.traveller import traveller_pdf
from production.models.places import method_choices
from production.permissions import PLANNERS
from production.selectors import work_orders
from production.serializers.answers import (
    OperationSerializer,
    WorkOrderRowSerializer,
    WorkOrderSerializer,
)
from production.serializers.reports import (
    ChangeOperationSerializer,
    HoldSerializer,
    NewOperationSerializer,
)
from production.services import holds, jobs
from production.services.reports import Report
from production.states import WorkOrderState

CHOICES = {
    "state": WorkOrderState.values,
    "method": [code for code, _name in method_choices()],
}
FILTERS = [
    OpenApiParameter(name, str, enum=CHOICES.get(name))
    for name in ("order", "state", "method", "product")
]


class WorkOrdersEndpoint(FloorView):
    serializer_class = WorkOrderRowSerializer

    @extend_schema(
        operation_id="work_orders_list",
        parameters=FILTERS,
        responses=WorkOrderRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List work orders, oldest first."""
        wanted = {
            name: request.query_params.get(name, "") for name in ("order", "product")
        }
        wanted |= {name: read_choice(request, name, CHOICES[name]) for name in CHOICES}
        page = self.paginate_queryset(work_orders.list_work_orders(**wanted))
        rows = [work_orders.work_order_row(each) for each in page or []]
        return self.get_paginated_response(rows)


class WorkOrderEndpoint(FloorView):
    serializer_class = WorkOrderSerializer

    @extend_schema(operation_id="work_orders_read")
    def get(self, request: Request, number: str) -> Response:
        """Give one work order with its operations."""
        return Response(show(number))


class TravellerEndpoint(FloorView):
    @extend_schema(
        operation_id="work_orders_traveller",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """Give the paper that travels with the work."""
        work_order = work_orders.get_work_order(number=number)
        return HttpResponse(traveller_pdf(work_order), content_type="application/pdf")


class MoveWorkOrderEndpoint(FloorView):
    """Hold, resume, cancel, or make again; the route says which."""

    writers = PLANNERS
    move = ""

    @extend_schema(
        request=HoldSerializer, responses=WorkOrderSerializer, parameters=[NONCE]
    )
    def post(self, request: Request, number: str) -> Response:
        """Move the work order once, however often it is asked."""

        def move(report: Report) -> Answer:
            holds.MOVES[self.move](number=number, report=report)
            return Answer(200, show(number))

        return once(request, read_body(HoldSerializer, request), move)


class OperationsEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="work_orders_add_operation",
        request=NewOperationSerializer,
        responses={201: OperationSerializer},
        parameters=[NONCE],
    )
    def post(self, request: Request, number: str) -> Response:
        """Add a step."""
        values = read_body(NewOperationSerializer, request)
        operation = jobs.NewOperation(
            name=values["name"],
            work_centre=values["work_centre"],
            run_s=values["run_s"],
            skill=values.get("skill", ""),
            after=values.get("after"),
        )

        def add(report: Report) -> Answer:
            made = jobs.add_operation(
                number=number,
                operation=operation,
                report=with_content(report, asdict(operation)),
            )
            return Answer(201, work_orders.operation_answer(made))

        return once(request, values, add)


class OperationEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="work_orders_change_operation",
        request=ChangeOperationSerializer,
        responses=OperationSerializer,
        parameters=[NONCE],
    )
    def patch(self, request: Request, number: str, operation_id: int) -> Response:
        """Change a step that has not begun, or say who does it."""
        values = read_body(ChangeOperationSerializer, request)
        names = ("name", "work_centre", "run_s", "skill", "predecessors")
        changes = {name: values[name] for name in names if name in values}

        def change(report: Report) -> Answer:
            report = with_content(report, changes)
            changed = jobs.change_operation(
                number=number, operation_id=operation_id, changes=changes, report=report
            )
            if "assign_to" in values:
                changed = jobs.assign_by_hand(
                    number=number,
                    operation_id=operation_id,
                    operator_code=values["assign_to"],
                    report=replace(report, nonce=shorten(f"{report.nonce}/assign")),
                )
            return Answer(200, work_orders.operation_answer(changed))

        return once(request, values, change)

    @extend_schema(
        operation_id="work_orders_drop_operation",
        responses={204: None},
        parameters=[NONCE],
    )
    def delete(self, request: Request, number: str, operation_id: int) -> Response:
        """Drop a step that has not begun."""

        def drop(report: Report) -> Answer:
            jobs.drop_operation(number=number, operation_id=operation_id, report=report)
            return Answer(204, None)

        return once(request, {}, drop)


def show(number: str) -> dict[str, Any]:
    """Read a work order anew and describe it."""
    return work_orders.work_order_answer(work_orders.get_work_order(number=number))
