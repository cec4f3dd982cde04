"""Life cycles of work orders, operations, batches, lines, stock and devices."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from configurator.states import MoveTable


class SourceKind(TextChoices):
    ORDER_LINE = "ORDER_LINE", _("order line")
    REPLENISHMENT = "REPLENISHMENT", _("replenishment")
    MAKE_UP = "MAKE_UP", _("make-up lot")
    REMAKE = "REMAKE", _("remake")
    SAMPLE = "SAMPLE", _("sample")


class WorkOrderState(TextChoices):
    PLANNED = "PLANNED", _("planned")
    RELEASED = "RELEASED", _("released")
    IN_PROGRESS = "IN_PROGRESS", _("in progress")
    COMPLETED = "COMPLETED", _("completed")
    CLOSED = "CLOSED", _("closed")
    SHORT_CLOSED = "SHORT_CLOSED", _("closed short")
    SPLIT = "SPLIT", _("split into lots")
    SCRAPPED = "SCRAPPED", _("scrapped")
    CANCELLED = "CANCELLED", _("cancelled")


class OperationState(TextChoices):
    WAITING = "WAITING", _("waiting")
    READY = "READY", _("ready")
    IN_BATCH = "IN_BATCH", _("in a batch")
    ON_LINE = "ON_LINE", _("on the line")
    SETUP = "SETUP", _("set-up")
    RUNNING = "RUNNING", _("running")
    PAUSED = "PAUSED", _("paused")
    BLOCKED = "BLOCKED", _("blocked")
    DONE = "DONE", _("done")
    SKIPPED = "SKIPPED", _("skipped")
    CANCELLED = "CANCELLED", _("cancelled")


class OperationKind(TextChoices):
    MAKE = "MAKE", _("make")
    INSPECT = "INSPECT", _("inspect")
    DELAY = "DELAY", _("wait")
    OUTSIDE = "OUTSIDE", _("outside supplier")
    APPROVAL = "APPROVAL", _("customer's approval")
    REWORK = "REWORK", _("rework")


class BatchState(TextChoices):
    PROPOSED = "PROPOSED", _("proposed")
    OPEN = "OPEN", _("open")
    FROZEN = "FROZEN", _("frozen")
    RELEASED = "RELEASED", _("released")
    CHANGEOVER = "CHANGEOVER", _("changeover")
    RUNNING = "RUNNING", _("running")
    COMPLETING = "COMPLETING", _("completing")
    COMPLETED = "COMPLETED", _("completed")
    DISSOLVED = "DISSOLVED", _("dissolved")
    ABORTED = "ABORTED", _("aborted")
    MERGED = "MERGED", _("merged")


class MemberState(TextChoices):
    ACTIVE = "ACTIVE", _("in")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    DONE = "DONE", _("done")


class LineState(TextChoices):
    STOPPED = "STOPPED", _("stopped")
    RUNNING = "RUNNING", _("running")
    STARVED = "STARVED", _("starved")
    BLOCKED = "BLOCKED", _("blocked")
    CHANGEOVER = "CHANGEOVER", _("changeover")


class SlotState(TextChoices):
    SEQUENCED = "SEQUENCED", _("sequenced")
    LAUNCHED = "LAUNCHED", _("launched")
    AT_STATION = "AT_STATION", _("at station")
    FINISHED = "FINISHED", _("finished")
    REMOVED = "REMOVED", _("removed")


class ChangeoverState(TextChoices):
    PLANNED = "PLANNED", _("planned")
    RUNNING = "RUNNING", _("running")
    SIGNED = "SIGNED", _("signed")
    ABANDONED = "ABANDONED", _("abandoned")


class LotState(TextChoices):
    QUARANTINE = "QUARANTINE", _("quarantine")
    RELEASED = "RELEASED", _("released")
    BLOCKED = "BLOCKED", _("blocked")
    EXPIRED = "EXPIRED", _("expired")
    CONSUMED = "CONSUMED", _("consumed")


class AllocationState(TextChoices):
    HELD = "HELD", _("held for the payment")
    BACKORDERED = "BACKORDERED", _("backordered")
    ALLOCATED = "ALLOCATED", _("allocated")
    TAKEN = "TAKEN", _("taken")
    RETURNED = "RETURNED", _("returned")


class NonconformanceState(TextChoices):
    OPEN = "OPEN", _("open")
    DISPOSITIONED = "DISPOSITIONED", _("dispositioned")
    CLOSED = "CLOSED", _("closed")


class Disposition(TextChoices):
    """What becomes of pieces that are wrong."""

    USE_AS_IS = "USE_AS_IS", _("use as it is")
    REWORK = "REWORK", _("do again")
    SCRAP = "SCRAP", _("scrap")
    RETURN = "RETURN", _("send back")


class DeviceState(TextChoices):
    REGISTERED = "REGISTERED", _("registered")
    ACTIVE = "ACTIVE", _("active")
    REVOKED = "REVOKED", _("revoked")


class RunState(TextChoices):
    """A replenishment run of a flow line."""

    PLANNED = "PLANNED", _("planned")
    RUNNING = "RUNNING", _("running")
    COMPLETED = "COMPLETED", _("completed")
    CANCELLED = "CANCELLED", _("cancelled")


def _moves(**table: str) -> MoveTable:
    return MoveTable(
        {state: frozenset(targets.split()) for state, targets in table.items()}
    )


WORK_ORDER_MOVES = _moves(
    PLANNED="RELEASED CANCELLED SPLIT",
    RELEASED="PLANNED IN_PROGRESS CANCELLED SPLIT",
    IN_PROGRESS="RELEASED COMPLETED SHORT_CLOSED SCRAPPED SPLIT CANCELLED",
    COMPLETED="CLOSED IN_PROGRESS",
    CLOSED="",
    SHORT_CLOSED="",
    SPLIT="",
    SCRAPPED="",
    CANCELLED="",
).asked_by(PLANNED="cancel hold", RELEASED="cancel hold", IN_PROGRESS="hold")
OPERATION_MOVES = _moves(
    # A delay begins by itself; a unit of a line goes on it at its release.
    WAITING="READY ON_LINE RUNNING SKIPPED CANCELLED BLOCKED",
    READY="WAITING IN_BATCH ON_LINE SETUP RUNNING BLOCKED SKIPPED CANCELLED DONE",
    IN_BATCH="READY SETUP RUNNING BLOCKED CANCELLED DONE",
    ON_LINE="READY RUNNING BLOCKED SKIPPED CANCELLED DONE",
    SETUP="RUNNING READY BLOCKED CANCELLED",
    RUNNING="PAUSED DONE BLOCKED CANCELLED READY IN_BATCH ON_LINE",
    PAUSED="RUNNING BLOCKED CANCELLED DONE",
    # What is blocked in a load is done with it when the load ends.
    BLOCKED="WAITING READY IN_BATCH ON_LINE SETUP RUNNING PAUSED CANCELLED DONE",
    DONE="READY",
    SKIPPED="READY",
    CANCELLED="",
).asked_by(
    WAITING="block inspect",
    READY="block inspect start",
    IN_BATCH="block inspect rework",
    ON_LINE="block inspect reject rework scrap",
    SETUP="block inspect start",
    RUNNING="block count finish inspect pause reject rework scrap undo",
    PAUSED="block count finish inspect reject resume rework scrap undo",
    BLOCKED="inspect reject rework scrap unblock undo",
    DONE="undo",
)
BATCH_MOVES = _moves(
    PROPOSED="OPEN FROZEN DISSOLVED MERGED",
    OPEN="FROZEN DISSOLVED MERGED",
    FROZEN="OPEN RELEASED DISSOLVED",
    RELEASED="CHANGEOVER RUNNING FROZEN ABORTED DISSOLVED",
    CHANGEOVER="RUNNING ABORTED",
    RUNNING="COMPLETING ABORTED",
    COMPLETING="COMPLETED",
    COMPLETED="",
    DISSOLVED="",
    ABORTED="",
    MERGED="",
).asked_by(
    PROPOSED="dissolve freeze merge",
    OPEN="dissolve freeze merge",
    FROZEN="dissolve release start unfreeze",
    RELEASED="abort dissolve freeze start",
    CHANGEOVER="abort start",
    RUNNING="abort finish",
)
MEMBER_MOVES = _moves(ACTIVE="WITHDRAWN DONE", WITHDRAWN="ACTIVE", DONE="")
LINE_MOVES = _moves(
    STOPPED="RUNNING STARVED BLOCKED CHANGEOVER",
    RUNNING="STOPPED STARVED BLOCKED CHANGEOVER",
    STARVED="STOPPED RUNNING BLOCKED CHANGEOVER",
    BLOCKED="STOPPED RUNNING STARVED CHANGEOVER",
    CHANGEOVER="STOPPED RUNNING STARVED BLOCKED",
)
SLOT_MOVES = _moves(
    SEQUENCED="LAUNCHED AT_STATION REMOVED",  # at a station: it comes in again
    LAUNCHED="AT_STATION REMOVED",
    AT_STATION="AT_STATION FINISHED REMOVED",
    FINISHED="",
    REMOVED="SEQUENCED",
).asked_by(
    SEQUENCED="remove", LAUNCHED="remove", AT_STATION="remove", REMOVED="reinsert"
)
CHANGEOVER_MOVES = _moves(
    PLANNED="RUNNING SIGNED", RUNNING="SIGNED ABANDONED", SIGNED="", ABANDONED=""
)
LOT_MOVES = _moves(
    QUARANTINE="RELEASED BLOCKED",
    RELEASED="BLOCKED EXPIRED CONSUMED",
    BLOCKED="RELEASED EXPIRED CONSUMED",
    EXPIRED="",
    CONSUMED="",
).asked_by(
    QUARANTINE="block recall release",
    RELEASED="block recall",
    BLOCKED="dispose recall release",
    EXPIRED="recall",
    CONSUMED="recall",
)
ALLOCATION_MOVES = _moves(
    HELD="ALLOCATED BACKORDERED",  # or deleted, where nobody pays
    BACKORDERED="ALLOCATED RETURNED",
    ALLOCATED="TAKEN RETURNED BACKORDERED",
    TAKEN="",
    RETURNED="",
)
NONCONFORMANCE_MOVES = _moves(
    OPEN="DISPOSITIONED", DISPOSITIONED="CLOSED", CLOSED=""
).asked_by(OPEN="dispose", DISPOSITIONED="close")
DEVICE_MOVES = _moves(
    REGISTERED="ACTIVE REVOKED", ACTIVE="REVOKED", REVOKED=""
).asked_by(REGISTERED="revoke", ACTIVE="revoke")
RUN_MOVES = _moves(
    PLANNED="RUNNING CANCELLED", RUNNING="COMPLETED", COMPLETED="", CANCELLED=""
)

# Every life cycle of this app by name: tests and the API's "legal moves" read it.
MOVES = {
    "work order": WORK_ORDER_MOVES,
    "operation": OPERATION_MOVES,
    "batch": BATCH_MOVES,
    "member": MEMBER_MOVES,
    "line": LINE_MOVES,
    "slot": SLOT_MOVES,
    "changeover": CHANGEOVER_MOVES,
    "lot": LOT_MOVES,
    "allocation": ALLOCATION_MOVES,
    "nonconformance": NONCONFORMANCE_MOVES,
    "device": DEVICE_MOVES,
    "run": RUN_MOVES,
}

LIVE_WORK_ORDER_STATES = ("PLANNED", "RELEASED", "IN_PROGRESS")
ACTIVE_BATCH_STATES = (
    "PROPOSED",
    "OPEN",
    "FROZEN",
    "RELEASED",
    "CHANGEOVER",
    "RUNNING",
    "COMPLETING",
)
OPEN_OPERATION_STATES = (
    "WAITING",
    "READY",
    "IN_BATCH",
    "ON_LINE",
    "SETUP",
    "RUNNING",
    "PAUSED",
    "BLOCKED",
)
# The codes that hang beside a scanner, and what each reports.
SCAN_COMMANDS = {
    "START": "start",
    "DONE": "finish",
    "SCRAP": "scrap",
    "PAUSE": "pause",
}
