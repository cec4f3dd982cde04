"""Quotations of bespoke lines, and proofs of artwork."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.selectors.callers import actor_of, now_of
from configurator.services.once import Answer
from orders.api.base import ONCE, TOKEN, OrdersView, read_input
from orders.models import Proof, Quotation
from orders.permissions import check_credential, check_may_see, check_works_in_sales
from orders.selectors.answers import describe_quotation_of_order
from orders.selectors.orders import get_proof, get_quotation
from orders.serializers import (
    ChangesSerializer,
    EmptyBodySerializer,
    ProofSerializer,
    QuotationAnswerSerializer,
    QuotationRequestSerializer,
)
from orders.services.proofing import approve_proof, request_changes
from orders.services.quoting import (
    accept_quotation,
    decline_quotation,
    send_quotation,
)


class QuotationsEndpoint(OrdersView):
    @extend_schema(
        operation_id="quotations_create",
        parameters=[ONCE],
        request=QuotationRequestSerializer,
        responses={201: QuotationAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Offer a price for a bespoke line; an earlier offer no longer stands."""
        check_works_in_sales(request)
        return self.once(request, lambda: self._send(request))

    def _send(self, request: Request) -> Answer:
        values = read_input(QuotationRequestSerializer(data=request.data))
        quotation = send_quotation(
            order_line_id=values["order_line"],
            total_minor=values["total_minor"],
            valid_until=values["valid_until"],
            deposit_percent=values.get("deposit_percent"),
            operations=values.get("operations", ()),
            note=values.get("note", ""),
            now=now_of(request),
            actor=actor_of(request),
        )
        quotation = get_quotation(number=quotation.number)
        return Answer(201, describe_quotation_of_order(quotation))


class QuotationAnswerEndpoint(OrdersView):
    """What accepting and declining have in common."""

    answer_it: Callable[..., Quotation]

    def respond(self, request: Request, number: str) -> Response:
        check_credential(request)
        quotation = get_quotation(number=number)
        check_may_see(request, quotation.order_line.order)
        return self.once(request, lambda: self._answer(request, quotation))

    def _answer(self, request: Request, quotation: Quotation) -> Answer:
        type(self).answer_it(
            quotation_id=quotation.pk, now=now_of(request), actor=actor_of(request)
        )
        quotation = get_quotation(number=quotation.number)
        return Answer(200, describe_quotation_of_order(quotation))


class AcceptQuotationEndpoint(QuotationAnswerEndpoint):
    answer_it = staticmethod(accept_quotation)

    @extend_schema(
        operation_id="quotations_accept",
        parameters=[ONCE, *TOKEN],
        request=EmptyBodySerializer,
        responses=QuotationAnswerSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Agree on the price; once every line has one, the order can be paid."""
        return self.respond(request, number)


class DeclineQuotationEndpoint(QuotationAnswerEndpoint):
    answer_it = staticmethod(decline_quotation)

    @extend_schema(
        operation_id="quotations_decline",
        parameters=[ONCE, *TOKEN],
        request=EmptyBodySerializer,
        responses=QuotationAnswerSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Turn the price down; another quotation may follow."""
        return self.respond(request, number)


class ProofEndpoint(OrdersView):
    """What approving and asking for changes have in common."""

    def respond(
        self, request: Request, proof_id: int, answer_it: Callable[[], Proof]
    ) -> Response:
        check_credential(request)
        proof = get_proof(proof_id=proof_id)
        check_may_see(request, proof.order_line.order)

        def effect() -> Answer:
            answered = answer_it()
            return Answer(200, {"id": answered.pk, "state": answered.state})

        return self.once(request, effect)


class ApproveProofEndpoint(ProofEndpoint):
    @extend_schema(
        operation_id="proofs_approve",
        parameters=[ONCE, *TOKEN],
        request=EmptyBodySerializer,
        responses=ProofSerializer,
    )
    def post(self, request: Request, proof_id: int) -> Response:
        """Agree to have it made as the proof shows it."""

        def approve() -> Proof:
            return approve_proof(
                proof_id=proof_id, now=now_of(request), actor=actor_of(request)
            )

        return self.respond(request, proof_id, approve)


class RequestChangesEndpoint(ProofEndpoint):
    @extend_schema(
        operation_id="proofs_request_changes",
        parameters=[ONCE, *TOKEN],
        request=ChangesSerializer,
        responses=ProofSerializer,
    )
    def post(self, request: Request, proof_id: int) -> Response:
        """Ask for another proof, saying what is to be different."""

        def ask() -> Proof:
            values: dict[str, Any] = read_input(ChangesSerializer(data=request.data))
            return request_changes(
                proof_id=proof_id,
                note=values.get("note", ""),
                now=now_of(request),
                actor=actor_of(request),
            )

        return self.respond(request, proof_id, ask)
