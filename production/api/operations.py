"""Reports on one operation, by call or by scan."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.services.errors import NotFoundError
from configurator.services.once import Answer
from production.api.base import NONCE, FloorView, once, read_body, read_report
from production.selectors.work_orders import operation_answer
from production.serializers.answers import OperationSerializer, ScanAnswerSerializer
from production.serializers.reports import OperationReportSerializer, ScanSerializer
from production.services import operations, scanning
from production.services.reports import Report


class OperationActionEndpoint(FloorView):
    """Start, pause, resume, finish, block, unblock, scrap, rework, undo."""

    action = ""

    @extend_schema(
        request=OperationReportSerializer,
        responses=OperationSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, operation_id: int) -> Response:
        """Report once; a second scan with the same nonce changes nothing."""
        values = read_body(OperationReportSerializer, request)
        if self.action == "scrap":
            values.setdefault("scrap", 1)

        def perform(report: Report) -> Answer:
            operation = operations.perform(
                operation_id=operation_id, action=self.action, report=report
            )
            return Answer(200, operation_answer(operation))

        return once(request, values, perform)


class ScansEndpoint(FloorView):
    @extend_schema(
        operation_id="scans_create",
        request=ScanSerializer,
        responses={201: ScanAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take a scan: the code on the traveller, and what is reported."""
        values: dict[str, Any] = read_body(ScanSerializer, request)
        operation = scanning.find_operation(
            code=values["code"],
            action=values["action"],
            device=values["device"],
            nonce=values["nonce"],
        )
        if operation is None:
            raise NotFoundError(
                _("The code %(code)s names no open operation.")
                % {"code": values["code"]},
                field="code",
            )
        if values["action"] == "scrap":
            values.setdefault("scrap", 1)
        report = read_report(request, values)
        done = operations.perform(
            operation_id=operation.id, action=values["action"], report=report
        )
        return Response(
            {
                "ok": True,
                "work_order": done.work_order.number,
                "operation": operation_answer(done),
            },
            status=201,
        )
