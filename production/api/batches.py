"""Batches: list, detail with reasons, moves, members."""

from __future__ import annotations

from collections.abc import Sequence

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
    with_content,
)
from production.documents.load_sheet import load_sheet_pdf
from production.models import Batch
from production.permissions import PLANNERS, writers_for
from production.selectors import batch_answers
from production.serializers.answers import BatchRowSerializer, BatchSerializer
from production.serializers.reports import (
    BatchReportSerializer,
    MemberSerializer,
    MergeSerializer,
)
from production.services import batches, membership, merging
from production.services.reports import Report
from production.states import BatchState


class BatchesEndpoint(FloorView):
    serializer_class = BatchRowSerializer

    @extend_schema(
        operation_id="batches_list",
        parameters=[
            OpenApiParameter("state", str, enum=BatchState.values),
            OpenApiParameter("work_centre", str),
        ],
        responses=BatchRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List batches, oldest first."""
        found = batch_answers.list_batches(
            state=read_choice(request, "state", BatchState.values),
            work_centre=request.query_params.get("work_centre", ""),
        )
        page: Sequence[Batch] = self.paginate_queryset(found) or []
        return self.get_paginated_response(
            [batch_answers.batch_row(batch) for batch in page]
        )


class BatchEndpoint(FloorView):
    serializer_class = BatchSerializer

    @extend_schema(operation_id="batches_read")
    def get(self, request: Request, number: str) -> Response:
        """Give one batch with its members and near misses, each with its reason."""
        return Response(_show(number))


class LoadSheetEndpoint(FloorView):
    @extend_schema(
        operation_id="batches_load_sheet",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """Give the paper that lies by the load."""
        found = batch_answers.get_batch(number=number)
        return HttpResponse(load_sheet_pdf(found), content_type="application/pdf")


class BatchActionEndpoint(FloorView):
    """Freeze, unfreeze, release, start, finish, abort, dissolve."""

    action = ""

    @property
    def writers(self) -> frozenset[str]:
        return writers_for(self.action)

    @extend_schema(
        request=BatchReportSerializer, responses=BatchSerializer, parameters=[NONCE]
    )
    def post(self, request: Request, number: str) -> Response:
        """Move the batch once, however often it is asked."""

        def move(report: Report) -> Answer:
            batches.perform(number=number, action=self.action, report=report)
            return Answer(200, _show(number))

        return once(request, read_body(BatchReportSerializer, request), move)


class BatchMergeEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="batches_merge",
        request=MergeSerializer,
        responses=BatchSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, number: str) -> Response:
        """Let the members of another batch of its kind join this one."""
        values = read_body(MergeSerializer, request)
        other = values["other"]

        def merge(report: Report) -> Answer:
            merging.merge(
                number=number,
                other=other,
                report=with_content(report, {"other": other}),
            )
            return Answer(200, _show(number))

        return once(request, values, merge)


class BatchMembersEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="batches_add_member",
        request=MemberSerializer,
        responses={201: BatchSerializer},
        parameters=[NONCE],
    )
    def post(self, request: Request, number: str) -> Response:
        """Add a ready operation of the same kind."""
        values = read_body(MemberSerializer, request)

        def add(report: Report) -> Answer:
            membership.add_member(
                number=number, operation_id=values["operation"], report=report
            )
            return Answer(201, _show(number))

        return once(request, values, add)


class BatchMemberEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="batches_withdraw_member",
        responses={204: None},
        parameters=[NONCE],
    )
    def delete(self, request: Request, number: str, operation_id: int) -> Response:
        """Take a member out before the load runs."""

        def withdraw(report: Report) -> Answer:
            membership.withdraw_member(
                number=number, operation_id=operation_id, report=report
            )
            return Answer(204, None)

        return once(request, {}, withdraw)


def _show(number: str) -> dict[str, object]:
    return batch_answers.batch_answer(batch_answers.get_batch(number=number))
