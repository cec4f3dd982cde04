"""Stock and its lots: levels, moves, quality's decisions, who got what."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.models import ApiKey
from configurator.selectors.roles import roles_of
from configurator.services.errors import DomainError
from configurator.services.once import Answer
from production.api.base import (
    NONCE,
    FloorView,
    once,
    read_body,
    read_choice,
    shorten,
)
from production.permissions import CUSTOMER_READERS, PLANNERS
from production.selectors import floor
from production.selectors import lots as lot_answers
from production.serializers.answers import (
    LotRowSerializer,
    LotSerializer,
    StockItemSerializer,
    StockMoveAnswerSerializer,
)
from production.serializers.reports import ReportSerializer, StockMoveSerializer
from production.services import lots, stock
from production.services.reports import Report
from production.states import LotState


class StockEndpoint(FloorView):
    serializer_class = StockItemSerializer

    @extend_schema(operation_id="stock_list", responses=StockItemSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the stock items with their levels."""
        page = self.paginate_queryset(floor.list_stock()) or []
        return self.get_paginated_response([floor.stock_answer(item) for item in page])


class StockMovesEndpoint(FloorView):
    writers = PLANNERS

    @extend_schema(
        operation_id="stock_move",
        request=StockMoveSerializer,
        responses={201: StockMoveAnswerSerializer},
        parameters=[NONCE],
    )
    def post(self, request: Request, item: str) -> Response:
        """Book a receipt, a count's difference or scrap, once."""
        values = read_body(StockMoveSerializer, request)
        quantity = values["quantity"]
        _check_sign(values["kind"], quantity)
        found = floor.get_stock_item(code=item)

        def effect(report: Report) -> Answer:
            is_new = stock.book_move(
                item_id=found.id,
                kind=values["kind"],
                quantity=quantity,
                reference=shorten(f"{report.device}:{report.nonce}"),
                reason=report.reason,
                actor=report.actor,
                now=report.now,
            )
            answer = floor.stock_answer(floor.get_stock_item(code=item))
            return Answer(201, {"item": answer, "moved": quantity * is_new})

        return once(request, values, effect)


def _check_sign(kind: str, quantity: int) -> None:
    if quantity == 0:
        raise DomainError(_("The quantity must not be 0."), field="quantity")
    if kind == "RECEIPT" and quantity < 0:
        raise DomainError(_("A receipt is above 0."), field="quantity")
    if kind == "SCRAPPED" and quantity > 0:
        raise DomainError(
            _("Scrap leaves the stock: give it below 0."), field="quantity"
        )


class LotsEndpoint(FloorView):
    serializer_class = LotRowSerializer

    @extend_schema(
        operation_id="lots_list",
        parameters=[
            OpenApiParameter("state", str, enum=LotState.values),
            OpenApiParameter("item", str),
        ],
        responses=LotRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List lots, in each item what is sold first ahead of the others."""
        found = lot_answers.list_lots(
            state=read_choice(request, "state", LotState.values),
            item=request.query_params.get("item", ""),
        )
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([lot_answers.lot_row(lot) for lot in page])


class LotEndpoint(FloorView):
    serializer_class = LotSerializer

    @extend_schema(operation_id="lots_read")
    def get(self, request: Request, code: str) -> Response:
        """Give a lot with the orders that got of it; a recall begins here."""
        return Response(_show(request, code))


class LotActionEndpoint(FloorView):
    """Release, block, recall, dispose: quality decides, named by badge."""

    action = ""

    @extend_schema(
        request=ReportSerializer, responses=LotSerializer, parameters=[NONCE]
    )
    def post(self, request: Request, code: str) -> Response:
        """Move the lot once, however often it is asked."""

        def move(report: Report) -> Answer:
            lots.perform(code=code, action=self.action, report=report)
            return Answer(200, _show(request, code))

        return once(request, read_body(ReportSerializer, request), move)


def _show(request: Request, code: str) -> dict[str, Any]:
    may_know = not isinstance(request.auth, ApiKey) and bool(
        CUSTOMER_READERS & roles_of(request.user)
    )
    return lot_answers.lot_answer(
        lot_answers.get_lot(code=code), with_customers=may_know
    )
