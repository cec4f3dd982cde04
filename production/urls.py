"""Addresses of this app: pages, and routes of the API."""

from django.urls import URLPattern, URLResolver, path

from production.api.batches import (
    BatchActionEndpoint,
    BatchEndpoint,
    BatchesEndpoint,
    BatchMemberEndpoint,
    BatchMembersEndpoint,
)
from production.api.floor import (
    AdvanceEndpoint,
    DispatchListEndpoint,
    LaunchEndpoint,
    LineQueueEndpoint,
    LinesEndpoint,
    SlotActionEndpoint,
    StockEndpoint,
    StockMovesEndpoint,
    WorkCentresEndpoint,
)
from production.api.operations import OperationActionEndpoint, ScansEndpoint
from production.api.work_orders import (
    MoveWorkOrderEndpoint,
    OperationEndpoint,
    OperationsEndpoint,
    TravellerEndpoint,
    WorkOrderEndpoint,
    WorkOrdersEndpoint,
)
from production.services import batches, holds, operations

page_urls: list[URLPattern | URLResolver] = []
urlpatterns = [*page_urls]

work_order_urls = [
    path("work-orders/", WorkOrdersEndpoint.as_view()),
    path("work-orders/<str:number>/", WorkOrderEndpoint.as_view()),
    path("work-orders/<str:number>/traveller.pdf", TravellerEndpoint.as_view()),
    path("work-orders/<str:number>/operations/", OperationsEndpoint.as_view()),
    path(
        "work-orders/<str:number>/operations/<int:operation_id>/",
        OperationEndpoint.as_view(),
    ),
    *(
        path(
            f"work-orders/<str:number>/{move}/",
            MoveWorkOrderEndpoint.as_view(move=move),
        )
        for move in holds.MOVES
    ),
]
operation_urls = [
    *(
        path(
            f"operations/<int:operation_id>/{action}/",
            OperationActionEndpoint.as_view(action=action),
        )
        for action in operations.ACTIONS
    ),
    path("scans/", ScansEndpoint.as_view()),
]
batch_urls = [
    path("batches/", BatchesEndpoint.as_view()),
    path("batches/<str:number>/", BatchEndpoint.as_view()),
    path("batches/<str:number>/members/", BatchMembersEndpoint.as_view()),
    path(
        "batches/<str:number>/members/<int:operation_id>/",
        BatchMemberEndpoint.as_view(),
    ),
    *(
        path(
            f"batches/<str:number>/{action}/",
            BatchActionEndpoint.as_view(action=action),
        )
        for action in batches.ACTIONS
    ),
]
floor_urls = [
    path("work-centres/", WorkCentresEndpoint.as_view()),
    path("work-centres/<str:code>/dispatch-list/", DispatchListEndpoint.as_view()),
    path("lines/", LinesEndpoint.as_view()),
    path("lines/<str:code>/queue/", LineQueueEndpoint.as_view()),
    path("lines/<str:code>/launch/", LaunchEndpoint.as_view()),
    path("lines/<str:code>/advance/", AdvanceEndpoint.as_view()),
    *(
        path(
            f"lines/<str:code>/queue/<int:slot_id>/{action}/",
            SlotActionEndpoint.as_view(action=action),
        )
        for action in ("remove", "reinsert")
    ),
    path("stock/", StockEndpoint.as_view()),
    path("stock/<str:item>/moves/", StockMovesEndpoint.as_view()),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    *work_order_urls,
    *operation_urls,
    *batch_urls,
    *floor_urls,
]
