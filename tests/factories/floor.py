"""A small shop floor, row by row: work centres, people, work orders and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from configurator.models import CatalogueRelease, Configuration, Product
from orders.models import OrderLine
from production.models import (
    Batch,
    Calendar,
    Line,
    Operation,
    Operator,
    SequenceRule,
    SetupRule,
    Site,
    Skill,
    Station,
    StockItem,
    WorkCentre,
    WorkOrder,
)
from production.services.reports import Report
from production.services.stock import book_move
from tests.factories.production import NOW, SHIRT, configure, publish

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRAYS: dict[str, Any] = {"measure": "TRAY", "max": 18, "min": 0, "max_wait_s": 2700}
BOWL: dict[str, Any] = {
    "measure": "GRAM",
    "max": 60_000,
    "min": 15_000,
    "max_wait_s": 7200,
}
NO_LIMIT: dict[str, Any] = {"measure": "PIECE", "max": None, "min": 0, "max_wait_s": 0}


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def report(minutes: float = 0, **fields: Any) -> Report:
    return Report(**{"now": at(minutes), "actor": "test", **fields})


def make_site() -> Site:
    found, _ = Site.objects.get_or_create(code="MILL", defaults={"zone": "UTC"})
    return found


def make_calendar(code: str = "ALWAYS") -> Calendar:
    found, _ = Calendar.objects.get_or_create(
        code=code, defaults={"zone": "UTC", "always_open": True}
    )
    return found


def make_centre(code: str, **fields: Any) -> WorkCentre:
    """Give a work centre, making it at its first mention."""
    found = WorkCentre.objects.filter(code=code).first()
    if found is not None:
        return found
    return WorkCentre.objects.create(
        **{
            "code": code,
            "name": {"en": code},
            "mode": "LOAD",
            "site": make_site(),
            "calendar": make_calendar(),
            **fields,
        }
    )


def make_operator(code: str, *skills: str, **fields: Any) -> Operator:
    operator = Operator.objects.create(
        code=code, name=f"Name of {code}", badge=f"BADGE-{code}", **fields
    )
    operator.skills.set(
        [Skill.objects.get_or_create(code=skill)[0] for skill in skills]
    )
    return operator


def shirt() -> CatalogueRelease:
    found = CatalogueRelease.objects.filter(product__slug="shirt").first()
    return found or publish()


def make_configuration(**choices: Any) -> Configuration:
    return configure(shirt(), **({"colour": "WHITE"} | choices))


def make_work_order(*steps: dict[str, Any], **fields: Any) -> WorkOrder:
    """Write a released work order; each step follows the one before by default."""
    configuration = fields.pop("configuration", None) or make_configuration()
    quantity = fields.pop("quantity", 1)
    number = fields.pop("number", f"W-{WorkOrder.objects.count() + 1}")
    line: OrderLine | None = fields.get("order_line")
    work_order = WorkOrder.objects.create(
        **{
            "number": number,
            "source_kind": "ORDER_LINE" if line else "SAMPLE",
            "source_key": str(line.pk) if line else number,
            "unit_index": 1,
            "product": configuration.product,
            "configuration": configuration,
            "method": "JOB",
            "state": "RELEASED",
            "quantity": quantity,
            "planned_quantity": quantity,
            "release_at": NOW,
            "released_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )
    Operation.objects.bulk_create(_operations(work_order, steps))
    return work_order


def _operations(
    work_order: WorkOrder, steps: tuple[dict[str, Any], ...]
) -> list[Operation]:
    made: list[Operation] = []
    for place, fields in enumerate(steps, start=1):
        before = [made[-1].sequence] if made else []
        predecessors = fields.get("predecessors", before)
        is_first = not predecessors and work_order.state != "PLANNED"
        state = "READY" if is_first else "WAITING"
        if fields.get("station") and work_order.state != "PLANNED":
            state = "ON_LINE"
        made.append(
            Operation(
                **{
                    "work_order": work_order,
                    "sequence": 10 * place,
                    "basis": "UNIT",
                    "predecessors": predecessors,
                    "planned_quantity": work_order.planned_quantity,
                    "run_s": 60,
                    "due_at": work_order.due_at,
                    "state": state,
                    "ready_at": NOW if is_first else None,
                    **fields,
                }
            )
        )
    return made


def step(code: str, centre: str | None = "BENCH", **fields: Any) -> dict[str, Any]:
    """Describe a step at a work centre; ``None`` is nowhere."""
    place = make_centre(centre) if centre else None
    return {"code": code, "name": {"en": code}, "work_centre": place, **fields}


def wait(code: str, seconds: int, **fields: Any) -> dict[str, Any]:
    """Describe a step that only takes time."""
    return step(code, None, kind="DELAY", basis="DELAY", run_s=seconds, **fields)


def bake(key: str = "programme=COOKIE", **fields: Any) -> dict[str, Any]:
    """Describe a step in the oven: 24 to a tray, 18 trays to a load."""
    return step(
        "BAKE",
        "OVEN-1",
        **{
            "basis": "LOAD",
            "run_s": 840,
            "batch_key": key,
            "batch_rule": TRAYS,
            "load_den": 24,
            "attributes": dict(part.split("=") for part in key.split("|")),
            "setup_matrix": "OVEN",
            **fields,
        },
    )


def operation(work_order: WorkOrder, code: str) -> Operation:
    """Read one step anew."""
    return Operation.objects.get(work_order=work_order, code=code)


def state_of(work_order: WorkOrder) -> str:
    work_order.refresh_from_db()
    return work_order.state


def states(work_order: WorkOrder) -> list[str]:
    """Give the states of all steps in order."""
    return list(
        work_order.operations.order_by("sequence").values_list("state", flat=True)
    )


def numbers_in(batch: Batch) -> set[str]:
    """Name the work orders that are in a batch now."""
    return set(
        batch.members.exclude(state="WITHDRAWN").values_list(
            "operation__work_order__number", flat=True
        )
    )


def make_matrix(matrix: str, *rows: dict[str, Any]) -> None:
    """Write the rows of a set-up matrix, in order."""
    for place, fields in enumerate(rows, start=1):
        SetupRule.objects.create(matrix=matrix, sequence=10 * place, **fields)


def make_line(code: str = "FL", *, n_stations: int = 3, **fields: Any) -> Line:
    """Give a running flexible line with stations S1, S2 and so on."""
    centre = make_centre(code, mode="LINE")
    line = Line.objects.create(
        **{
            "code": code,
            "name": {"en": code},
            "kind": "FLEXIBLE",
            "work_centre": centre,
            "takt_ms": 60_000,
            "wip_limit": 5,
            "state": "RUNNING",
            "advanced_at": NOW,
            **fields,
        }
    )
    for position in range(1, n_stations + 1):
        Station.objects.create(
            line=line,
            code=f"S{position}",
            name={"en": f"Station {position}"},
            position=position,
            base_ms=60_000,
        )
    return line


def make_ratio(line: Line, code: str, p: int, q: int) -> SequenceRule:
    return SequenceRule.objects.create(line=line, code=code, condition=code, p=p, q=q)


def make_unit(line: Line, **fields: Any) -> WorkOrder:
    """Write a unit for a flexible line, with a step at each of its stations."""
    steps = [
        step(station.code, line.work_centre.code, station=station.code)
        for station in line.stations.all()
    ]
    return make_work_order(
        *steps, **{"line": line, "method": "MASS_CUSTOMISATION", **fields}
    )


CYCLES_MS = (2_400, 2_500, 2_700, 2_200, 2_600)


def make_flow_line(
    slug: str,
    *,
    on_hand: int,
    reorder_point: int = 100,
    run_size: int = 1_000,
    cycles_ms: tuple[int, ...] = CYCLES_MS,
    materials: Sequence[dict[str, Any]] = (),
    by_products: Sequence[dict[str, Any]] = (),
) -> tuple[CatalogueRelease, Line, StockItem]:
    """Put a standard article on sale, with its stock and the line that fills it."""
    making = {**SHIRT["routings"][1], "when": None, "method": "FLOW"}
    first, *others = making["steps"][1:]
    making["steps"] = [{**first, "by_products": [*by_products]}, *others]
    release = publish(
        product=slug,
        kind="STANDARD",
        characteristics=[],
        pieces={"count": 6},
        materials=[*materials],
        routings=[making],
    )
    line = _fill(release.product, f"LINE-{slug}", cycles_ms)
    item = StockItem.objects.create(
        code=slug.upper(),
        kind="GOODS",
        unit="bottle",
        product=release.product,
        reorder_point=reorder_point,
        run_size=run_size,
        maximum=100_000,
    )
    put_in_stock(item, on_hand)
    return release, line, item


def make_line_beside(line: Line, code: str) -> Line:
    """Give a second line that makes the same article."""
    assert line.product is not None
    return _fill(line.product, code, CYCLES_MS)


def _fill(product: Product, code: str, cycles_ms: tuple[int, ...]) -> Line:
    """Give the line with its stations that makes an article."""
    line = Line.objects.create(
        code=code,
        kind="FLOW",
        work_centre=make_centre(code, mode="LINE"),
        takt_ms=3_000,
        product=product,
    )
    for position, base_ms in enumerate(cycles_ms, start=1):
        line.stations.create(code=f"S{position}", position=position, base_ms=base_ms)
    return line


def put_in_stock(item: StockItem, quantity: int) -> None:
    """Receive the stock that a test begins with."""
    if quantity:
        book_move(
            item_id=item.id,
            kind="RECEIPT",
            quantity=quantity,
            reference="opening",
            now=NOW,
        )
