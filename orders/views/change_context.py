"""Whether what was ordered can still be changed, and if not, why, for its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.times import written_time
from configurator.states import ProductKind
from orders.models import Order
from orders.selectors.facts import LineFacts, OrderFacts
from orders.selectors.progress import line_stage
from orders.services.changing import (
    MOST_CHANGES,
    is_free,
    may_change,
    tell_begun,
    tell_often,
)
from orders.states import OrderState, Stage

# Of some pieces, when others have begun already.
IN_WORK = (Stage.PLANNED, Stage.RELEASED, Stage.IN_PROGRESS, Stage.MADE)


def show_change(facts: LineFacts, order: OrderFacts, now: datetime) -> dict[str, Any]:
    """Offer to change a line where saving will not be refused; else say why not."""
    is_open = _is_open(facts, order.order)
    is_often = order.n_changes >= MOST_CHANGES
    return {
        "may_change": is_open and not is_often,
        "why_not_changed": tell_often()
        if is_open and is_often
        else _why_not(order.order, facts, now),
        "change_until": until(facts.line.edit_until, now),
    }


def may_change_any(order: OrderFacts) -> bool:
    """Say whether any line of an order can still be changed."""
    is_often = order.n_changes >= MOST_CHANGES
    return not is_often and any(_is_open(each, order.order) for each in order.lines)


def until(at: datetime | None, now: datetime) -> str:
    """Write until when something is free; nothing once that has passed."""
    if at is None or at <= now:
        return ""
    return written_time(at, now=now)


def _is_open(facts: LineFacts, order: Order) -> bool:
    return may_change(order=order, line=facts.line, progress=facts.progress)


def _why_not(order: Order, facts: LineFacts, now: datetime) -> str:
    """Say why what is not made yet cannot be changed, and what to do instead."""
    line, progress = facts.line, facts.progress
    if not is_free(order=order, line=line, progress=progress):
        is_here = order.state == OrderState.CONFIRMED and line.cancelled_at is None
        is_of_choices = line.product.kind == ProductKind.CONFIGURABLE
        is_wanted = is_here and is_of_choices and line.replaces_id is None
        is_in_work = progress is not None and line_stage(facts, order.state) in IN_WORK
        return tell_begun(line, now) if is_wanted and is_in_work else ""
    if line.product.kind == ProductKind.STANDARD:
        return _(
            "This comes from stock: to have something else, cancel it and order anew."
        )
    if line.product.kind == ProductKind.BESPOKE:
        return _("This is made by quotation: write to us if it is to be different.")
    return ""
