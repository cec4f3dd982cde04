"""For each route one call that succeeds for whoever may make it."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from configurator.services.uploads import store_upload
from tests.api.call import (
    Call,
    fixed,
    on_batch,
    on_design,
    on_device,
    on_fault,
    on_job,
    on_line,
    on_operation,
    on_order,
    on_slot,
    on_work_order,
    proofed,
    quoted,
)
from tests.api.routes import API
from tests.api.world import CHOICES
from tests.factories.orders import ADDRESS, NOW

KEY = "0123456789abcdef"
SHIRT_LINE = {"product": "shirt", "choices": CHOICES["shirt"], "quantity": 1}
NEW_ORDER: dict[str, Any] = {
    "customer": {"name": "Ada Berg", "email": "ada@example.org"},
    "shipping_address": ADDRESS,
    "lines": [SHIRT_LINE],
}
CHECKOUT = {
    **ADDRESS,
    "name": "Ada Berg",
    "email": "ada@example.org",
    "delivery": "COLLECTION",
    "once": KEY,
}
VALID_UNTIL = (NOW + timedelta(days=20)).isoformat()


def picture() -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    return SimpleUploadedFile("me.png", buffer.getvalue(), "image/png")


def on_upload(world: Any) -> dict[str, Any]:
    content = picture().read()
    upload = store_upload(content=content, file_name="me.png", now=NOW)
    return {"token": upload.token}


SHIRT = fixed(slug="shirt")
CATALOGUE_CALLS = {
    "GET products/<slug:slug>/": Call(SHIRT),
    "POST products/<slug:slug>/configure/": Call(SHIRT, {"choices": {}}),
    "POST products/<slug:slug>/complete/": Call(SHIRT, {"choices": {}}),
    "POST products/<slug:slug>/availability/": Call(
        SHIRT, {"option": "NAVY", "available": False}
    ),
    "POST designs/": Call(body={"product": "shirt", "choices": {"colour": "WHITE"}}),
    "GET designs/<str:token>/": Call(lambda world: {"token": world.design.token}),
    "PATCH designs/<str:token>/": Call(
        lambda world: {"token": world.design.token}, {"choices": {"colour": "WHITE"}}
    ),
    "POST uploads/": Call(body=lambda _world: {"file": picture()}),
}
ORDER_CALLS = {
    "POST orders/": Call(body=NEW_ORDER),
    "GET orders/<str:number>/": on_order("open"),
    "POST orders/<str:number>/payments/": on_order(
        "open", {"provider": "dummy", "outcome": "SUCCEEDED"}
    ),
    "POST orders/<str:number>/cancel/": on_order("open"),
    "POST orders/<str:number>/lines/<int:line_id>/cancel/": on_line("open"),
    "POST orders/<str:number>/ship/": on_order("to_ship"),
    "POST orders/<str:number>/deliver/": on_order("to_deliver"),
    "POST quotations/": Call(
        body=lambda world: {
            "order_line": world.lines["requested"].pk,
            "total_minor": 90_000,
            "valid_until": VALID_UNTIL,
            "operations": [],
        }
    ),
    "POST quotations/<str:number>/accept/": Call(quoted, order="quoted"),
    "POST quotations/<str:number>/decline/": Call(quoted, order="quoted"),
    "POST proofs/<int:proof_id>/approve/": Call(proofed, order="proofed"),
    "POST proofs/<int:proof_id>/request-changes/": Call(
        proofed, {"note": "Larger"}, order="proofed"
    ),
}
WORK_ORDER = "work-orders/<str:number>/"
PLANNED_STEP = {"name": "Wax", "work_centre": "WHEEL", "run_s": 60}
WORK_ORDER_CALLS = {
    f"GET {WORK_ORDER}": on_work_order("free"),
    f"GET {WORK_ORDER}traveller.pdf": on_work_order("free"),
    f"POST {WORK_ORDER}hold/": on_work_order("free", reason="Look at it"),
    f"POST {WORK_ORDER}resume/": on_work_order("held"),
    f"POST {WORK_ORDER}cancel/": on_work_order("free"),
    f"POST {WORK_ORDER}remake/": on_work_order("made", reason="Crushed"),
    f"POST {WORK_ORDER}operations/": on_work_order("bespoke", **PLANNED_STEP),
    f"PATCH {WORK_ORDER}operations/<int:operation_id>/": on_job("READY", run_s=90),
    f"DELETE {WORK_ORDER}operations/<int:operation_id>/": on_job("WAITING"),
}
OPERATION = "POST operations/<int:operation_id>/"
OPERATION_CALLS = {
    f"{OPERATION}start/": on_operation("READY"),
    f"{OPERATION}pause/": on_operation("RUNNING"),
    f"{OPERATION}resume/": on_operation("PAUSED"),
    f"{OPERATION}finish/": on_operation("RUNNING"),
    f"{OPERATION}block/": on_operation("READY", reason="No clay"),
    f"{OPERATION}unblock/": on_operation("BLOCKED"),
    f"{OPERATION}scrap/": on_operation("RUNNING", scrap=1),
    f"{OPERATION}rework/": on_operation("RUNNING", good=1),
    f"{OPERATION}inspect/": on_operation("RUNNING"),
    f"{OPERATION}count/": on_operation("RUNNING", good=1),
    f"{OPERATION}reject/": on_operation("RUNNING", reason="A crack"),
    f"{OPERATION}undo/": on_operation("RUNNING"),
    "POST scans/": Call(
        body=lambda world: {
            "device": "scanner 1",
            "nonce": "n-1",
            "code": f"{world.work_orders['bespoke'].number}/10",
            "action": "start",
        }
    ),
}
BATCH = "batches/<str:number>/"
BATCH_CALLS = {
    f"GET {BATCH}": on_batch("PROPOSED"),
    f"GET {BATCH}load-sheet.pdf": on_batch("PROPOSED"),
    f"POST {BATCH}freeze/": on_batch("PROPOSED"),
    f"POST {BATCH}unfreeze/": on_batch("FROZEN"),
    f"POST {BATCH}release/": on_batch("FROZEN"),
    f"POST {BATCH}start/": on_batch("FROZEN", operator="B-1"),
    f"POST {BATCH}finish/": on_batch("RUNNING"),
    f"POST {BATCH}abort/": on_batch("RUNNING"),
    f"POST {BATCH}dissolve/": on_batch("PROPOSED"),
    f"POST {BATCH}merge/": Call(
        lambda world: {"number": world.batches["PROPOSED"].number},
        lambda world: {"other": world.batches["OTHER"].number},
    ),
    f"POST {BATCH}members/": Call(
        lambda world: {"number": world.batches["PROPOSED"].number},
        lambda world: {"operation": world.operations["ungrouped"].pk},
    ),
    f"DELETE {BATCH}members/<int:operation_id>/": Call(
        lambda world: {
            "number": world.batches["PROPOSED"].number,
            "operation_id": world.operations["proposed"].pk,
        }
    ),
}
FL = fixed(code="FL")
FLOOR_CALLS = {
    "GET work-centres/<str:code>/dispatch-list/": Call(fixed(code="SCREEN-1")),
    "GET lines/<str:code>/queue/": Call(FL),
    "POST lines/<str:code>/launch/": Call(FL),
    "POST lines/<str:code>/advance/": Call(FL),
    "POST lines/<str:code>/queue/<int:slot_id>/remove/": on_slot("waiting"),
    "POST lines/<str:code>/queue/<int:slot_id>/reinsert/": on_slot("removed"),
    "POST stock/<str:item>/moves/": Call(
        fixed(item="JUICE"), {"kind": "RECEIPT", "quantity": 5}
    ),
}
QUALITY = {"operator": "B-2", "reason": "Cloudy"}
LOT = "lots/<str:code>/"
LOT_CALLS = {
    f"GET {LOT}": Call(fixed(code="L-RELEASED")),
    f"POST {LOT}release/": Call(fixed(code="L-QUARANTINE"), QUALITY),
    f"POST {LOT}block/": Call(fixed(code="L-RELEASED"), QUALITY),
    f"POST {LOT}recall/": Call(fixed(code="L-RELEASED"), QUALITY),
    f"POST {LOT}dispose/": Call(fixed(code="L-BLOCKED"), QUALITY),
}
FAULT = "nonconformances/<int:nonconformance_id>/"
FAULT_CALLS = {
    f"POST {FAULT}dispose/": on_fault("OPEN", **QUALITY, disposition="USE_AS_IS"),
    f"POST {FAULT}close/": on_fault("DISPOSITIONED", **QUALITY),
    "POST devices/": Call(body={"name": "Tablet 2"}),
    "POST devices/<int:device_id>/revoke/": Call(on_device),
}
API_CALLS = {
    f"{method} {API}{route}": call
    for calls in (
        *(CATALOGUE_CALLS, ORDER_CALLS, WORK_ORDER_CALLS, OPERATION_CALLS),
        *(BATCH_CALLS, FLOOR_CALLS, LOT_CALLS, FAULT_CALLS),
    )
    for name, call in calls.items()
    for method, route in [name.split(" ", 1)]
}
PAGE_CALLS = {
    "GET live/boards/<str:code>/": Call(fixed(code="SCREEN-1")),
    "GET shop/<slug:slug>/": Call(SHIRT),
    "POST shop/<slug:slug>/": Call(SHIRT, {"c.colour": "NAVY"}),
    "GET shop/<slug:slug>/team/": Call(SHIRT),
    "GET shop/<slug:slug>/sizes/": Call(SHIRT),
    "POST shop/<slug:slug>/team/": Call(SHIRT, {"list": "Colour\nNAVY\n"}),
    "GET shop/<slug:slug>/team/list.<str:kind>": Call(fixed(slug="shirt", kind="csv")),
    "GET designs/<str:token>/": Call(on_design),
    "POST designs/<str:token>/change/": Call(on_design, {"name": "Mine"}),
    "GET designs/<str:token>/picture.png": Call(on_design),
    "POST shop/<slug:slug>/save/": Call(SHIRT, {"c.colour": "NAVY"}),
    "GET thumbnails/<str:sha256>.png": Call(
        lambda world: {"sha256": world.lines["open"].configuration.sha256}
    ),
    "GET uploads/<str:token>/": Call(on_upload),
    "GET pictures/<int:release_id>-<str:name>.png": Call(
        lambda world: {
            "release_id": world.lines["open"].configuration.release_id,
            "name": "x",
        }
    ),
    "GET pictures/<int:release_id>-<str:name>/<int:number>.png": Call(
        lambda world: {
            "release_id": world.lines["open"].configuration.release_id,
            "name": "x",
            "number": 0,
        }
    ),
    "GET pictures/<int:release_id>-<str:name>/card-<str:language>.png": Call(
        lambda world: {
            "release_id": world.lines["open"].configuration.release_id,
            "name": "x",
            "language": "de",
        }
    ),
    "POST cart/add/<slug:slug>/": Call(SHIRT, {"c.colour": "NAVY"}),
    "POST cart/lines/<int:line_id>/": Call(
        lambda world: {"line_id": world.cart_line}, {"quantity": "2"}
    ),
    "POST checkout/": Call(body=CHECKOUT),
    "GET orders/<str:number>/": on_order("open"),
    "GET orders/<str:number>/progress/": on_order("open"),
    "GET orders/<str:number>/payment/": on_order("open"),
    "GET orders/<str:number>/documents/<slug:document>.pdf": Call(
        lambda world: {
            "number": world.orders["to_ship"].number,
            "document": world.document.number,
        },
        order="to_ship",
    ),
    "GET orders/<str:number>/files/<int:file_id>/": Call(
        lambda world: {
            "number": world.orders["to_ship"].number,
            "file_id": world.file.pk,
        },
        order="to_ship",
    ),
    "POST desk/<str:number>/lines/<int:line_id>/files/": on_line("open"),
    "POST orders/<str:number>/payment/": on_order("open", {"outcome": "SUCCEEDED"}),
    "POST orders/<str:number>/cancel/": on_order("open"),
    "POST orders/<str:number>/lines/<int:line_id>/cancel/": on_line("open"),
    "GET orders/<str:number>/lines/<int:line_id>/change/": on_line("open"),
    "POST orders/<str:number>/lines/<int:line_id>/change/": on_line(
        "open", {"c.colour": "WHITE", "quantity": "2"}
    ),
    "POST orders/<str:number>/lines/<int:line_id>/complaints/": replace(
        on_line("to_deliver"), body={"wish": "REFUND", "text": "It leaks"}
    ),
    "POST orders/<str:number>/again/": on_order("ended"),
    "POST orders/<str:number>/messages/": on_order("open", {"text": "Hello"}),
    "GET orders/<str:number>/proofs/<int:proof_id>/picture/": Call(
        lambda world: {
            "number": world.orders["proofed"].number,
            "proof_id": world.proof.pk,
        },
        order="proofed",
    ),
    "POST orders/<str:number>/quotations/<str:quotation>/": Call(
        lambda world: {
            "number": world.orders["quoted"].number,
            "quotation": world.quotation.number,
        },
        {"answer": "accept"},
        order="quoted",
    ),
    "POST orders/<str:number>/proofs/<int:proof_id>/": Call(
        lambda world: {
            "number": world.orders["proofed"].number,
            "proof_id": world.proof.pk,
        },
        {"answer": "approve"},
        order="proofed",
    ),
    "POST desk/customer/": Call(body={"account": ""}),
    "POST desk/standing/<slug:code>/": Call(
        lambda _world: {"code": "none"}, {"action": "pause"}
    ),
    "GET desk/<str:number>/": on_order("open"),
    "POST desk/<str:number>/action/": on_order(
        "open", {"action": "hold", "reason": "Look at it", "once": KEY}
    ),
    "POST floor/devices/": Call(body={"name": "Tablet 2"}),
    "POST floor/devices/<int:device_id>/revoke/": Call(on_device),
    "GET floor/kiosk/<str:token>/": Call(lambda world: {"token": world.device_token}),
    "POST floor/kiosk/<str:token>/": Call(
        lambda world: {"token": world.device_token}, {"work_centre": "WHEEL"}
    ),
    "POST floor/quality/<int:nonconformance_id>/action/": on_fault(
        "OPEN", action="USE_AS_IS", badge="B-2"
    ),
    "GET floor/lots/<str:code>/": Call(fixed(code="L-RELEASED")),
    "POST floor/lots/<str:code>/action/": Call(
        fixed(code="L-RELEASED"),
        {"action": "block", "badge": "B-2", "reason": "Cloudy"},
    ),
    "GET orders/<str:number>/privacy/": on_order("ended"),
    "GET orders/<str:number>/privacy/export.json": on_order("ended"),
    "POST orders/<str:number>/privacy/erase/": on_order("ended", {"sure": "yes"}),
    "POST payments/<slug:provider>/notices/": Call(fixed(provider="dummy")),
    "GET floor/boards/<str:code>/": Call(fixed(code="SCREEN-1")),
    "GET floor/boards/<str:code>/outage/": Call(fixed(code="SCREEN-1")),
    "POST floor/boards/<str:code>/outage/": Call(
        fixed(code="SCREEN-1"), {"action": "down", "reason": "The belt slips"}
    ),
    "GET floor/batches/<str:number>/": on_batch("PROPOSED"),
    "GET floor/batches/<str:number>/load-sheet.pdf": on_batch("PROPOSED"),
    "GET floor/batches/<str:number>/action/": on_batch("PROPOSED"),
    "POST floor/batches/<str:number>/action/": on_batch("PROPOSED", action="freeze"),
    "GET floor/lines/<str:code>/": Call(FL),
    "POST floor/planner/<str:code>/search/": Call(FL, {"action": "stop"}),
    "POST floor/lines/<str:code>/action/": Call(FL, {"action": "launch"}),
    "GET floor/work-orders/<str:number>/": on_work_order("free"),
    "GET floor/work-orders/<str:number>/traveller.pdf": on_work_order("free"),
    "GET floor/work-orders/<str:number>/labels.pdf": on_work_order("free"),
    "GET floor/work-orders/<str:number>/labels.zpl": on_work_order("free"),
    "POST floor/scan/": Call(body={"code": "START"}),
    "POST floor/scan/picture/": Call(body=lambda _world: {"file": picture()}),
    "POST floor/work-orders/<str:number>/action/": on_work_order(
        "free", action="hold", reason="Look at it"
    ),
    "GET floor/operations/<int:operation_id>/action/": on_operation("READY"),
    "POST floor/operations/<int:operation_id>/action/": on_operation(
        "READY", action="start"
    ),
    "GET floor/operations/<int:operation_id>/report/": on_operation("RUNNING"),
    "POST floor/operations/<int:operation_id>/report/": on_operation(
        "RUNNING", action="scrap", scrap="1"
    ),
    "POST language/setlang/": Call(body={"language": "de"}),
    "POST accounts/login/": Call(body={"login": "customer_a", "password": "wrong"}),
}
CALLS = {**API_CALLS, **PAGE_CALLS}


def admin_args(route: str) -> dict[str, str]:
    """Name an object of the kind that an admin page is about, the first there is."""
    words = route.split("/")
    if "object_id" not in route and "<id>" not in route:
        return {"url": "nothing/here", "app_label": "configurator"}
    if words[1] == "r":
        return {"content_type_id": "1", "object_id": "1"}
    found = apps.get_model(words[1], words[2]).objects.order_by("pk").first()
    key = str(found.pk) if found else "1"
    return {"object_id": key, "id": key}


ACCOUNT_ARGS = {"key": "no-such-key", "uidb36": "1"}


def find_call(method: str, route: str) -> Call:
    """Give the route's call, or one with an empty body that reaches the route."""
    known = CALLS.get(f"{method} {route}")
    if known is not None:
        return known
    for name, call in CALLS.items():
        if name.partition(" ")[2] == route:
            return Call(call.args, order=call.order)
    if route.startswith("admin/"):
        return Call(lambda _world: admin_args(route))
    return Call(fixed(**ACCOUNT_ARGS))


def new_key() -> str:
    return uuid.uuid4().hex
