"""Products, the state of choices, and what is sold out."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.api.base import CatalogueView, once, person, read
from configurator.api.schema import ONCE
from configurator.models import Product
from configurator.permissions import MayMarkSoldOut
from configurator.selectors.callers import now_of
from configurator.selectors.choices import complete_answer, configure_answer
from configurator.selectors.products import (
    list_products,
    product_answer,
    product_summary,
)
from configurator.serializers import (
    AvailabilityAnswer,
    AvailabilityRequest,
    CompleteRequest,
    ConfigureAnswer,
    ConfigureRequest,
    ProductAnswer,
    ProductSummary,
)
from configurator.services.availability import set_availability
from configurator.services.once import Answer


class ProductList(ListAPIView[Product]):
    permission_classes = (AllowAny,)
    filter_backends = ()
    queryset = Product.objects.none()
    serializer_class = ProductSummary

    @extend_schema(operation_id="products_list")
    def get(self, request: Request) -> Response:
        """List what the caller may order."""
        page = self.paginate_queryset(list_products(user=person(request)))
        language = get_language()
        return self.get_paginated_response(
            [product_summary(product, language=language) for product in page or []]
        )


class ProductDetail(CatalogueView):
    @extend_schema(operation_id="products_retrieve", responses=ProductAnswer)
    def get(self, request: Request, slug: str) -> Response:
        """Give a product's questions and possible answers."""
        return Response(product_answer(product=slug, language=get_language()))


class Configure(CatalogueView):
    @extend_schema(
        operation_id="products_configure",
        request=ConfigureRequest,
        responses={200: ConfigureAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say what is still possible, what it costs, and why not.

        Choices that exclude one another are answered too, with `valid: false`.
        """
        given = read(ConfigureRequest, request)
        answer = configure_answer(
            product=slug,
            choices=given["choices"],
            quantity=given.get("quantity"),
            language=get_language(),
            user=person(request),
            now=now_of(request),
        )
        return Response(answer)


class Complete(CatalogueView):
    @extend_schema(
        operation_id="products_complete",
        request=CompleteRequest,
        responses={200: ConfigureAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Answer all open questions, the cheapest way or as most people do."""
        given = read(CompleteRequest, request)
        answer = complete_answer(
            product=slug,
            choices=given["choices"],
            quantity=given.get("quantity"),
            objective=given["objective"],
            language=get_language(),
            user=person(request),
            now=now_of(request),
        )
        return Response(answer)


class OptionAvailability(CatalogueView):
    permission_classes = (MayMarkSoldOut,)

    @extend_schema(
        operation_id="products_availability",
        parameters=[ONCE],
        request=AvailabilityRequest,
        responses={200: AvailabilityAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Sell an option out, or have it back, without a new release."""
        given = read(AvailabilityRequest, request)

        def effect() -> Answer:
            found = set_availability(product=slug, now=now_of(request), **given)
            return Answer(200, AvailabilityAnswer(found).data)

        return once(request, effect)
