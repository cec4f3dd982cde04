"""Shipping an order and noting that it arrived."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.selectors.callers import actor_of, now_of
from configurator.services.once import Answer
from configurator.states import Scope
from orders.api.base import ONCE, OrdersView, read_input, show_order
from orders.models import Order
from orders.permissions import check_works_in_sales
from orders.selectors.orders import get_order
from orders.serializers import EmptyBodySerializer, OrderSerializer, ShipSerializer
from orders.services.parcels import ParcelRequest
from orders.services.shipping import deliver_order, ship_order


class ShipEndpoint(OrdersView):
    @extend_schema(
        operation_id="orders_ship",
        parameters=[ONCE],
        request=ShipSerializer,
        responses=OrderSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Pack and hand over: all that is left of the order, or the lines named."""
        check_works_in_sales(request, scope=Scope.PRODUCTION_WRITE)
        order = get_order(number=number)
        return self.once(request, lambda: self._ship(request, order))

    def _ship(self, request: Request, order: Order) -> Answer:
        values = read_input(ShipSerializer(data=request.data))
        ship_order(
            order_id=order.pk,
            line_ids=values.get("lines"),
            parcels=[ParcelRequest(**each) for each in values.get("parcels", ())],
            now=now_of(request),
            actor=actor_of(request),
        )
        return Answer(200, show_order(request, get_order(number=order.number)))


class DeliverEndpoint(OrdersView):
    @extend_schema(
        operation_id="orders_deliver",
        parameters=[ONCE],
        request=EmptyBodySerializer,
        responses=OrderSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Note that what was under way has arrived; the last one closes the order."""
        check_works_in_sales(request, scope=Scope.PRODUCTION_WRITE)
        order = get_order(number=number)
        return self.once(request, lambda: self._deliver(request, order))

    def _deliver(self, request: Request, order: Order) -> Answer:
        deliver_order(order_id=order.pk, now=now_of(request), actor=actor_of(request))
        return Answer(200, show_order(request, get_order(number=order.number)))
