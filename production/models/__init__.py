"""Facts of the factory: a package of nouns."""

from production.models.batches import Batch, BatchMember, Changeover
from production.models.events import Nonconformance, ProductionEvent
from production.models.lines import FlowCounter, LinePlan, LineSlot, ReplenishmentRun
from production.models.places import (
    Calendar,
    ClosedDay,
    Device,
    Line,
    LineKind,
    MethodPolicy,
    Operator,
    SequenceRule,
    SetupRule,
    Shift,
    Site,
    Skill,
    Station,
    WorkCentre,
    WorkCentreClass,
    WorkCentreMode,
)
from production.models.stock import (
    MaterialLot,
    MoveKind,
    StockAllocation,
    StockItem,
    StockKind,
    StockMove,
)
from production.models.work import Operation, WorkOrder, WorkOrderHold

__all__ = [
    "Batch",
    "BatchMember",
    "Calendar",
    "Changeover",
    "ClosedDay",
    "Device",
    "FlowCounter",
    "Line",
    "LineKind",
    "LinePlan",
    "LineSlot",
    "MaterialLot",
    "MethodPolicy",
    "MoveKind",
    "Nonconformance",
    "Operation",
    "Operator",
    "ProductionEvent",
    "ReplenishmentRun",
    "SequenceRule",
    "SetupRule",
    "Shift",
    "Site",
    "Skill",
    "Station",
    "StockAllocation",
    "StockItem",
    "StockKind",
    "StockMove",
    "WorkCentre",
    "WorkCentreClass",
    "WorkCentreMode",
    "WorkOrder",
    "WorkOrderHold",
]
