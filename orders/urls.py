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
from orders.views import (
    after_sale,
    carts,
    changing,
    checkout,
    counter,
    desk,
    documents,
    files,
    messages,
    orders,
    payments,
    privacy,
    standing,
    team,
)

app_name = "orders"

cart_urls = [
    path("cart/", carts.cart_page, name="cart"),
    path("cart/add/<slug:slug>/", carts.cart_add, name="cart-add"),
    path("cart/lines/<int:line_id>/", carts.cart_line, name="cart-line"),
    path("cart/restore/", carts.cart_restore, name="cart-restore"),
    path("checkout/", checkout.checkout, name="checkout"),
]
team_urls = [
    path("shop/<slug:slug>/team/", team.team_order, name="team"),
    path(
        "shop/<slug:slug>/team/list.<str:kind>",
        team.team_template,
        name="team-template",
    ),
]
order_page_urls = [
    path("orders/", orders.my_orders, name="orders"),
    path("orders/<str:number>/", orders.order_page, name="order"),
    path("orders/<str:number>/progress/", orders.order_progress, name="progress"),
    path("orders/<str:number>/payment/", payments.payment, name="payment"),
    path(
        "orders/<str:number>/documents/<slug:document>.pdf",
        documents.document,
        name="document",
    ),
    path(
        "orders/<str:number>/files/<int:file_id>/",
        files.finished_file,
        name="finished-file",
    ),
    path("orders/<str:number>/cancel/", orders.order_cancel, name="order-cancel"),
    path(
        "orders/<str:number>/lines/<int:line_id>/cancel/",
        orders.line_cancel,
        name="line-cancel",
    ),
    path(
        "orders/<str:number>/lines/<int:line_id>/change/",
        changing.line_change,
        name="line-change",
    ),
    path(
        "orders/<str:number>/lines/<int:line_id>/complaints/",
        after_sale.line_complaint,
        name="line-complaint",
    ),
    path("orders/<str:number>/messages/", messages.order_message, name="order-message"),
    path("orders/<str:number>/again/", after_sale.order_again, name="order-again"),
    path(
        "orders/<str:number>/quotations/<str:quotation>/",
        orders.quotation_answer,
        name="quotation-answer",
    ),
    path(
        "orders/<str:number>/proofs/<int:proof_id>/",
        orders.proof_answer,
        name="proof-answer",
    ),
    path(
        "orders/<str:number>/proofs/<int:proof_id>/picture/",
        orders.proof_picture,
        name="proof-picture",
    ),
]
payment_urls = [
    path("payments/<slug:provider>/notices/", payments.notice, name="notice"),
]
privacy_urls = [
    path("privacy/", privacy.account, name="privacy"),
    path("privacy/export.json", privacy.account_export, name="privacy-export"),
    path("privacy/erase/", privacy.account_erase, name="privacy-erase"),
    path("orders/<str:number>/privacy/", privacy.order, name="order-privacy"),
    path(
        "orders/<str:number>/privacy/export.json",
        privacy.order_export,
        name="order-export",
    ),
    path("orders/<str:number>/privacy/erase/", privacy.order_erase, name="order-erase"),
]
desk_urls = [
    path("desk/", desk.desk_list, name="desk"),
    path("desk/customer/", counter.desk_customer, name="desk-customer"),
    path("desk/standing/", standing.standing_list, name="standing"),
    path(
        "desk/standing/<slug:code>/",
        standing.standing_action,
        name="standing-action",
    ),
    path("desk/<str:number>/", desk.desk_order, name="desk-order"),
    path("desk/<str:number>/action/", desk.desk_action, name="desk-action"),
    path(
        "desk/<str:number>/lines/<int:line_id>/files/",
        files.line_files,
        name="line-files",
    ),
]
page_urls: list[URLPattern | URLResolver] = [
    *cart_urls,
    *team_urls,
    *order_page_urls,
    *payment_urls,
    *privacy_urls,
    *desk_urls,
]
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
