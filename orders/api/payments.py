"""Paying and cancelling an order."""

import hashlib

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.selectors.callers import actor_of, now_of, real_now_of
from configurator.services.once import Answer, OnceRequest, answer_once, find_kept
from orders.api.base import ONCE, TOKEN, OrdersView, read_input, show_order
from orders.models import Order
from orders.permissions import find_order
from orders.ports import Units
from orders.selectors.answers import describe_intent, describe_payment
from orders.selectors.orders import get_line
from orders.serializers import (
    CancelledSerializer,
    CancelLineSerializer,
    EmptyBodySerializer,
    PaymentRequestSerializer,
    PaymentSerializer,
)
from orders.services.cancelling import CancelReport, cancel_line, cancel_order
from orders.services.paying import Charged, NotDueError, pay_order


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
        call = self.read_call(request)
        answer = find_kept(call)
        if answer is None:
            # The provider is asked outside of the transaction that keeps the answer;
            # the caller's key leads a repeated call to the same request for money.
            charged = self._pay(request, order, call)
            answer = answer_once(
                call, now=real_now_of(request), effect=lambda: _tell(charged)
            )
        return Response(answer.body, status=answer.status)

    def _pay(self, request: Request, order: Order, call: OnceRequest) -> Charged:
        values = read_input(PaymentRequestSerializer(data=request.data))
        name = f"{call.scope} {call.key}"
        return pay_order(
            order_id=order.pk,
            provider=values["provider"],
            outcome=values.get("outcome", ""),
            purpose=values.get("purpose"),
            request_key=hashlib.sha256(name.encode()).hexdigest(),
            now=now_of(request),
            actor=actor_of(request),
        )


def _tell(charged: Charged) -> Answer:
    if charged.payment is not None:
        return Answer(201, describe_payment(charged.payment))
    if charged.intent is None or charged.intent.settled_at is not None:
        raise NotDueError(_("This payment was given up; please begin anew."))
    return Answer(201, describe_intent(charged.intent))


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
        request=CancelLineSerializer,
        responses=CancelledSerializer,
    )
    def post(self, request: Request, number: str, line_id: int) -> Response:
        """Cancel what has not begun of one line of an order, or some units of it."""
        order = find_order(request, number)
        get_line(order=order, line_id=line_id)
        values = read_input(CancelLineSerializer(data=request.data))
        units = Units(values["quantity"]) if "quantity" in values else None
        return self.once(request, lambda: self._cancel(request, order, line_id, units))

    def _cancel(
        self, request: Request, order: Order, line_id: int, units: Units | None
    ) -> Answer:
        report = cancel_line(
            order_id=order.pk,
            line_id=line_id,
            units=units,
            now=now_of(request),
            actor=actor_of(request),
        )
        return Answer(200, describe_cancellation(request, report))


def describe_cancellation(request: Request, report: CancelReport) -> dict[str, object]:
    return {
        **show_order(request, report.order),
        "cancelled_lines": list(report.cancelled_line_ids),
        "cancelled_units": [
            {"line": line, "quantity": n} for line, n in report.cancelled_units.items()
        ],
        "started_units": list(report.started_units),
        "legal_moves": list(report.legal_moves),
    }
