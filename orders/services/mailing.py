"""Sending mails: each leaves once, and one of which that is unsure is left to staff."""

from __future__ import annotations

import secrets
import smtplib
import socket
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.core.mail import EmailMessage, get_connection

from configurator.services.errors import NotFoundError
from configurator.services.previews import MAIL_PX, thumbnail_png
from orders.mail import render_mail, written_mail
from orders.models import Order, OrderMessage, OutboxMessage, Quotation
from orders.selectors.answers import describe_order
from orders.selectors.facts import OrderFacts, load_facts
from orders.services import outbox
from orders.states import QuotationState

MESSAGES_AT_ONCE = 100
# Few, so that what a mail tells is of this moment.
READ_AT_ONCE = 20
MOST_PICTURES = 12
WRITTEN = "written"
UNSURE = (
    "Sending began at {at:%Y-%m-%d %H:%M} UTC and was never confirmed: it may be sent."
)
# What a server answers before it takes a mail over: nothing was sent.
NOT_SENT = (
    ConnectionRefusedError,
    socket.gaierror,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPConnectError,
    smtplib.SMTPDataError,
    smtplib.SMTPHeloError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
)

Known = Mapping[int, OrderFacts]
log = structlog.get_logger(__name__)


class ServerAwayError(Exception):
    """No mail server takes anything over now."""


def keep_mail(*, to: str, subject: str, text: str, html: str, now: datetime) -> None:
    """Keep a mail that is written already, such as about an account, to be sent."""
    outbox.make_message(
        kind=outbox.MAIL,
        key=f"{WRITTEN}:{secrets.token_hex(16)}",
        order_id=None,
        payload={"to": to, "subject": subject, "text": text, "html": html},
        now=now,
    ).save()


def forget_mails(*, to: Collection[str]) -> None:
    """Drop the mails that wait for these addresses."""
    waiting = OutboxMessage.objects.filter(kind=outbox.MAIL, payload__to__in=list(to))
    waiting.delete()


def send_mails(
    *, now: datetime, real_now: datetime, limit: int = MESSAGES_AT_ONCE
) -> int:
    """Send waiting mails; tells how many left.

    That a mail begins to be sent is stored first. Whoever finds it begun and not done
    cannot know whether it left: it is parked for an admin, never sent twice. While no
    server answers all of them wait.
    """
    messages = outbox.lease(
        kind=outbox.MAIL, limit=limit, now=real_now, duration=outbox.LEASE
    )
    n_sent = 0
    known: Known = {}
    for place, message in enumerate(messages):
        if place % READ_AT_ONCE == 0:
            known = _read(messages[place : place + READ_AT_ONCE])
        if message.begun_at is not None:
            text = UNSURE.format(at=message.begun_at)
            outbox.park(message=message, error=text)
            log.error("mail_unsure", key=message.key)
            continue
        try:
            is_sent = _send(message, known, real_now)
        except ServerAwayError as error:
            log.warning("mail_server_away", error=str(error))
            rest = messages[place:]
            outbox.postpone(messages=rest, error=str(error), now=real_now)
            break
        if is_sent:
            n_sent += outbox.finish(messages=[message], now=now)
    return n_sent


def _read(messages: Sequence[OutboxMessage]) -> Known:
    """Read the orders of some mails at once.

    Where one of them cannot be read each is read by itself, so that it stops no other.
    """
    wanted = {message.order_id for message in messages if message.order_id is not None}
    try:
        return {
            facts.order.pk: facts
            for facts in load_facts(list(Order.objects.filter(pk__in=wanted)))
        }
    except Exception as error:
        log.warning("orders_not_read_at_once", error=str(error))
        return {}


def _send(message: OutboxMessage, known: Known, real_now: datetime) -> bool:
    """Send one mail; what raises is noted at it and stops no other."""
    try:
        mail = _render(message, known)
        if mail is None:
            return True
        mail.connection = get_connection()
        _open(mail.connection)
    except ServerAwayError:
        raise
    except Exception as error:
        _note_failure(message, error, real_now)
        return False
    outbox.begin(message=message, now=real_now)
    try:
        mail.send()
    except NOT_SENT as error:
        outbox.undo_begin(message=message)
        _note_failure(message, error, real_now)
    except Exception as error:
        log.exception("mail_unsure", key=message.key)
        text = f"{UNSURE.format(at=real_now)} {type(error).__name__}: {error}"
        outbox.park(message=message, error=text)
    else:
        return True
    finally:
        mail.connection.close()
    return False


def _open(connection: Any) -> None:
    try:
        connection.open()
    except OSError as error:
        raise ServerAwayError(f"{type(error).__name__}: {error}") from error


def _note_failure(message: OutboxMessage, error: Exception, real_now: datetime) -> None:
    log.exception("message_failed", kind=message.kind, key=message.key)
    text = f"{type(error).__name__}: {error}"
    outbox.fail(message_id=message.pk, error=text, now=real_now)


def _render(message: OutboxMessage, known: Known) -> EmailMessage | None:
    """Write the mail, or take it as written.

    None where its buyer was erased, or the line that it is about has gone meanwhile.
    """
    details = message.payload
    if message.key.startswith(f"{WRITTEN}:"):
        return written_mail(key=message.key, **details)
    order_id = message.order_id or 0
    facts = known.get(order_id) or load_facts([Order.objects.get(pk=order_id)])[0]
    order = facts.order
    gone = [each.line.pk for each in facts.lines if each.line.cancelled_at]
    if not order.customer_email or details.get("line") in gone:
        return None
    hashes = {each.line.configuration.sha256 for each in facts.lines[:MOST_PICTURES]}
    return render_mail(
        template=details["template"],
        key=message.key,
        order=order,
        answer=describe_order(facts=facts, language=order.language),
        pictures=_draw(hashes),
        line_id=details.get("line"),
        shipment=details.get("shipment", ""),
        expected=details.get("expected", ""),
        words=_find_words(details),
        was_minor=details.get("was_minor"),
        back_minor=details.get("back_minor", 0),
        cancelled=details.get("cancelled", ()),
    )


def _find_words(details: Mapping[str, Any]) -> str:
    """Give what somebody has written to the buyer, by itself or with a quotation."""
    if "quotation" in details:
        offers = Quotation.objects.filter(
            number=details["quotation"], state=QuotationState.SENT
        )
        return offers.values_list("note", flat=True).first() or ""
    message_id = details.get("message")
    found = OrderMessage.objects.filter(pk=message_id).first() if message_id else None
    return found.text if found else ""


def _draw(hashes: set[str]) -> dict[str, bytes]:
    """Draw what was ordered; a mail without a picture is better than none."""
    pictures = {}
    for sha256 in sorted(hashes):
        try:
            pictures[sha256] = thumbnail_png(
                configuration_sha256=sha256, width_px=MAIL_PX
            )
        except (NotFoundError, ValueError) as error:
            log.warning("picture_not_drawn", sha256=sha256, error=str(error))
    return pictures
