"""Every list comes page by page, in so many queries however long it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configurator.models import Product
from configurator.pagination import CreatedCursorPagination
from orders.models import Order
from production.models import (
    Batch,
    Device,
    Line,
    MaterialLot,
    Nonconformance,
    StockItem,
    WorkCentre,
    WorkOrder,
)
from tests.api.routes import API, list_methods, walk

pytestmark = pytest.mark.django_db
ROWS: dict[str, tuple[Any, str]] = {
    "products": (Product, "slug"),
    "orders": (Order, "number"),
    "work-orders": (WorkOrder, "number"),
    "batches": (Batch, "number"),
    "work-centres": (WorkCentre, "code"),
    "lines": (Line, "code"),
    "stock": (StockItem, "code"),
    "lots": (MaterialLot, "code"),
    "nonconformances": (Nonconformance, "id"),
    "devices": (Device, "id"),
}
# In working order, so without pages: they say how many there are in all.
QUEUES = {
    "work-centres/<str:code>/dispatch-list": "work-centres/FL/dispatch-list",
    "lines/<str:code>/queue": "lines/FL/queue",
}


def get(boss: Any, name: str, **query: Any) -> Any:
    response = boss.client.get(f"/{API}{name}/", query)
    assert response.status_code == 200
    return response.json()


def test_every_list_is_tested_here():
    lists = {
        route.removeprefix(API).rstrip("/")
        for route, pattern in walk()
        if route.startswith(API)
        and "GET" in list_methods(pattern)
        and not route.endswith(">/")
    }

    others = {
        "work-orders/<str:number>/traveller.pdf",
        "batches/<str:number>/load-sheet.pdf",
    }
    assert lists == {*ROWS, *QUEUES} | others


@pytest.mark.parametrize("name", ROWS)
def test_a_list_is_read_page_by_page_both_ways(boss, name):
    model, key = ROWS[name]
    fields = ("created_at", "id") if hasattr(model, "created_at") else ("id",)
    rows = list(model.objects.order_by(*fields).values_list(key, flat=True))
    url: str | None = f"http://testserver/{API}{name}/?page_size=2"
    found: list[str] = []
    latest = ""

    while url:
        assert url.startswith(f"http://testserver/{API}{name}/?")
        page = boss.client.get(url).json()
        found += [each[key] for each in page["results"]]
        latest, url = url, page["next"]

    assert found == rows
    if len(rows) > 2:
        previous = boss.client.get(boss.client.get(latest).json()["previous"]).json()
        first = len(rows) - (len(rows) % 2 or 2) - 2
        assert [row[key] for row in previous["results"]] == rows[first : first + 2]


@pytest.mark.parametrize("name", ROWS)
def test_a_page_has_200_rows_at_most(boss, name, monkeypatch):
    sizes = []
    read = CreatedCursorPagination.get_page_size

    def note(self: Any, request: Any) -> int:
        sizes.append(read(self, request))
        return sizes[-1]

    monkeypatch.setattr(CreatedCursorPagination, "get_page_size", note)

    get(boss, name, page_size=1_000_000)
    get(boss, name)

    assert sizes == [200, 50]


@pytest.mark.parametrize(
    "name", ["products", "orders", "work-orders", "batches", "work-centres", "lots"]
)
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(boss, name):
    counts = {n: count_queries(boss, name, page_size=n) for n in (1, 3)}

    assert counts[1] == counts[3]


@pytest.mark.parametrize("name", QUEUES.values())
def test_a_queue_takes_as_many_queries_for_three_rows_as_for_one(boss, name):
    counts = {n: count_queries(boss, name, limit=n) for n in (1, 3)}

    assert counts[1] == counts[3]


def count_queries(boss: Any, name: str, **query: Any) -> int:
    get(boss, name, **query)
    with CaptureQueriesContext(connection) as queries:
        get(boss, name, **query)
    return len(queries)


def test_a_queue_says_how_many_wait_in_all(boss):
    for name in QUEUES.values():
        page = get(boss, name, limit=1)
        assert set(page) == {"results", "total", "plan_version"}

    queue = get(boss, "lines/FL/queue", limit=1)
    assert (len(queue["results"]), queue["total"]) == (1, 5)
