"""The product as a newcomer starts it."""

import os
import signal
import sqlite3
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey

# Far above what `docs/figures.md` tells: the other tests run meanwhile.
FIRST_PAGE_WITHIN_S = 90

# What a second loading of the demo would double, or a new database would lack.
KEPT = """SELECT (SELECT count(*) FROM configurator_product),
 (SELECT max(id) FROM configurator_cataloguerelease),
 (SELECT max(id) FROM configurator_user), (SELECT count(*) FROM orders_order) + 1"""


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return answer.status, answer.read().decode()


def until(holds, within_s: float = 30) -> None:
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not within {within_s} s"
        time.sleep(0.1)


def test_pages_and_streams_are_answered_at_neighbouring_ports(live_stack: LiveStack):
    assert fetch(f"{live_stack.url}/livez") == (200, "alive\n")
    assert fetch(f"{live_stack.live_url}/livez") == (200, "alive\n")
    assert f"Lot One runs at {live_stack.url}/" in live_stack.log(n_lines=100_000)


def test_a_first_start_fills_the_shop_and_answers_its_front_in_time(
    live_stack: LiveStack,
):
    assert live_stack.first_page_s is not None
    assert live_stack.first_page_s <= FIRST_PAGE_WITHIN_S


def test_broker_web_live_worker_and_beat_run_in_groups_of_their_own(
    live_stack: LiveStack,
):
    groups = live_stack.groups()

    assert {"broker", "web", "live", "worker", "beat"} <= set(groups)
    assert all(os.getpgid(group) == group for group in groups.values())


def test_a_broker_that_is_killed_comes_back(live_stack: LiveStack):
    """As worker, planner and web do, which ``test_chaos`` kills again and again."""
    killed = live_stack.groups()["broker"]

    os.killpg(killed, signal.SIGKILL)

    until(lambda: live_stack.groups().get("broker", killed) != killed)
    until(live_stack.is_ready)


def test_ctrl_c_stops_every_process_and_a_second_start_keeps_the_data(
    live_stack: LiveStack,
):
    groups, before = live_stack.groups(), ask(live_stack.folder, KEPT)
    assert live_stack.process is not None
    live_stack.process.send_signal(signal.SIGINT)

    assert live_stack.process.wait(30) == 0
    assert [name for name, group in groups.items() if is_group(group)] == []

    live_stack.start()
    assert ask(live_stack.folder, KEPT) == before
    assert min(before[0]) > 0


def ask(folder: Path, sql: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(folder / "lotone.sqlite3")) as database:
        return database.execute(sql).fetchall()


def is_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_explorer_of_the_api_works_under_the_content_policy(page):
    page.goto("/api/docs/")

    page.locator(".swagger-ui .info .title").wait_for()

    assert page.locator(".swagger-ui .info .title").inner_text().startswith("Lot One")
