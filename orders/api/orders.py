"""Placing, reading and listing orders."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.selectors.callers import actor_of, now_of, user_of
from configurator.services.errors import DomainError, InvalidError, Problem
from configurator.services.once import Answer
from orders.api.base import (
    ONCE,
    TOKEN,
    OrdersView,
    current_language,
    input_problems,
    show_facts,
    show_order,
)
from orders.permissions import (
    check_may_list,
    check_may_order,
    find_order,
    works_in_sales,
)
from orders.selectors.facts import load_facts
from orders.selectors.orders import list_orders
from orders.serializers import OrderRequestSerializer, OrderSerializer
from orders.services.checking import check_lines
from orders.services.placing import place_and_tell
from orders.services.requests import MAX_LINES, LineRequest, OrderRequest
from orders.states import OrderState, Shipping


class OrdersEndpoint(OrdersView):
    @extend_schema(
        operation_id="orders_list",
        parameters=[OpenApiParameter("state", str, enum=OrderState.values)],
        responses=OrderSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's orders; all orders for planners and the order desk."""
        check_may_list(request)
        state = request.query_params.get("state", "")
        if state and state not in OrderState.values:
            text = _("A state is one of %(names)s.")
            names = {"names": ", ".join(OrderState.values)}
            raise DomainError(text % names, field="state")
        sees_all = works_in_sales(request)
        user = user_of(request)
        orders = list_orders(owner=None if sees_all else user, state=state)
        page = self.paginate_queryset(orders) or []
        return self.get_paginated_response(
            [
                show_facts(
                    request, facts, is_own=user is not None and facts.is_of(user.pk)
                )
                for facts in load_facts(page)
            ]
        )

    @extend_schema(
        operation_id="orders_create",
        parameters=[ONCE],
        request=OrderRequestSerializer,
        responses={201: OrderSerializer},
    )
    def post(self, request: Request) -> Response:
        """Place an order as a guest, a customer, or an importing key."""
        check_may_order(request)
        return self.once(request, lambda: self._place(request))

    def _place(self, request: Request) -> Answer:
        facts = place_and_tell(
            request=read_order(request),
            user=user_of(request),
            language=current_language(),
            now=now_of(request),
            actor=actor_of(request),
        )
        return Answer(201, show_facts(request, facts, is_own=True))


class OrderEndpoint(OrdersView):
    @extend_schema(operation_id="orders_get", parameters=TOKEN)
    def get(self, request: Request, number: str) -> Response:
        """Read an order with the stages of its lines and units."""
        return Response(show_order(request, find_order(request, number)))


def read_order(request: Request) -> OrderRequest:
    """Read the body, or raise with everything that is wrong with it.

    Lines of the right shape are checked to the end even where something else is
    wrong, so that a buyer is told once.
    """
    serializer = OrderRequestSerializer(data=request.data)
    problems = list(input_problems(serializer))
    if problems:
        raise InvalidError([*problems, *_problems_of_lines(request, problems)])
    values = serializer.validated_data
    customer = values["customer"]
    return OrderRequest(
        customer_name=customer["name"],
        customer_email=customer["email"],
        shipping_address=values["shipping_address"],
        lines=read_lines(values["lines"]),
        delivery=values.get("delivery"),
        shipping=values.get("shipping", Shipping.TOGETHER),
        needed_by=values.get("needed_by"),
        window_from=values.get("window_from"),
        expected_total_minor=values.get("expected_total_minor"),
    )


def read_lines(values: list[dict[str, Any]]) -> tuple[LineRequest, ...]:
    return tuple(
        LineRequest(
            product=line["product"],
            choices=line["choices"],
            quantity=line["quantity"],
            release=line.get("release"),
        )
        for line in values
    )


def _problems_of_lines(request: Request, known: list[Problem]) -> list[Problem]:
    """Check the lines that have the right shape in a body that is wrong elsewhere."""
    lines = request.data.get("lines") if isinstance(request.data, dict) else None
    if not isinstance(lines, list) or len(lines) > MAX_LINES:
        return []
    misshapen = {
        each.field.split(".")[1]
        for each in known
        if each.field and each.field.startswith("lines.")
    }
    good = [index for index in range(len(lines)) if str(index) not in misshapen]
    if not good or any((each.field or "") == "lines" for each in known):
        return []
    requests = read_lines([lines[index] for index in good])
    _checked, problems = check_lines(
        lines=requests, user=user_of(request), now=now_of(request)
    )
    return [_renumber(problem, good) for problem in problems]


def _renumber(problem: Problem, indexes: list[int]) -> Problem:
    """Name a line by its place in the whole body."""
    parts = (problem.field or "").split(".")
    if len(parts) > 1:
        parts[1] = str(indexes[int(parts[1])])
    return Problem(problem.code, problem.message, ".".join(parts))
