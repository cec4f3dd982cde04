"""What pages cost beside a view that does nothing, on the same server in the same run.

One gunicorn worker as `make run` starts it, but with a thread for each connection;
DEBUG off, the demo in SQLite. Guests visit over 1, 4 and 16 connections; visits to a
page and to a no-op of the same middleware and size take turns. A configure click is one
that others have made as well, a click of its own one that nobody has made lately.

What either side is told must not come from how it is asked. Nothing is measured before
the worker has loaded what it loads beside its first requests, which would take turns
with both. In its turn each guest asks as often for the no-op as for the page: else a
queue that is always full would stand beside one burst. CPU is what the worker says that
it has spent, in the median turn; p95 is that of all visits. Both must keep the bound.
The last line is JSON.
"""

from __future__ import annotations

import http.client
import itertools
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from tests.bench.demo_site import demo_shop, web_worker
from tests.bench.measuring import keep, median, percentile, say

CONNECTIONS = (1, 4, 16)
ROUNDS = 10
FEWEST_EACH = 3
PAGE = "/shop/t-shirt/"
CLICK = "/api/v1/products/t-shirt/configure/"
CHOICES = {
    "c.fabric": "COTTON",
    "c.size": "M",
    "c.decoration": "PRINT",
    "c.place": "FRONT",
    "c.design": "FOX",
    "quantity": "1",
}
COLOURS = ("WHITE", "SAND", "NAVY", "BLACK", "RED", "GREEN")
SIZES = ("S", "M", "L", "XL")
CLICKS = itertools.count()
BUYER = {
    "name": "Ada Lund",
    "email": "ada@example.org",
    "line1": "Mühlgasse 4",
    "postcode": "10115",
    "city": "Berlin",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Guest:
    """Somebody with a cookie jar and one connection."""

    n_guests = 0

    def __init__(self, port: int) -> None:
        Guest.n_guests += 1
        n = Guest.n_guests
        self.address = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.n_calls = 0

    def ask(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """Give the status, the content and where it leads."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        known = {
            "X-Forwarded-For": self.address,
            **({"Cookie": cookies} if cookies else {}),
        }
        content = body.encode() if body is not None else None
        self.connection.request(method, path, content, {**known, **headers})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return answer.status, text, answer.headers.get("Location", "")

    def get(self, path: str) -> str:
        return self.ask("GET", path)[1]

    def send(self, path: str, fields: dict[str, str], **headers: str) -> str:
        """Post a form; give where it leads."""
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        body = urlencode(token | fields)
        return self.ask("POST", path, body, **FORM, **headers)[2]


class Fields(HTMLParser):
    """The answers that a form starts from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "select":
            self.select = has.get("name", "")
        elif tag == "option" and (self.select not in self.found or "selected" in has):
            self.found[self.select] = has.get("value", "")
        elif tag == "input" and has.get("name"):
            is_box = has.get("type") in {"radio", "checkbox"}
            if not is_box or "checked" in has:
                self.found[has["name"]] = has.get("value", "")


def product_page(guest: Guest) -> None:
    guest.get(PAGE)


def configure_click(guest: Guest) -> None:
    """Ask what is possible now, as a click of the API does."""
    guest.n_calls += 1
    colour = COLOURS[guest.n_calls % len(COLOURS)]
    body = json.dumps({"choices": {"colour": colour, "size": "M"}, "quantity": 1})
    guest.ask("POST", CLICK, body, **{"Content-Type": "application/json"})


def own_click(guest: Guest) -> None:
    """Ask as a click does, for what nobody has asked for some thousand clicks."""
    n = next(CLICKS)
    choices = {"colour": COLOURS[n % 6], "size": SIZES[n // 6 % 4]}
    body = json.dumps({"choices": choices, "quantity": n // 24 % 200 + 1})
    guest.ask("POST", CLICK, body, **{"Content-Type": "application/json"})


def page_click(guest: Guest) -> None:
    """Send the form of the page as htmx does, and take the part that it replaces."""
    guest.n_calls += 1
    colour = COLOURS[guest.n_calls % len(COLOURS)]
    guest.send(PAGE, CHOICES | {"c.colour": colour}, **{"HX-Request": "true"})


def cart(guest: Guest) -> None:
    guest.get("/cart/")


def checkout(guest: Guest) -> None:
    """Put a shirt into the cart, give an address, order: four calls."""
    guest.send("/cart/add/t-shirt/", CHOICES | {"c.colour": "NAVY"})
    html = guest.get("/checkout/")
    form = re.search(r'<form[^>]*id="checkout".*?</form>', html, re.DOTALL)
    if form is None:
        raise RuntimeError(f"no form to order by: {unescape(html)[:300]}")
    order = guest.send("/checkout/", Fields(form[0]).found | BUYER)
    guest.get(order)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is measured, how often a round does it, and what is asked of CPU and p95."""

    name: str
    call: Callable[[Guest], None]
    times: int
    must: float | None = None
    aim: float | None = None
    size_of: str = PAGE


VISITS = (
    Visit("product page", product_page, 24, 8, 4),
    Visit("configure click", configure_click, 24, 4, 2, CLICK),
    Visit("click of its own", own_click, 24, 4, 2, CLICK),
    Visit("click in the page", page_click, 12, size_of="click"),
    Visit("cart", cart, 12, size_of="/cart/"),
    Visit("whole checkout", checkout, 4, size_of="/checkout/"),
)


@dataclass(slots=True)
class Samples:
    """CPU milliseconds of a visit by round, and how long each took."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    def figures(self) -> tuple[float, float]:
        return median(self.cpu_ms), percentile(self.wall_ms, 0.95)


class Site:
    """The worker, and the guests that visit it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.clock = Guest(port)

    def guests(self, n: int) -> list[Guest]:
        """Let guests come in who have a session and something in the cart."""
        found = [Guest(self.port) for _ in range(n)]
        for guest in found:
            guest.get(PAGE)
            guest.send("/cart/add/t-shirt/", CHOICES | {"c.colour": "WHITE"})
        return found

    def size(self, visit: Visit) -> int:
        """Say how long the answer is that the visit gets."""
        (guest,) = self.guests(1)
        if visit.size_of == CLICK:
            body = json.dumps({"choices": {"size": "M"}, "quantity": 1})
            kind = {"Content-Type": "application/json"}
            return len(guest.ask("POST", CLICK, body, **kind)[1].encode())
        if visit.size_of == "click":
            fields = CHOICES | {"csrfmiddlewaretoken": guest.cookies["csrftoken"]}
            asked = {**FORM, "HX-Request": "true"}
            return len(guest.ask("POST", PAGE, urlencode(fields), **asked)[1].encode())
        return len(guest.get(visit.size_of).encode())

    def round(
        self, guests: Sequence[Guest], call: Callable[[Guest], None], times: int
    ) -> tuple[float, list[float]]:
        """Let all guests do it at once, so many times in all; CPU and wall, in ms."""
        wall: list[float] = []
        faults: list[Exception] = []
        each = max(FEWEST_EACH, times // len(guests))

        def go(guest: Guest) -> None:
            try:
                for _ in range(each):
                    start_ns = time.perf_counter_ns()
                    call(guest)
                    wall.append((time.perf_counter_ns() - start_ns) / 1e6)
            except Exception as error:
                faults.append(error)

        before_ns = int(self.clock.get("/bench/spent/"))
        threads = [threading.Thread(target=go, args=(guest,)) for guest in guests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent_ns = int(self.clock.get("/bench/spent/")) - before_ns
        if faults:
            raise faults[0]
        return spent_ns / 1e6 / (each * len(guests)), wall


def measure(site: Site, visit: Visit, n_connections: int) -> dict[str, Any]:
    guests = site.guests(n_connections)
    n_bytes = site.size(visit)
    path = f"/bench/noop/{n_bytes}/"
    ours, noop = Samples(), Samples()
    site.round(guests, visit.call, n_connections)

    def nothing(guest: Guest) -> None:
        guest.get(path)

    for _ in range(ROUNDS):
        for samples, call in ((noop, nothing), (ours, visit.call)):
            cpu_ms, wall = site.round(guests, call, visit.times)
            samples.cpu_ms.append(cpu_ms)
            samples.wall_ms += wall
    return _row(visit, n_connections, ours, noop)


def _row(visit: Visit, n: int, ours: Samples, noop: Samples) -> dict[str, Any]:
    (cpu_ms, p95_ms), (noop_cpu_ms, noop_p95_ms) = ours.figures(), noop.figures()
    ratios = (cpu_ms / noop_cpu_ms, p95_ms / noop_p95_ms)
    return {
        "name": visit.name,
        "connections": n,
        "cpu_ms": round(cpu_ms, 3),
        "p95_ms": round(p95_ms, 2),
        "noop_cpu_ms": round(noop_cpu_ms, 3),
        "noop_p95_ms": round(noop_p95_ms, 2),
        "ratio_cpu": round(ratios[0], 2),
        "ratio_p95": round(ratios[1], 2),
        "must": visit.must,
        "aim": visit.aim,
        "ok": visit.must is None or max(ratios) <= visit.must,
    }


def main(names: Sequence[str]) -> int:
    """Measure every visit over each number of connections; 1 where a must is missed."""
    rows = []
    with demo_shop() as folder, web_worker(folder, threads=16) as port:
        site = Site(port)
        for visit in [each for each in VISITS if not names or each.name in names]:
            for n_connections in CONNECTIONS:
                row = measure(site, visit, n_connections)
                rows.append(row)
                say(_line(row))
    say(f"Samples: {keep('web', {'rows': rows})}")
    say(json.dumps({"rows": rows}))
    return 0 if all(row["ok"] for row in rows) else 1


def _line(row: dict[str, Any]) -> str:
    asked = (
        "" if row["must"] is None else f"must <= {row['must']}x, aim <= {row['aim']}x"
    )
    return (
        f"{row['name']:<18} {row['connections']:>2} connections"
        f" {row['cpu_ms']:>8.2f} ms CPU {row['ratio_cpu']:>6.1f}x"
        f" {row['p95_ms']:>8.1f} ms p95 {row['ratio_p95']:>6.1f}x  {asked}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
