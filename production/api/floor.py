"""Work centres with their dispatch lists, lines with their queues."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.selectors.callers import now_of
from configurator.services.once import Answer
from production.api.base import LIMIT, NONCE, FloorView, once, read_body, read_limit
from production.permissions import PLANNERS
from production.selectors import dispatch, floor
from production.serializers.answers import (
    DispatchListSerializer,
    LineMovedSerializer,
    LineQueueSerializer,
    LineSerializer,
    WorkCentreSerializer,
)
from production.serializers.reports import ReportSerializer
from production.services import lines
from production.services.reports import Report


class WorkCentresEndpoint(FloorView):
    serializer_class = WorkCentreSerializer

    @extend_schema(
        operation_id="work_centres_list", responses=WorkCentreSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """List the work centres with how much waits there."""
        page = self.paginate_queryset(floor.list_work_centres()) or []
        return self.get_paginated_response(
            [floor.work_centre_answer(each) for each in page]
        )


class DispatchListEndpoint(FloorView):
    serializer_class = DispatchListSerializer

    @extend_schema(operation_id="work_centres_dispatch_list", parameters=[LIMIT])
    def get(self, request: Request, code: str) -> Response:
        """Give what the work centre does next, in working order."""
        listed = dispatch.get_dispatch_list(
            work_centre=floor.get_work_centre(code=code), limit=read_limit(request)
        )
        return Response(dispatch.dispatch_answer(listed, now=now_of(request)))


class LinesEndpoint(FloorView):
    serializer_class = LineSerializer

    @extend_schema(operation_id="lines_list", responses=LineSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the lines; one that is closed keeps its state, and says until when."""
        page = self.paginate_queryset(floor.list_lines()) or []
        return self.get_paginated_response(
            floor.line_answers(page, now=now_of(request))
        )


class LineQueueEndpoint(FloorView):
    serializer_class = LineQueueSerializer

    @extend_schema(operation_id="lines_queue", parameters=[LIMIT])
    def get(self, request: Request, code: str) -> Response:
        """Give the queue: on the line first, then in the order of the plan."""
        line = floor.get_line(code=code)
        return Response(floor.queue_answer(line=line, limit=read_limit(request)))


class LaunchEndpoint(FloorView):
    @extend_schema(
        operation_id="lines_launch",
        request=ReportSerializer,
        responses=LineMovedSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Let units onto the line, up to its limit; a closed line refuses (409)."""

        def launch(report: Report) -> Answer:
            n_launched = lines.launch(code=code, report=report)
            (line,) = floor.line_answers(
                [floor.get_line(code=code)], now=now_of(request)
            )
            return Answer(200, {"line": line, "n_launched": n_launched})

        return once(request, read_body(ReportSerializer, request), launch)


class AdvanceEndpoint(FloorView):
    @extend_schema(
        operation_id="lines_advance",
        request=ReportSerializer,
        responses=LineMovedSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Move every unit one station on."""

        def advance(report: Report) -> Answer:
            n_finished = lines.advance(code=code, report=report)
            (line,) = floor.line_answers(
                [floor.get_line(code=code)], now=now_of(request)
            )
            return Answer(200, {"line": line, "n_finished": n_finished})

        return once(request, read_body(ReportSerializer, request), advance)


class SlotActionEndpoint(FloorView):
    """Remove a unit from the queue or the line, or put it back."""

    writers = PLANNERS
    action = ""

    @extend_schema(
        request=ReportSerializer, responses=LineQueueSerializer, parameters=[NONCE]
    )
    def post(self, request: Request, code: str, slot_id: int) -> Response:
        """Move the unit and give the queue as it is then."""
        limit = read_limit(request)
        move = {"remove": lines.remove, "reinsert": lines.reinsert}[self.action]

        def effect(report: Report) -> Answer:
            move(code=code, slot_id=slot_id, report=report)
            line = floor.get_line(code=code)
            return Answer(200, floor.queue_answer(line=line, limit=limit))

        return once(request, read_body(ReportSerializer, request), effect)
