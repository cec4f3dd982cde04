"""The hands that break things: kill, wipe, cut off, restart; each notes what it did."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from tests.chaos.floor import Floor
from tests.support.ports import is_free
from tests.support.stack import LiveStack

WAKE_UP = "production.release_confirmed_orders"
BROKER_DOWN_S = 5.0
BROKER_DOWN_AT_MOST_S = 30.0
# How much is ordered when the broker is taken away, and when work goes to the floor.
CUT = 0.2
TURNS = (0.4, 0.7)


@dataclass
class OwnBroker:
    """A broker of the harness's own, so that it can be wiped and cut off."""

    command: tuple[str, ...]
    url: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            with suppress(redis.RedisError):
                if redis.Redis.from_url(self.url).ping():
                    return
            time.sleep(0.05)
        raise RuntimeError("the broker does not start")

    def wipe(self) -> None:
        with suppress(redis.RedisError):
            redis.Redis.from_url(self.url, socket_timeout=2).flushall()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class Hands:
    """Break something every now and then until told to stop."""

    stack: LiveStack
    broker: OwnBroker
    floor: Floor
    restart_database: Callable[[], None] | None
    rng: random.Random
    progress: Callable[[], float]
    count_placed: Callable[..., int]
    n_kills: int
    n_wipes: int
    n_while_down: int
    wake_up: str
    done: Counter[str] = field(default_factory=Counter)
    killed: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def plan(self) -> list[tuple[float, Callable[[], None]]]:
        """Spread the breakages over the progress of the orders, 0 to 1.

        Kills are spread evenly, so that there is always work in hand to lose. Each wipe
        follows a kill closely: only messages that wait for a worker can be wiped.
        """
        n_alone = max(0, self.n_kills - self.n_wipes - len(TURNS))
        acts: list[list[Callable[[], None]]] = [
            *([self.kill_worker, self.wipe_broker] for _ in range(self.n_wipes)),
            *([self.kill_worker] for _ in range(n_alone)),
            *([self.kill_web] for _ in range(max(2, self.n_kills // 6))),
            *([self.double_wake_up] for _ in range(self.n_wipes)),
        ]
        if self.restart_database is not None:
            n_crashes = max(1, self.n_kills // 15)
            acts += [[self.crash_database] for _ in range(n_crashes)]
        self.rng.shuffle(acts)
        acts.insert(round(CUT * len(acts)), [self.cut_broker])
        for at in TURNS:
            acts.insert(round(at * len(acts)), [self.let_time_pass])
        return [
            ((place + 0.5 + 0.2 * after) / len(acts) * 0.95, act)
            for place, group in enumerate(acts)
            for after, act in enumerate(group)
        ]

    def run(self) -> None:
        for at, act in self.plan():
            while self.progress() < at and not self.stop.is_set():
                time.sleep(0.02)
            act()

    def kill_group(self, name: str) -> bool:
        """Kill a child with all it has forked; a dead one is not killed twice."""
        group = self.stack.groups().get(name)
        if group is None or group in self.killed:
            return False
        self.killed.add(group)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
            return True
        return False

    def kill_worker(self) -> None:
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            if self.kill_group("worker"):
                self.done["worker_kills"] += 1
                return
            time.sleep(0.05)

    def let_time_pass(self) -> None:
        """Send to the floor what has come in, and kill those who move and plan it."""
        n_released = self.floor.count("released")
        n_planned = self.floor.count("in_batches") + self.floor.count("on_lines")
        self.floor.pass_edit_windows()
        if self.floor.sees_more("released", than=n_released):
            self.kill_worker()
        if self.floor.sees_more("in_batches", "on_lines", than=n_planned):
            self.done["planner_kills"] += int(self.kill_group("planner"))

    def kill_web(self) -> None:
        """Kill the processes that are answering, in the middle of a request."""
        group = self.stack.groups().get("web")
        if group is None:
            return
        for pid in children_of(group):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.done["web_kills"] += 1

    def wipe_broker(self) -> None:
        self.broker.wipe()
        self.done["broker_wipes"] += 1

    def cut_broker(self) -> None:
        """Take the broker away for a while; checkout must go on answering 201."""
        self.broker.stop()
        cut_s = time.monotonic()
        time.sleep(BROKER_DOWN_S)
        # On a crowded machine they take longer than this.
        while (
            self.count_placed(since_s=cut_s) < self.n_while_down
            and time.monotonic() < cut_s + BROKER_DOWN_AT_MOST_S
        ):
            time.sleep(0.1)
        self.done["placed_while_broker_down"] += self.count_placed(since_s=cut_s)
        self.broker.start()
        self.done["broker_cuts"] += 1

    def double_wake_up(self) -> None:
        if not self.wake_up:
            return
        from configurator.celery import app

        with suppress(Exception):
            for _ in range(5):
                app.send_task(self.wake_up, retry=False)
            self.done["doubled_wake_ups"] += 1

    def crash_database(self) -> None:
        assert self.restart_database is not None
        self.restart_database()
        self.done["db_restarts"] += 1


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            words = path.read_text().rpartition(")")[2].split()
            if int(words[1]) == pid:
                found.append(int(path.parent.name))
    return found


def own_broker(program: str, folder: Path) -> OwnBroker:
    port = next(p for p in range(31_000, 32_000) if is_free(p))
    words: tuple[Any, ...] = (
        *(program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
        *("--save", "", "--appendonly", "no"),
    )
    return OwnBroker(words, f"redis://127.0.0.1:{port}/0")
