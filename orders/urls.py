"""Addresses of this app: pages, and routes of the API."""

from django.urls import URLPattern, URLResolver, path

from orders.api.orders import OrderEndpoint, OrdersEndpoint
from orders.api.payments import (
    CancelLineEndpoint,
    CancelOrderEndpoint,
    PaymentsEndpoint,
)
from orders.api.quotations import (
    AcceptQuotationEndpoint,
    ApproveProofEndpoint,
    DeclineQuotationEndpoint,
    QuotationsEndpoint,
    RequestChangesEndpoint,
)
from orders.api.shipments import DeliverEndpoint, ShipEndpoint

page_urls: list[URLPattern | URLResolver] = []
urlpatterns = [*page_urls]

order_urls = [
    path("orders/", OrdersEndpoint.as_view()),
    path("orders/<str:number>/", OrderEndpoint.as_view()),
    path("orders/<str:number>/payments/", PaymentsEndpoint.as_view()),
    path("orders/<str:number>/cancel/", CancelOrderEndpoint.as_view()),
    path(
        "orders/<str:number>/lines/<int:line_id>/cancel/",
        CancelLineEndpoint.as_view(),
    ),
    path("orders/<str:number>/ship/", ShipEndpoint.as_view()),
    path("orders/<str:number>/deliver/", DeliverEndpoint.as_view()),
]
quotation_urls = [
    path("quotations/", QuotationsEndpoint.as_view()),
    path("quotations/<str:number>/accept/", AcceptQuotationEndpoint.as_view()),
    path("quotations/<str:number>/decline/", DeclineQuotationEndpoint.as_view()),
    path("proofs/<int:proof_id>/approve/", ApproveProofEndpoint.as_view()),
    path("proofs/<int:proof_id>/request-changes/", RequestChangesEndpoint.as_view()),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*order_urls, *quotation_urls]
