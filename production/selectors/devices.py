"""Devices: which one calls, and which there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db.models import F

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
    return list(
        Device.objects.select_related("work_centre").order_by(
            F("revoked_at").desc(nulls_first=True), "name", "id"
        )
    )


def find_worker(*, operator_id: int) -> Operator | None:
    return Operator.objects.filter(id=operator_id, is_active=True).first()
