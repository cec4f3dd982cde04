"""Devices: which one calls, and which there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet

from production.models import Device, Operator
from production.states import DeviceState

# The cookie that an active device calls with.
COOKIE = "device"


def find_active(*, token: str) -> Device | None:
    """Give the device with this token if it may call; asked anew at every call."""
    return _with(token, DeviceState.ACTIVE)


def find_registered(*, token: str) -> Device | None:
    """Give the device that waits to be put somewhere."""
    return _with(token, DeviceState.REGISTERED)


def _with(token: str, state: str) -> Device | None:
    if not token:
        return None
    sha256 = hashlib.sha256(token.encode()).hexdigest()
    rows = Device.objects.filter(token_sha256=sha256, state=state)
    return rows.select_related("work_centre").first()


def list_devices() -> Sequence[Device]:
    """Give all devices, those in use first."""
    return list(all_devices().order_by(F("revoked_at").desc(nulls_first=True), "name"))


def all_devices() -> QuerySet[Device]:
    """Give all devices, oldest first."""
    return Device.objects.select_related("work_centre").order_by("created_at", "id")


def device_row(device: Device) -> dict[str, Any]:
    """Give a device in the shape of the API; nobody can read its token."""
    return {
        "id": device.pk,
        "name": device.name,
        "state": device.state,
        "work_centre": device.work_centre.code if device.work_centre else None,
        "registered_by": device.registered_by,
        "created_at": device.created_at,
        "activated_at": device.activated_at,
        "revoked_at": device.revoked_at,
    }


def find_worker(*, operator_id: int) -> Operator | None:
    return Operator.objects.filter(id=operator_id, is_active=True).first()
