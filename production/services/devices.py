"""Devices of the floor: registered by a planner, put somewhere once, revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from production.models import Device, Operator, WorkCentre
from production.services.reports import (
    NonceTakenError,
    Report,
    book_event,
    find_booked,
)
from production.states import DEVICE_MOVES, DeviceState

TRIES = 5
LOCKED_S = 300


class DeviceError(DomainError):
    """What was asked of a device does not fit; the message says why."""


class PinError(DomainError):
    """Badge and PIN do not belong together."""

    code = "WRONG_PIN"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def register(*, name: str, report: Report) -> tuple[Device, str]:
    """Make a device and the token of its address, which nobody can read again."""
    if not name.strip():
        raise DeviceError(_("Give the device a name."), field="name")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if _is_booked("DEVICE_REGISTERED", report):
            raise ConflictError(
                _("It is registered already; its address was shown once."),
                extra={"legal_moves": []},
            )
        device = Device.objects.create(
            name=name.strip()[:80],
            token_sha256=hash_token(token),
            registered_by=report.actor,
            created_at=report.now,
        )
        _note("DEVICE_REGISTERED", device, report)
    return device, token


def activate(*, token: str, work_centre: str, report: Report) -> tuple[Device, str]:
    """Put a registered device at its work centre, for good; give its new token.

    The address that it was opened with is worth nothing from then on.
    """
    with transaction.atomic():
        device = (
            Device.objects.select_for_update(of=("self",))
            .filter(token_sha256=hash_token(token))
            .first()
        )
        if device is None:
            raise NotFoundError(_("There is no such device."))
        centre = WorkCentre.objects.filter(code=work_centre).first()
        if centre is None:
            raise DeviceError(
                _("There is no work centre %(code)s.") % {"code": work_centre},
                field="work_centre",
            )
        kept = secrets.token_urlsafe(32)
        move_one(
            device,
            to=DeviceState.ACTIVE,
            moves=DEVICE_MOVES,
            extra_updates={
                "work_centre": centre,
                "token_sha256": hash_token(kept),
                "activated_at": report.now,
            },
        )
        _note("DEVICE_ACTIVATED", device, report)
    return device, kept


def revoke(*, device_id: int, report: Report) -> Device:
    """Let a device in no more, from its very next call on."""
    with transaction.atomic():
        device = Device.objects.select_for_update(of=("self",)).filter(id=device_id)
        found = device.first()
        if found is None:
            raise NotFoundError(_("There is no such device."))
        if _is_booked("DEVICE_REVOKED", report):
            return found
        at: dict[str, datetime] = {"revoked_at": report.now}
        move_one(found, to=DeviceState.REVOKED, moves=DEVICE_MOVES, extra_updates=at)
        _note("DEVICE_REVOKED", found, report)
    return found


def identify(*, badge: str, pin: str) -> Operator:
    """Say who stands at a device; after some wrong PINs nobody, for a while."""
    found = Operator.objects.filter(badge=badge, is_active=True).first()
    found = found or Operator.objects.filter(code=badge, is_active=True).first()
    key = f"pin:{hash_token(found.code if found else badge)}"
    if cache.get(key, 0) >= TRIES:
        raise PinError(_("Too many wrong PINs: wait five minutes."), field="pin")
    if found is None or not found.pin_hash or not check_password(pin, found.pin_hash):
        cache.add(key, 0, LOCKED_S)
        cache.incr(key)
        raise PinError(_("Badge and PIN do not belong together."), field="pin")
    cache.delete(key)
    return found


def _is_booked(kind: str, report: Report) -> bool:
    """Say whether this very report was heard before; its number is for it alone."""
    if report.nonce is None:
        return False
    booked = find_booked(device=report.device, nonce=report.nonce)
    if booked is not None and booked.kind != kind:
        raise NonceTakenError(
            _("This nonce was used for another report: %(kind)s.")
            % {"kind": booked.kind},
            extra={"legal_moves": []},
        )
    return booked is not None


def _note(kind: str, device: Device, report: Report) -> None:
    book_event(
        kind=kind,
        report=Report(
            now=report.now,
            actor=report.actor,
            device=report.device,
            nonce=report.nonce,
            details={"device": device.pk, "name": device.name},
        ),
        work_centre_id=device.work_centre_id,
    )
