"""What orders need of production, with safe defaults."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class MethodDecision:
    """How a line will be made, and why, decided when the order is placed."""

    method: str
    reasons: tuple[str, ...]
    edit_until: datetime | None = None  # free change and cancel until then
    due_at: datetime | None = None  # the floor's due date


class MethodChoice(Protocol):
    def __call__(
        self,
        *,
        product: str,
        release_id: int,
        choices: Mapping[str, Any],
        quantity: int,
        now: datetime,
    ) -> MethodDecision: ...


@dataclass(frozen=True, slots=True)
class UnitProgress:
    work_order: str
    stage: str
    release_at: datetime | None = None
    step: str = ""
    step_number: int = 0
    n_steps: int = 0


@dataclass(frozen=True, slots=True)
class LineProgress:
    stage: str
    units: tuple[UnitProgress, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderProgressReport:
    production_state: str
    lines: Mapping[int, LineProgress] = field(default_factory=dict)


class OrderProgress(Protocol):
    def __call__(
        self, *, order_ids: Sequence[int]
    ) -> Mapping[int, OrderProgressReport]: ...


@dataclass(frozen=True, slots=True)
class Units:
    """Some units of a line: so many that have not begun, or those made by name."""

    quantity: int = 0
    work_orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """What a cancellation did on the floor; runs inside the order's transaction."""

    cancelled_line_ids: tuple[int, ...]
    started_units: tuple[str, ...]  # work orders that go on
    legal_moves: tuple[str, ...] = ()
    # Sold units that left lines of which others go on.
    cancelled_units: Mapping[int, int] = field(default_factory=dict)


class Cancellation(Protocol):
    """Cancel what has not begun of lines, or of one line only some units."""

    def __call__(
        self,
        *,
        order_id: int,
        line_ids: Sequence[int],
        now: datetime,
        units: Units | None = None,
    ) -> CancelOutcome: ...


class StockHold(Protocol):
    """Hold standard items for an order about to be paid; give the lines that are short.

    Inside the transaction that places the order.
    """

    def __call__(self, *, order_id: int, now: datetime) -> Collection[int]: ...


class Stock(Protocol):
    """Reserve standard items for an order's lines, inside its transaction."""

    def __call__(self, *, order_id: int, now: datetime) -> None: ...


class StockDispatch(Protocol):
    """Book what shipped lines take out of stock, inside the shipment's transaction."""

    def __call__(
        self, *, order_id: int, line_ids: Sequence[int], now: datetime
    ) -> None: ...


class DeliveryReach(Protocol):
    """Say whether a way of delivery goes to a country."""

    def __call__(self, *, delivery: str, country: str, now: datetime) -> bool: ...


class Remake(Protocol):
    """Make pieces again, free; gives the new work order's number.

    Runs in the transaction of the complaint. The same key is one remake. Raises a
    `DomainError` where there is nothing that could be made again.
    """

    def __call__(
        self,
        *,
        line_id: int,
        work_order: str,
        quantity: int,
        key: str,
        now: datetime,
        actor: str,
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class DeliveryDates:
    """When what is ready at some time leaves and arrives, and when it is due."""

    shipped_at: datetime
    delivered_at: datetime
    due_at: datetime


class DeliveryCalendar(Protocol):
    """Say how what is ready at some time reaches the buyer, by the way's calendar."""

    def __call__(
        self,
        *,
        product: str,
        delivery: str,
        country: str,
        ready_at: datetime,
        now: datetime,
    ) -> DeliveryDates | None: ...


class Resumption(Protocol):
    """Say when a line is ready whose work stood still for a while: by working time."""

    def __call__(
        self, *, line_id: int, ready_at: datetime, from_at: datetime, to_at: datetime
    ) -> datetime: ...


class Postponement(Protocol):
    """Let what is made for a line be due so much later, as the line now is.

    Runs in the transaction that moves the line's own due date.
    """

    def __call__(self, *, line_id: int, later_by: timedelta) -> None: ...


@dataclass(frozen=True, slots=True)
class DeliveryWindow:
    """When it is brought, or may be fetched, and when the floor must be done for it."""

    from_at: datetime
    to_at: datetime
    due_at: datetime


class DeliveryWindows(Protocol):
    """List the next windows of a way for what is ready at some time; may be none."""

    def __call__(
        self,
        *,
        product: str,
        delivery: str,
        country: str,
        ready_at: datetime,
        now: datetime,
    ) -> Sequence[DeliveryWindow]: ...


class OperationCheck(Protocol):
    """Say in words which places and skills of planned operations do not exist."""

    def __call__(self, *, operations: Sequence[Mapping[str, Any]]) -> list[str]: ...


def _job_by_default(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
) -> MethodDecision:
    return MethodDecision(method="JOB", reasons=("No production policy is installed.",))


def _nothing_begun(*, order_ids: Sequence[int]) -> Mapping[int, OrderProgressReport]:
    return {key: OrderProgressReport("NOT_STARTED") for key in order_ids}


def _nothing_to_cancel(
    *,
    order_id: int,
    line_ids: Sequence[int],
    now: datetime,
    units: Units | None = None,
) -> CancelOutcome:
    if units is not None:
        return CancelOutcome((), (), cancelled_units={line_ids[0]: units.quantity})
    return CancelOutcome(cancelled_line_ids=tuple(line_ids), started_units=())


def _nothing_held(*, order_id: int, now: datetime) -> Collection[int]:
    return ()


def _nothing_to_see() -> None:
    return None


def _no_stock(*, order_id: int, now: datetime) -> None:
    return None


def _nothing_taken(*, order_id: int, line_ids: Sequence[int], now: datetime) -> None:
    return None


def _everywhere(*, delivery: str, country: str, now: datetime) -> bool:
    return True


def _no_calendar(
    *, product: str, delivery: str, country: str, ready_at: datetime, now: datetime
) -> DeliveryDates | None:
    return None


def _no_windows(
    *, product: str, delivery: str, country: str, ready_at: datetime, now: datetime
) -> Sequence[DeliveryWindow]:
    return ()


def _by_the_clock(
    *, line_id: int, ready_at: datetime, from_at: datetime, to_at: datetime
) -> datetime:
    return ready_at + (to_at - from_at)


def _nothing_postponed(*, line_id: int, later_by: timedelta) -> None:
    return None


def _nothing_unknown(*, operations: Sequence[Mapping[str, Any]]) -> list[str]:
    return []


def _nothing_remade(
    *,
    line_id: int,
    work_order: str,
    quantity: int,
    key: str,
    now: datetime,
    actor: str,
) -> str:
    raise LookupError("No production is installed that could make anything again.")


class Ports:
    """The filled ports; ``production.apps`` sets them when Django is ready."""

    method_choice: MethodChoice = staticmethod(_job_by_default)
    order_progress: OrderProgress = staticmethod(_nothing_begun)
    cancellation: Cancellation = staticmethod(_nothing_to_cancel)
    hold_stock: StockHold = staticmethod(_nothing_held)
    look_again: Callable[[], None] = staticmethod(_nothing_to_see)
    reserve_stock: Stock = staticmethod(_no_stock)
    take_stock: StockDispatch = staticmethod(_nothing_taken)
    delivery_reach: DeliveryReach = staticmethod(_everywhere)
    remake: Remake = staticmethod(_nothing_remade)
    delivery_calendar: DeliveryCalendar = staticmethod(_no_calendar)
    delivery_windows: DeliveryWindows = staticmethod(_no_windows)
    resumption: Resumption = staticmethod(_by_the_clock)
    postponement: Postponement = staticmethod(_nothing_postponed)
    operation_check: OperationCheck = staticmethod(_nothing_unknown)


ports = Ports()
