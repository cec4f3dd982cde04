"""Addresses of this app: pages, and routes of the API."""

from functools import partial

from django.urls import URLPattern, URLResolver, path

from production.api.batches import (
    BatchActionEndpoint,
    BatchEndpoint,
    BatchesEndpoint,
    BatchMemberEndpoint,
    BatchMembersEndpoint,
    BatchMergeEndpoint,
    LoadSheetEndpoint,
)
from production.api.devices import DevicesEndpoint, RevokeDeviceEndpoint
from production.api.floor import (
    AdvanceEndpoint,
    DispatchListEndpoint,
    LaunchEndpoint,
    LineQueueEndpoint,
    LinesEndpoint,
    SlotActionEndpoint,
    WorkCentresEndpoint,
)
from production.api.operations import OperationActionEndpoint, ScansEndpoint
from production.api.quality import (
    CloseEndpoint,
    DisposeEndpoint,
    NonconformancesEndpoint,
)
from production.api.stock import (
    LotActionEndpoint,
    LotEndpoint,
    LotsEndpoint,
    StockEndpoint,
    StockMovesEndpoint,
)
from production.api.work_orders import (
    MoveWorkOrderEndpoint,
    OperationEndpoint,
    OperationsEndpoint,
    TravellerEndpoint,
    WorkOrderEndpoint,
    WorkOrdersEndpoint,
)
from production.permissions import PLANNERS, REPORTERS
from production.services import batches, holds, lots, operations
from production.views import (
    actions,
    advice,
    boards,
    devices,
    flow,
    lines,
    outages,
    planner,
    policies,
    promises,
    quality,
    reports,
    scan,
    stock,
)
from production.views import batches as batch_pages
from production.views.access import floor_page

app_name = "production"
reading = floor_page
reporting = partial(floor_page, roles=REPORTERS)
planning = partial(floor_page, roles=PLANNERS)

page_urls: list[URLPattern | URLResolver] = [
    path("floor/", reading(boards.boards), name="boards"),
    path("floor/lines/", reading(lines.lines), name="lines"),
    path("floor/flow/", reading(flow.flow), name="flow"),
    path("floor/people/", reading(boards.people), name="people"),
    path("floor/promises/", reading(promises.promises), name="promises"),
    path("floor/planner/", planning(planner.board), name="planner"),
    path(
        "floor/planner/<str:code>/search/",
        planning(planner.search),
        name="search-queue",
    ),
    path("floor/advice/", planning(advice.advice), name="advice"),
    path("floor/policies/", planning(policies.list_policies), name="policies"),
    path("floor/devices/", planning(devices.list_devices), name="devices"),
    path(
        "floor/devices/<int:device_id>/revoke/",
        planning(devices.revoke),
        name="revoke-device",
    ),
    path("floor/kiosk/<str:token>/", devices.kiosk, name="kiosk"),
    path("floor/station/", reading(devices.station), name="station"),
    path("floor/station/worker/", reading(devices.sign_on), name="sign-on"),
    path("floor/scan/", reporting(scan.scan), name="scan"),
    path("floor/scan/picture/", reporting(scan.read_picture), name="scan-picture"),
    path("floor/scan/codes.pdf", reading(scan.command_codes), name="scan-codes"),
    path("floor/quality/", reading(quality.quality), name="quality"),
    path(
        "floor/quality/<int:nonconformance_id>/action/",
        reporting(quality.quality_action),
        name="quality-action",
    ),
    path("floor/stock/", reading(stock.stock), name="stock"),
    path("floor/lots/<str:code>/", reading(stock.lot), name="lot"),
    path(
        "floor/lots/<str:code>/action/",
        reporting(stock.lot_action),
        name="lot-action",
    ),
    path("floor/boards/<str:code>/", reading(boards.board), name="board"),
    path("floor/boards/<str:code>/outage/", reporting(outages.outage), name="outage"),
    path("floor/batches/<str:number>/", reading(batch_pages.batch), name="batch"),
    path(
        "floor/batches/<str:number>/load-sheet.pdf",
        reading(batch_pages.load_sheet),
        name="load-sheet",
    ),
    path(
        "floor/batches/<str:number>/action/",
        reporting(batch_pages.batch_action),
        name="batch-action",
    ),
    path("floor/lines/<str:code>/", reading(lines.line), name="line"),
    path(
        "floor/lines/<str:code>/action/",
        reporting(actions.line_action),
        name="line-action",
    ),
    path(
        "floor/work-orders/<str:number>/", reading(boards.work_order), name="work-order"
    ),
    path(
        "floor/work-orders/<str:number>/action/",
        planning(actions.work_order_action),
        name="work-order-action",
    ),
    path(
        "floor/work-orders/<str:number>/labels.pdf",
        reading(boards.labels),
        name="labels",
    ),
    path(
        "floor/work-orders/<str:number>/labels.zpl",
        reading(boards.labels_for_printer),
        name="labels-zpl",
    ),
    path(
        "floor/work-orders/<str:number>/traveller.pdf",
        reading(boards.traveller),
        name="traveller",
    ),
    path(
        "floor/operations/<int:operation_id>/action/",
        reporting(reports.operation_action),
        name="operation-action",
    ),
    path(
        "floor/operations/<int:operation_id>/report/",
        reporting(reports.report),
        name="report",
    ),
]
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
    path("batches/<str:number>/load-sheet.pdf", LoadSheetEndpoint.as_view()),
    path("batches/<str:number>/merge/", BatchMergeEndpoint.as_view()),
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
]
stock_urls = [
    path("stock/", StockEndpoint.as_view()),
    path("stock/<str:item>/moves/", StockMovesEndpoint.as_view()),
    path("lots/", LotsEndpoint.as_view()),
    path("lots/<str:code>/", LotEndpoint.as_view()),
    *(
        path(f"lots/<str:code>/{action}/", LotActionEndpoint.as_view(action=action))
        for action in lots.ACTIONS
    ),
]
device_urls = [
    path("devices/", DevicesEndpoint.as_view()),
    path("devices/<int:device_id>/revoke/", RevokeDeviceEndpoint.as_view()),
]
quality_urls = [
    path("nonconformances/", NonconformancesEndpoint.as_view()),
    path("nonconformances/<int:nonconformance_id>/dispose/", DisposeEndpoint.as_view()),
    path("nonconformances/<int:nonconformance_id>/close/", CloseEndpoint.as_view()),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    *work_order_urls,
    *operation_urls,
    *batch_urls,
    *floor_urls,
    *stock_urls,
    *quality_urls,
    *device_urls,
]
