"""Where an order and its lines stand, derived from work orders and shipments."""

from __future__ import annotations

from collections.abc import Sequence

from configurator.states import ProductKind
from orders.ports import UnitProgress
from orders.selectors.facts import LineFacts, OrderFacts
from orders.states import FulfilmentState, OrderState, ShipmentState, Stage

# How far a shipment has come, in a customer's words.
STAGE_OF_SHIPMENT = {
    ShipmentState.PACKED: Stage.PACKED,
    ShipmentState.HANDED_OVER: Stage.SHIPPED,
    ShipmentState.DELIVERED: Stage.DELIVERED,
    ShipmentState.RETURNED: Stage.SHIPPED,
    ShipmentState.LOST: Stage.SHIPPED,
}
FULFILMENT_OF_STAGE = {
    Stage.PACKED: FulfilmentState.PACKED,
    Stage.SHIPPED: FulfilmentState.SHIPPED,
    Stage.DELIVERED: FulfilmentState.DELIVERED,
}
GONE = frozenset({ShipmentState.RETURNED, ShipmentState.LOST})
ENDED = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})
NOT_MADE = frozenset(
    {Stage.CANCELLED, Stage.PLANNED, Stage.RELEASED, Stage.IN_PROGRESS}
)
# A line may leave the works from these stages on.
READY_TO_SHIP = frozenset({Stage.ALLOCATED, Stage.MADE})


def line_stage(facts: LineFacts, order_state: str) -> str | None:
    """Tell a line's stage; none before the order is confirmed.

    A parcel that is gone says nothing any more once the line is made again.
    """
    if facts.line.cancelled_at is not None or order_state in ENDED:
        return str(Stage.CANCELLED)
    shipped = shipment_stage(facts)
    if shipped is not None and not _is_made_again(facts):
        return str(shipped)
    if facts.progress is not None:
        return facts.progress.stage
    return None if order_state == OrderState.PLACED else str(Stage.PLANNED)


def shipment_stage(facts: LineFacts) -> Stage | None:
    """Tell how far the line's shipment has come, once it is packed.

    Files need none: they are handed out when they are made.
    """
    if facts.line.is_download:
        return Stage.DELIVERED if facts.is_handed_out else None
    if facts.shipment is None:
        return None
    return STAGE_OF_SHIPMENT.get(ShipmentState(facts.shipment.state))


def has_its_files(facts: LineFacts) -> bool:
    """Say whether a download is made and can be taken away.

    What was quoted is made by hand, and somebody puts it there; anything else is
    made of the choices alone.
    """
    is_made = facts.progress is not None and facts.progress.stage == Stage.MADE
    is_by_hand = facts.line.product.kind == ProductKind.BESPOKE
    return is_made and (bool(facts.files) or not is_by_hand)


def unit_stage(unit: UnitProgress, facts: LineFacts) -> str:
    """Tell one unit's stage: its shipment's, unless it has not left with that."""
    if unit.stage in NOT_MADE or unit.work_order in facts.remakes:
        return unit.stage
    return str(shipment_stage(facts) or unit.stage)


def list_open_lines(facts: OrderFacts) -> list[LineFacts]:
    """List the lines that are still wanted, and not replaced by goods on their way."""
    replaced = {each.line.replaces_id for each in facts.lines if each.shipment}
    return [
        each
        for each in facts.lines
        if each.line.cancelled_at is None
        and not (_is_gone(each) and each.line.pk in replaced)
    ]


def _is_gone(facts: LineFacts) -> bool:
    return facts.shipment is not None and facts.shipment.state in GONE


def _is_made_again(facts: LineFacts) -> bool:
    """Say whether the parcel is gone, and some unit of it is on its way once more."""
    under_way = NOT_MADE - {Stage.CANCELLED}
    is_under_way = facts.progress is not None and facts.progress.stage in under_way
    return _is_gone(facts) and is_under_way


def list_unshipped_lines(facts: OrderFacts) -> list[LineFacts]:
    """List the lines that are still wanted and in no shipment yet; not files."""
    return [
        each
        for each in list_open_lines(facts)
        if each.shipment is None and not each.line.is_download
    ]


def fulfilment_state(facts: OrderFacts) -> str:
    """Derive the order's fulfilment: that of its least advanced line."""
    if facts.order.state in ENDED:
        return str(FulfilmentState.CANCELLED)
    stages = [shipment_stage(each) for each in list_open_lines(facts)]
    return str(_least(stages))


def _least(stages: Sequence[Stage | None]) -> FulfilmentState:
    if None in stages:
        return FulfilmentState.OPEN
    for stage, state in FULFILMENT_OF_STAGE.items():
        if stage in stages:
            return state
    return FulfilmentState.OPEN
