"""What went wrong with pieces: listed, decided on, closed."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.services.once import Answer
from production.api.base import NONCE, FloorView, once, read_body, read_choice
from production.selectors import nonconformances as found
from production.serializers.answers import NonconformanceSerializer
from production.serializers.reports import DispositionSerializer, ReportSerializer
from production.services import dispositions
from production.services.reports import Report
from production.states import NonconformanceState


class NonconformancesEndpoint(FloorView):
    serializer_class = NonconformanceSerializer

    @extend_schema(
        operation_id="nonconformances_list",
        parameters=[OpenApiParameter("state", str, enum=NonconformanceState.values)],
        responses=NonconformanceSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List what went wrong, oldest first."""
        state = read_choice(request, "state", NonconformanceState.values)
        page = self.paginate_queryset(found.list_nonconformances(state=state)) or []
        return self.get_paginated_response(
            [found.nonconformance_row(each) for each in page]
        )


class DisposeEndpoint(FloorView):
    @extend_schema(
        operation_id="nonconformances_dispose",
        request=DispositionSerializer,
        responses=NonconformanceSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, nonconformance_id: int) -> Response:
        """Decide what becomes of the pieces: quality, named by badge, or a planner."""
        values = read_body(DispositionSerializer, request)

        def decide(report: Report) -> Answer:
            row = dispositions.dispose(
                nonconformance_id=nonconformance_id,
                disposition=values["disposition"],
                report=report,
            )
            return Answer(200, found.nonconformance_row(row))

        return once(request, values, decide)


class CloseEndpoint(FloorView):
    @extend_schema(
        operation_id="nonconformances_close",
        request=ReportSerializer,
        responses=NonconformanceSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, nonconformance_id: int) -> Response:
        """Close it: what was decided has been done."""

        def close(report: Report) -> Answer:
            row = dispositions.close(nonconformance_id=nonconformance_id, report=report)
            return Answer(200, found.nonconformance_row(row))

        return once(request, read_body(ReportSerializer, request), close)
