"""A payment provider on loopback that answers as Stripe's API documents it.

Checkout sessions, payment intents with manual capture, refunds, idempotency keys,
errors and signed events; what a buyer does on the hosted page is done by a call.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_loopback"
WEBHOOK_SECRET = "whsec_loopback"  # noqa: S105 -- of a server in this process


class Refusal(Exception):  # noqa: N818 -- never leaves this module
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


class StripeServer:
    """Keeps sessions, intents and refunds in memory; counts what really happened."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, tuple[Any, int, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        # Answers with this status before anything happens; or loses the answer.
        self.fails_with = 0
        self.loses_answers = False
        handler = type("Answering", (Handler,), {"books": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> StripeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # What happens on the hosted page ---------------------------------------------

    def pay(self, session_id: str) -> dict[str, Any]:
        """Let the buyer give the money: it is set aside."""
        session = self.sessions[session_id]
        metadata = dict(session["_intent_metadata"])
        intent = {
            "id": f"pi_{len(self.intents) + 1:06d}",
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_capturable": session["amount_total"],
            "amount_received": 0,
            "capture_method": "manual",
            "currency": session["currency"],
            "metadata": metadata,
            "status": "requires_capture",
        }
        self.intents[intent["id"]] = intent
        session |= {"payment_intent": intent["id"], "status": "complete", "url": None}
        return intent

    def event(self, kind: str, found: dict[str, Any], *, at: int) -> tuple[bytes, str]:
        """Write and sign the event that Stripe would send."""
        body = json.dumps(
            {
                "id": f"evt_{kind}_{found['id']}",
                "object": "event",
                "type": kind,
                "created": at,
                "data": {"object": public(found)},
            }
        ).encode()
        text = str(at).encode() + b"." + body
        mac = hmac.new(WEBHOOK_SECRET.encode(), text, hashlib.sha256).hexdigest()
        return body, f"t={at},v1={mac}"

    def captured_minor(self) -> int:
        return sum(each["amount_received"] for each in self.intents.values())

    def refunded_minor(self) -> int:
        return sum(each["amount"] for each in self.refunds.values())

    # The API -----------------------------------------------------------------------

    def answer(self, method: str, path: str, fields: dict[str, str]) -> Any:
        match (method, path.strip("/").split("/")[1:]):
            case (_, ["checkout", "sessions", *rest]):
                return self.on_session(method, rest, fields)
            case ("GET", ["payment_intents", name]):
                return self.found(self.intents, name)
            case ("POST", ["payment_intents", name, "capture"]):
                return self.capture(name, fields)
            case ("POST", ["payment_intents", name, "cancel"]):
                return self.cancel(name)
            case ("POST", ["refunds"]):
                return self.refund(fields)
        raise Refusal(404, "invalid_request_error", f"Unrecognized URL {path}")

    def on_session(self, method: str, rest: list[str], fields: dict[str, str]) -> Any:
        match (method, rest):
            case ("POST", []):
                return self.open_session(fields)
            case ("GET", [name]):
                session = dict(self.found(self.sessions, name))
                if fields.get("expand[]") == "payment_intent":
                    intent = self.intents.get(session["payment_intent"] or "")
                    session["payment_intent"] = intent
                return session
            case ("POST", [name, "expire"]):
                session = self.found(self.sessions, name)
                if session["status"] != "open":
                    raise refuse("Only open Checkout Sessions can be expired.")
                session |= {"status": "expired", "url": None}
                return session
        raise Refusal(404, "invalid_request_error", "Unrecognized URL")

    def cancel(self, name: str) -> Any:
        intent = self.found(self.intents, name)
        if intent["status"] in ("succeeded", "canceled"):
            raise refuse(f"This intent is {intent['status']}.")
        intent |= {"status": "canceled", "amount_capturable": 0}
        return intent

    def open_session(self, fields: dict[str, str]) -> Any:
        price = "line_items[0][price_data]"
        if int(fields[f"{price}[unit_amount]"]) < 50:
            raise refuse("The Checkout Session's total amount is too small.")
        name = f"cs_test_{len(self.sessions) + 1:06d}"
        prefix = "payment_intent_data[metadata]["
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "amount_total": int(fields[f"{price}[unit_amount]"]),
            "currency": fields[f"{price}[currency]"],
            "client_reference_id": fields["client_reference_id"],
            "metadata": {"charge": fields["metadata[charge]"]},
            "mode": fields["mode"],
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "url": f"https://checkout.stripe.com/c/pay/{name}",
            "_intent_metadata": {
                key.removeprefix(prefix).rstrip("]"): value
                for key, value in fields.items()
                if key.startswith(prefix)
            },
        }
        return self.sessions[name]

    def capture(self, name: str, fields: dict[str, str]) -> Any:
        intent = self.found(self.intents, name)
        if intent["status"] != "requires_capture":
            raise refuse(f"This intent's status is {intent['status']}.")
        amount = int(fields.get("amount_to_capture", intent["amount_capturable"]))
        if amount > intent["amount_capturable"]:
            raise refuse("The amount is greater than what can be captured.")
        intent |= {
            "status": "succeeded",
            "amount_capturable": 0,
            "amount_received": amount,
        }
        return intent

    def refund(self, fields: dict[str, str]) -> Any:
        intent = self.found(self.intents, fields["payment_intent"])
        given = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == intent["id"]
        )
        amount = int(fields["amount"])
        if given + amount > intent["amount_received"]:
            raise refuse("Refund amount is greater than unrefunded amount on charge.")
        name = f"re_{len(self.refunds) + 1:06d}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "amount": amount,
            "payment_intent": intent["id"],
            "status": "succeeded",
        }
        return self.refunds[name]

    def found(self, rows: dict[str, Any], name: str) -> Any:
        if name not in rows:
            raise Refusal(404, "invalid_request_error", f"No such object: {name}")
        return rows[name]


def refuse(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message)


def public(found: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in found.items() if not key.startswith("_")}


class Handler(BaseHTTPRequestHandler):
    """Answers one call; ``books`` is set on a class of each server's own."""

    books: StripeServer

    def do_GET(self) -> None:
        self.respond("GET", dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.respond("POST", dict(parse_qsl(self.rfile.read(length).decode())))

    def respond(self, method: str, fields: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        self.books.calls.append((method, path))
        status, body = self.decide(method, path, fields)
        if self.books.loses_answers and method == "POST":
            self.close_connection = True
            self.connection.close()
            return
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def decide(self, method: str, path: str, fields: Any) -> tuple[int, Any]:
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return 401, error("invalid_request_error", "Invalid API Key provided")
        if self.books.fails_with:
            return self.books.fails_with, error("api_error", "An error occurred")
        key = self.headers.get("Idempotency-Key", "")
        asked = (method, path, fields)
        if key in self.books.kept:
            known, status, body = self.books.kept[key]
            if known != asked:
                return 400, error("idempotency_error", "Keys are for one request.")
            return status, body
        try:
            status, body = 200, public(self.books.answer(method, path, fields))
        except Refusal as refusal:
            status, body = refusal.status, error(refusal.kind, str(refusal))
        if key:
            self.books.kept[key] = (asked, status, body)
        return status, body

    def log_message(self, *_: Any) -> None:
        return None


def error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
