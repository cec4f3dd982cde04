"""What a call is made of: what fills its route, and what is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """What fills a route's pattern, and what is sent; ``order`` lends its token."""

    args: Callable[[World], Mapping[str, Any]] = lambda _world: {}
    body: Mapping[str, Any] | Callable[[World], Mapping[str, Any]] = field(
        default_factory=dict
    )
    order: str = ""
    query: str = ""

    def body_for(self, world: World) -> Mapping[str, Any]:
        return self.body(world) if callable(self.body) else self.body


def on_order(name: str, body: Any = None, **more: Any) -> Call:
    return Call(
        lambda world: {"number": world.orders[name].number}, body or {}, order=name
    )


def on_line(name: str, body: Any = None) -> Call:
    return Call(
        lambda world: {
            "number": world.orders[name].number,
            "line_id": world.lines[name].pk,
        },
        body or {},
        order=name,
    )


def on_operation(state: str, **body: Any) -> Call:
    return Call(lambda world: {"operation_id": world.operations[state].pk}, body)


def on_fault(state: str, **body: Any) -> Call:
    return Call(lambda world: {"nonconformance_id": world.faults[state]}, body)


def on_design(world: World) -> Mapping[str, Any]:
    return {"token": world.design.token}


def on_device(world: World) -> Mapping[str, Any]:
    return {"device_id": world.device}


def on_batch(state: str, **body: Any) -> Call:
    return Call(lambda world: {"number": world.batches[state].number}, body)


def on_work_order(which: str, /, **body: Any) -> Call:
    return Call(lambda world: {"number": world.work_orders[which].number}, body)


def on_job(operation: str, /, **body: Any) -> Call:
    return Call(
        lambda world: {
            "number": world.work_orders["bespoke"].number,
            "operation_id": world.operations[operation].pk,
        },
        body,
    )


def on_slot(name: str) -> Call:
    return Call(lambda world: {"code": "FL", "slot_id": world.slots[name].pk})


def fixed(**args: Any) -> Callable[[World], Mapping[str, Any]]:
    return lambda _world: args


def quoted(world: World) -> Mapping[str, Any]:
    return {"number": world.quotation.number}


def proofed(world: World) -> Mapping[str, Any]:
    return {"proof_id": world.proof.pk}
