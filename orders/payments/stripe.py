"""Stripe Checkout over its HTTP API: the buyer pays on Stripe's own page."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from django.conf import settings

from orders.payments import signatures
from orders.payments.port import (
    Answer,
    Charge,
    ForgedNoticeError,
    Notice,
    ProviderDownError,
    ProviderRefusedError,
    Standing,
    UnknownNoticeError,
)

SIGNATURE_HEADER = "Stripe-Signature"
VERSION = "2024-06-20"
TIMEOUT_S = 10
LONGEST_ANSWER = 1_000_000
SESSION, INTENT = "checkout.session", "payment_intent"
NAME = re.compile(r"(cs|pi|re|ch|pyr)_[A-Za-z0-9_]{1,250}")
# How a payment intent stands; an attempt that failed can be followed by another.
STANDINGS = {
    "requires_capture": Standing.AUTHORISED,
    "succeeded": Standing.CAPTURED,
    "canceled": Standing.VOIDED,
}


class StripeProvider:
    """Sets the money aside on Stripe's page, takes it once that is recorded here."""

    is_remote: bool = True
    is_hosted: bool = True
    outcomes: tuple[str, ...] = ()

    def begin(self, charge: Charge) -> Answer:
        """Open a checkout session."""
        fields = {
            "mode": "payment",
            "client_reference_id": charge.order_number,
            "locale": charge.language if charge.language in ("en", "de") else "auto",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": charge.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(charge.amount_minor),
            "line_items[0][price_data][product_data][name]": charge.order_number,
            "payment_intent_data[capture_method]": "manual",
            "payment_intent_data[metadata][charge]": charge.key,
            "metadata[charge]": charge.key,
            "success_url": charge.return_url,
            "cancel_url": charge.return_url,
        }
        return read_object(_call("checkout/sessions", fields, key=charge.key))

    def look_up(self, charge: Charge, *, reference: str) -> Answer:
        """Ask for the session with its payment intent, or for the intent itself."""
        path, query = _path_of(reference), ""
        if reference.startswith("cs_"):
            query = "?expand%5B%5D=payment_intent"
        return read_object(_call(path + query))

    def capture(self, charge: Charge, *, reference: str) -> Answer:
        """Take the money; an intent that was captured before is told as such."""
        fields = {"amount_to_capture": str(charge.amount_minor)}
        try:
            found = _call(
                f"{_path_of(reference)}/capture", fields, key=f"{charge.key}-capture"
            )
        except ProviderRefusedError:
            answer = self.look_up(charge, reference=reference)
            if answer.standing is Standing.CAPTURED:
                return answer
            raise
        return read_object(found)

    def void(self, charge: Charge, *, reference: str) -> Answer:
        """Cancel the intent, or end the session before it has one."""
        known = self.look_up(charge, reference=reference)
        if known.standing in (Standing.CAPTURED, Standing.VOIDED, Standing.DECLINED):
            return known
        is_session = known.reference.startswith("cs_")
        verb = "expire" if is_session else "cancel"
        path = f"{_path_of(known.reference)}/{verb}"
        return read_object(_call(path, {}, key=f"{charge.key}-{verb}"))

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> str:
        """Refund part or all of a payment intent."""
        fields = {"payment_intent": reference, "amount": str(amount_minor)}
        found = _call("refunds", fields, key=key)
        if found.get("status") in ("failed", "canceled"):
            raise ProviderRefusedError(f"The refund {key} is {found['status']}.")
        return str(found.get("id", ""))

    def read_notice(
        self, *, headers: Mapping[str, str], body: bytes, real_now: datetime
    ) -> Notice:
        """Check the signature, then read the event's session or payment intent."""
        signatures.check(
            body,
            header=headers.get(SIGNATURE_HEADER, ""),
            secret=settings.STRIPE_WEBHOOK_SECRET,
            real_now=real_now,
        )
        try:
            found = json.loads(body)["data"]["object"]
            key = str((found.get("metadata") or {})["charge"])
            return Notice(key, read_object(found))
        except (ValueError, RecursionError) as error:
            raise ForgedNoticeError("The notice is no JSON.") from error
        except (KeyError, TypeError, AttributeError, ProviderDownError) as error:
            raise UnknownNoticeError("The notice is about no charge.") from error


def read_object(found: Mapping[str, Any]) -> Answer:
    """Tell from a session or a payment intent how the charge stands."""
    kind = found.get("object")
    if kind == INTENT:
        return _read_intent(found)
    if kind != SESSION:
        raise ProviderDownError(f"Stripe sent a {str(kind)[:40]!r}.")
    intent = found.get("payment_intent")
    if isinstance(intent, Mapping) and intent.get("status") in STANDINGS:
        return _read_intent(intent)
    ended = found.get("status") == "expired"
    return Answer(
        Standing.VOIDED if ended else Standing.PENDING,
        str(found["id"]),
        int(found.get("amount_total") or 0),
        "" if ended else str(found.get("url") or ""),
    )


def _read_intent(found: Mapping[str, Any]) -> Answer:
    standing = STANDINGS.get(str(found.get("status")), Standing.PENDING)
    is_taken = standing is Standing.CAPTURED
    amount = found.get("amount_received" if is_taken else "amount")
    return Answer(standing, str(found["id"]), int(amount or 0))


def _path_of(reference: str) -> str:
    if not NAME.fullmatch(reference):
        raise ProviderRefusedError(f"{reference[:40]!r} is no charge of Stripe's.")
    kind = "checkout/sessions" if reference.startswith("cs_") else "payment_intents"
    return f"{kind}/{quote(reference)}"


class _NoRedirects(HTTPRedirectHandler):
    """An API that sends its callers elsewhere is not the one that was meant."""

    def redirect_request(self, *_words: Any, **_more: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_NoRedirects)


def _call(
    path: str, fields: Mapping[str, str] | None = None, *, key: str = ""
) -> dict[str, Any]:
    """Make one call; POST where there are fields, under a key that makes it once."""
    base = settings.STRIPE_API_BASE
    if urlsplit(base).scheme not in ("http", "https") or not settings.STRIPE_SECRET_KEY:
        raise ProviderDownError("Stripe is not set up.")
    headers = {
        "Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}",
        "Stripe-Version": VERSION,
        **({"Idempotency-Key": key} if key else {}),
    }
    content = None if fields is None else urlencode(fields).encode()
    request = Request(f"{base}/v1/{path}", data=content, headers=headers)  # noqa: S310 -- the scheme was checked
    try:
        with _opener().open(request, timeout=TIMEOUT_S) as response:
            text = response.read(LONGEST_ANSWER)
    except HTTPError as error:
        with error:
            raise _refusal(error.code, error.read(LONGEST_ANSWER)) from error
    except (URLError, http.client.HTTPException, OSError) as error:
        raise ProviderDownError(f"Stripe does not answer: {error}") from error
    return _read_json(text)


def _refusal(status: int, text: bytes) -> Exception:
    """Tell what will stay refused from what may go well another time."""
    try:
        message = str(_read_json(text)["error"]["message"])[:200]
    except (KeyError, TypeError, ProviderDownError):
        message = f"status {status}"
    # 409: the same key is being worked on; 429: too many calls.
    if status >= 500 or status in (409, 429) or 300 <= status < 400:
        return ProviderDownError(message)
    return ProviderRefusedError(message)


def _read_json(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProviderDownError("Stripe sent no JSON.") from error
    if not isinstance(found, dict):
        raise ProviderDownError("Stripe sent no object.")
    return found
