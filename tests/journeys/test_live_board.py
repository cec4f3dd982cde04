"""What changes on the floor is on every open board within a second."""

import json
import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.shop import Visitor, order_table
from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey
WITHIN_MS = 1_000
CENTRE = "CNC-1"
# Can do what is done there; a planner without a badge says who does it.
WORKER = "W05"
BOARD = f"/floor/boards/{CENTRE}/"
IS_STREAMING = "() => document.querySelector('live-board')?.dataset.live === 'stream'"
LISTEN = """([url, within]) => new Promise((resolve, reject) => {
  const source = new EventSource(url, {withCredentials: true});
  setTimeout(() => reject(new Error("nothing came")), within);
  source.addEventListener("board", (event) => {
    source.close();
    resolve({data: event.data, at: Date.now()});
  });
  source.addEventListener("open", () => { window.isListening = true; });
})"""


@pytest.fixture(scope="module")
def board(visit) -> Visitor:
    """A board that hangs on the wall: opened once, never touched."""
    visitor: Visitor = visit()
    visitor.sign_in("operator")
    visitor.tab.goto(BOARD)
    visitor.tab.wait_for_function(IS_STREAMING)
    return visitor


def post(planner: Visitor, path: str, **values):
    """Report something through the API, as a scanner would."""
    token = next(
        cookie["value"]
        for cookie in planner.context.cookies()
        if cookie["name"].endswith("csrftoken")
    )
    answer = planner.context.request.post(
        f"/api/v1/{path}",
        data=json.dumps({"nonce": uuid.uuid4().hex, "device": "journey", **values}),
        headers={
            "Content-Type": "application/json",
            "X-CSRFToken": token,
            "Referer": planner.stack.url + "/",
        },
    )
    assert answer.status in {200, 201}, answer.text()
    return answer.json()


@pytest.fixture(scope="module")
def drawing(visit, planner: Visitor) -> dict[str, Any]:
    """The first step of a table that was just ordered: ready, and in no batch."""
    buyer: Visitor = visit()
    order = order_table(buyer, planner)
    planner.tab.goto(BOARD)
    buyer.pay()
    expect(planner.tab.get_by_role("link", name=order.units).first).to_be_visible()
    number = buyer.read_order(order)["lines"][0]["units"][0]["work_order"]
    answer = planner.context.request.get(f"/api/v1/work-orders/{number}/")
    first = answer.json()["operations"][0]
    assert (first["work_centre"], first["state"]) == (CENTRE, "READY")
    return {"work_order": number, "operation": first["id"]}


def test_a_start_elsewhere_shows_on_the_open_board_within_a_second(
    board: Visitor, planner: Visitor, drawing: dict[str, Any]
):
    card = board.tab.locator("article", has_text=drawing["work_order"]).first
    expect(card).to_be_visible()

    post(planner, f"operations/{drawing['operation']}/start/", operator=WORKER)
    began_s = time.monotonic()
    expect(card.get_by_role("button", name="Done")).to_be_visible(timeout=WITHIN_MS)

    assert (time.monotonic() - began_s) * 1000 <= WITHIN_MS
    post(planner, f"operations/{drawing['operation']}/undo/")
    ready = card.locator('[data-state="READY"]')
    expect(ready).to_be_visible(timeout=WITHIN_MS)
    # Whoever looks lacks the skill for it, and is offered no start.
    expect(card.get_by_role("button", name="Start")).to_have_count(0)


def test_an_event_names_the_board_and_its_version(
    board: Visitor,
    planner: Visitor,
    drawing: dict[str, Any],
    live_stack: LiveStack,
):
    url = f"{live_stack.live_url}/live/boards/{CENTRE}/"
    tab = board.context.new_page()
    tab.goto("/floor/")
    heard = tab.evaluate_handle(
        f"(words) => ({{promise: ({LISTEN})(words)}})", [url, 8000]
    )
    tab.wait_for_function("() => window.isListening === true")

    began_ms = time.time() * 1000
    post(planner, f"operations/{drawing['operation']}/start/", operator=WORKER)
    event = heard.evaluate("(holder) => holder.promise")

    tab.close()
    post(planner, f"operations/{drawing['operation']}/undo/")
    message = json.loads(event["data"])
    assert set(message) == {"board", "version"}
    assert message["board"] == CENTRE
    assert event["at"] - began_ms <= WITHIN_MS


def test_a_stranger_hears_nothing(visit, live_stack: LiveStack):
    stranger: Visitor = visit()

    answer = stranger.context.request.get(
        f"{live_stack.live_url}/live/boards/{CENTRE}/"
    )

    assert answer.status == 401


def test_without_its_stream_a_board_says_how_old_it_is_and_polls(
    board: Visitor, planner: Visitor
):
    board.context.set_offline(True)
    banner = board.tab.locator("live-banner")
    board.tab.evaluate("document.querySelector('live-board').refresh()")
    expect(banner).to_be_visible()

    board.context.set_offline(False)
    board.tab.evaluate("document.querySelector('live-board').refresh()")

    expect(banner).to_be_hidden()
    board.problems.clear()  # the browser reports that it was cut off, as it should


def test_scans_without_a_connection_are_kept_and_booked_once(
    planner: Visitor, drawing: dict[str, Any]
):
    path = f"/api/v1/work-orders/{drawing['work_order']}/"

    def state() -> str:
        first = planner.context.request.get(path).json()["operations"][0]
        return str(first["state"])

    if state() == "READY":
        post(planner, f"operations/{drawing['operation']}/start/", operator=WORKER)
    tab = planner.context.new_page()
    tab.goto("/floor/scan/")
    kept = tab.locator("[data-kept-box]")

    planner.context.set_offline(True)
    for code in (drawing["work_order"], "PAUSE"):
        tab.keyboard.type(code)
        tab.keyboard.press("Enter")
    expect(kept).to_be_visible()
    planner.context.set_offline(False)

    expect(tab.get_by_text("OK", exact=True)).to_be_visible(timeout=15_000)
    expect(kept).to_be_hidden()
    assert state() == "PAUSED"
    tab.close()
    planner.problems.clear()  # the browser reports that it was cut off, as it should


def test_what_was_ticked_or_written_stays_when_a_board_is_renewed(planner: Visitor):
    tab = planner.context.new_page()
    tab.goto("/floor/")
    kept = tab.evaluate("""() => {
      const board = document.querySelector("live-board");
      const html = '<input type="checkbox" id="t"><input id="w"><input id="u">';
      board.replace(html);
      board.querySelector("#t").checked = true;
      board.querySelector("#w").value = "B-1";
      board.replace(html);
      const [ticked, written, untouched] = board.querySelectorAll("input");
      return [ticked.checked, written.value, untouched.value];
    }""")
    tab.close()

    assert kept == [True, "B-1", ""]
