"""Lots of goods and materials: held for quality, released, blocked, recalled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from configurator.selectors.times import local
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import illegal, move_one
from production.models import MaterialLot, MoveKind, Operator, StockItem
from production.selectors import keeping
from production.services import backorders, boards, picking, stock
from production.services.reports import Report, is_repeated
from production.states import LOT_MOVES, LotState

QUALITY = "QUALITY"
ON_HOLD = (LotState.QUARANTINE, LotState.BLOCKED)
KEPT = (LotState.RELEASED, LotState.BLOCKED)

log = structlog.get_logger(__name__)


class LotError(DomainError):
    """The report does not fit the lot; the message says why."""


def receive(*, item_id: int, code: str, quantity: int, now: datetime) -> MaterialLot:
    """Take in what was made as one lot; where quality looks at it first, on hold.

    Runs in the transaction that completes the run; booked once under its code.
    """
    item = StockItem.objects.get(id=item_id)
    is_held = item.quality_hold_s > 0
    lot = MaterialLot.objects.create(
        item=item,
        code=code,
        state=LotState.QUARANTINE if is_held else LotState.RELEASED,
        quantity=quantity,
        remaining=quantity,
        best_before_date=keeping.find_best_before(days=item.shelf_life_days, now=now),
        hold_until=now + timedelta(seconds=item.quality_hold_s) if is_held else None,
        created_at=now,
    )
    if quantity:
        stock.book_move(
            item_id=item_id,
            kind=MoveKind.PRODUCED,
            quantity=quantity,
            reference=code,
            lot_id=lot.id,
            now=now,
        )
    if is_held:
        stock.change_level(item_id=item_id, held=quantity)
        backorders.announce(item_id=item_id, lot_code=code, quantity=quantity)
    else:
        backorders.serve_backorders(item_id=item_id, now=now, lot_code=code)
    return lot


def perform(*, code: str, action: str, report: Report) -> MaterialLot:
    """Do one of ``ACTIONS`` once; each needs somebody with the skill for quality."""
    with transaction.atomic():
        lot = MaterialLot.objects.select_for_update().filter(code=code).first()
        if lot is None:
            raise NotFoundError(_("There is no lot %(code)s.") % {"code": code})
        noted = replace(report, details={**report.details, "lot": code})
        if is_repeated(kind=f"LOT_{action.upper()}", report=noted):
            return lot
        _check_quality(report)
        ACTIONS[action](lot, report)
        boards.touch_makers(item_id=lot.item_id)
    return lot


def _check_quality(report: Report) -> None:
    people = Operator.objects.filter(id=report.operator_id or 0, is_active=True)
    if not people.filter(skills__code=QUALITY).exists():
        raise LotError(
            _("Only somebody with the skill for quality may decide about a lot."),
            field="operator",
        )


def _release(lot: MaterialLot, report: Report) -> None:
    if lot.recalled_at is not None:
        raise ConflictError(
            _("Lot %(code)s is recalled and is not sold again.") % {"code": lot.code},
            extra={"legal_moves": ["dispose"]},
        )
    _set_free(lot, report.now)


def _set_free(lot: MaterialLot, now: datetime) -> None:
    move_one(
        lot,
        to=LotState.RELEASED,
        moves=LOT_MOVES,
        extra_updates={"hold_until": None, "reason": ""},
    )
    stock.change_level(item_id=lot.item_id, held=-lot.remaining)
    backorders.serve_backorders(item_id=lot.item_id, now=now, lot_code=lot.code)


def _block(lot: MaterialLot, report: Report) -> None:
    if not report.reason.strip():
        raise LotError(_("Say why the lot is blocked."), field="reason")
    _keep_back(lot, report)


def _keep_back(lot: MaterialLot, report: Report) -> None:
    was_for_sale = lot.state == LotState.RELEASED
    updates = {"reason": report.reason[:200], "hold_until": None}
    move_one(lot, to=LotState.BLOCKED, moves=LOT_MOVES, extra_updates=updates)
    if was_for_sale:
        backorders.push_back(item_id=lot.item_id, needed=lot.remaining)
        stock.change_level(item_id=lot.item_id, held=lot.remaining)
        backorders.serve_backorders(item_id=lot.item_id, now=report.now)


def _recall(lot: MaterialLot, report: Report) -> None:
    """Note that what was sold of it is asked back; what is left is blocked."""
    if not report.reason.strip():
        raise LotError(_("Say why the lot is recalled."), field="reason")
    if lot.recalled_at is not None:
        raise ConflictError(
            _("Lot %(code)s was recalled on %(at)s.")
            % {"code": lot.code, "at": f"{local(lot.recalled_at):%Y-%m-%d %H:%M}"},
            extra={"legal_moves": ["dispose"] if lot.state == LotState.BLOCKED else []},
        )
    if lot.state in (LotState.QUARANTINE, LotState.RELEASED):
        _keep_back(lot, report)
    lot.recalled_at, lot.reason = report.now, report.reason[:200]
    lot.save(update_fields=["recalled_at", "reason"])
    log.warning("lot_recalled", lot=lot.code, reason=lot.reason)


def _dispose(lot: MaterialLot, report: Report) -> None:
    if lot.state != LotState.BLOCKED:
        raise illegal(
            what=lot.code, from_=lot.state, to=LotState.CONSUMED, moves=LOT_MOVES
        )
    _write_off(lot, LotState.CONSUMED, report.reason or lot.reason, report.now)


def _write_off(lot: MaterialLot, to: str, reason: str, now: datetime) -> None:
    """Book what is left of a lot as scrap; it is promised to nobody."""
    n_left, was_for_sale = lot.remaining, lot.state == LotState.RELEASED
    picking.end(lot=lot, to=to)
    if n_left == 0:
        return
    if was_for_sale:
        backorders.push_back(item_id=lot.item_id, needed=n_left)
    else:
        stock.change_level(item_id=lot.item_id, held=-n_left)
    stock.book_move(
        item_id=lot.item_id,
        kind=MoveKind.SCRAPPED,
        quantity=-n_left,
        reference=f"{lot.code} {to}",
        lot_id=lot.id,
        reason=reason,
        now=now,
    )


def sweep(*, now: datetime) -> int:
    """Do what time alone decides about lots and stock; safe to repeat."""
    n_reserved = stock.reserve_parked(now=now)
    n_moved = release_due(now=now) + expire_due(now=now)
    return n_reserved + n_moved + backorders.push_back_old(now=now)


def release_due(*, now: datetime) -> int:
    """Release the lots whose quality hold is over; give how many."""
    due = MaterialLot.objects.filter(state=LotState.QUARANTINE, hold_until__lte=now)

    def set_free(lot: MaterialLot) -> None:
        _set_free(lot, now)

    return _each(due.values_list("id", flat=True), LotState.QUARANTINE, set_free)


def expire_due(*, now: datetime) -> int:
    """End the lots whose best-before date is over; give how many."""
    over = MaterialLot.objects.filter(
        state__in=KEPT, best_before_date__lt=local(now).date()
    )

    def expire(lot: MaterialLot) -> None:
        _write_off(lot, LotState.EXPIRED, _("best before is over"), now)

    return sum(
        _each(over.filter(state=state).values_list("id", flat=True), state, expire)
        for state in KEPT
    )


def _each(ids: Iterable[int], state: str, effect: Callable[[MaterialLot], None]) -> int:
    """Do it for each lot in a transaction of its own, if it still is as it was."""
    n_done = 0
    for key in sorted(ids):
        with transaction.atomic():
            rows = MaterialLot.objects.select_for_update().filter(id=key, state=state)
            lot = rows.first()
            if lot is not None:
                effect(lot)
                boards.touch_makers(item_id=lot.item_id)
                n_done += 1
    return n_done


ACTIONS: dict[str, Callable[[MaterialLot, Report], None]] = {
    "release": _release,
    "block": _block,
    "recall": _recall,
    "dispose": _dispose,
}
