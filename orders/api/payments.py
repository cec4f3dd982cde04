"""Paying and cancelling an order."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.services.once import Answer
from orders.api.base import (
    ONCE,
    TOKEN,
    OrdersView,
    actor_of,
    now_of,
    read_input,
    show_order,
)
from orders.models import Order
from orders.permissions import find_order
from orders.selectors.answers import describe_payment
from orders.selectors.orders import get_line
from orders.serializers import (
    CancelledSerializer,
    EmptyBodySerializer,
    PaymentRequestSerializer,
    PaymentSerializer,
)
from orders.services.cancelling import CancelReport, cancel_line, cancel_order
from orders.services.paying import record_payment


class PaymentsEndpoint(OrdersView):
    @extend_schema(
        operation_id="payments_create",
        parameters=[ONCE, *TOKEN],
        request=PaymentRequestSerializer,
        responses={201: PaymentSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Pay an order; success confirms it, a declined payment loses nothing."""
        order = find_order(request, number)
        return self.once(request, lambda: self._pay(request, order))

    def _pay(self, request: Request, order: Order) -> Answer:
        values = read_input(PaymentRequestSerializer(data=request.data))
        payment = record_payment(
            order_id=order.pk,
            provider=values["provider"],
            outcome=values["outcome"],
            now=now_of(request),
            actor=actor_of(request),
        )
        return Answer(201, describe_payment(payment))


class CancelOrderEndpoint(OrdersView):
    @extend_schema(
        operation_id="orders_cancel",
        parameters=[ONCE, *TOKEN],
        request=EmptyBodySerializer,
        responses=CancelledSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel an order, as far as it has not begun to be made."""
        order = find_order(request, number)
        return self.once(request, lambda: self._cancel(request, order))

    def _cancel(self, request: Request, order: Order) -> Answer:
        report = cancel_order(
            order_id=order.pk, now=now_of(request), actor=actor_of(request)
        )
        return Answer(200, describe_cancellation(request, report))


class CancelLineEndpoint(OrdersView):
    @extend_schema(
        operation_id="order_lines_cancel",
        parameters=[ONCE, *TOKEN],
        request=EmptyBodySerializer,
        responses=CancelledSerializer,
    )
    def post(self, request: Request, number: str, line_id: int) -> Response:
        """Cancel one line of an order, if it has not begun to be made."""
        order = find_order(request, number)
        get_line(order=order, line_id=line_id)
        return self.once(request, lambda: self._cancel(request, order, line_id))

    def _cancel(self, request: Request, order: Order, line_id: int) -> Answer:
        report = cancel_line(
            order_id=order.pk,
            line_id=line_id,
            now=now_of(request),
            actor=actor_of(request),
        )
        return Answer(200, describe_cancellation(request, report))


def describe_cancellation(request: Request, report: CancelReport) -> dict[str, object]:
    return {
        **show_order(request, report.order),
        "cancelled_lines": list(report.cancelled_line_ids),
        "started_units": list(report.started_units),
        "legal_moves": list(report.legal_moves),
    }
