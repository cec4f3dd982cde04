"""The mails about an order, as text and as HTML, in the buyer's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.selectors.money import written
from configurator.selectors.times import written_day, written_window
from orders.models import Order
from orders.selectors.balances import balance_of
from orders.selectors.erasures import name_of
from orders.selectors.quotations import written_terms
from orders.states import Delivery, QuotationState, Stage


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of mail says; every text may name the order's number."""

    subject: Any
    opening: Any
    # What the button leads to is always the order's page.
    button: Any


TO_THE_ORDER = gettext_lazy("To your order")
TEMPLATES: Mapping[str, Words] = {
    "placed": Words(
        gettext_lazy("Your order %(number)s"),
        gettext_lazy("thank you for your order %(number)s."),
        TO_THE_ORDER,
    ),
    "paid": Words(
        gettext_lazy("Your order %(number)s is paid"),
        gettext_lazy(
            "we have received your payment for %(number)s and begin our work."
        ),
        gettext_lazy("See how far it is"),
    ),
    "on_invoice": Words(
        gettext_lazy("We begin with your order %(number)s"),
        gettext_lazy("we begin with your order %(number)s; you pay for it on invoice."),
        gettext_lazy("See how far it is"),
    ),
    "changed": Words(
        gettext_lazy("Your order %(number)s is changed"),
        gettext_lazy("we have changed a part of your order %(number)s as you wish."),
        TO_THE_ORDER,
    ),
    "cancelled": Words(
        gettext_lazy("Cancelled: order %(number)s"),
        gettext_lazy("of your order %(number)s this is cancelled and is not made:"),
        TO_THE_ORDER,
    ),
    "expired": Words(
        gettext_lazy("Your order %(number)s has ended unpaid"),
        gettext_lazy(
            "your order %(number)s was not paid in time and has ended; nothing of it "
            "is made, and you owe nothing. On its page you can order it again."
        ),
        TO_THE_ORDER,
    ),
    "quoted": Words(
        gettext_lazy("Your quotation for order %(number)s"),
        gettext_lazy("we have worked out a price for your order %(number)s."),
        gettext_lazy("Look at the quotation"),
    ),
    "proof": Words(
        gettext_lazy("Please look at the proof for order %(number)s"),
        gettext_lazy("the proof for your order %(number)s waits for your approval."),
        gettext_lazy("Look at the proof"),
    ),
    "message": Words(
        gettext_lazy("A message about your order %(number)s"),
        gettext_lazy("we have written to you about your order %(number)s:"),
        gettext_lazy("Read and answer it"),
    ),
    "delayed": Words(
        gettext_lazy("Your order %(number)s takes longer"),
        gettext_lazy(
            "we are sorry: a part of your order %(number)s takes longer than we "
            "promised. We go on with it before others."
        ),
        gettext_lazy("See the new day"),
    ),
    "remake": Words(
        gettext_lazy("We make it again: order %(number)s"),
        gettext_lazy(
            "we are sorry that something of order %(number)s arrived wrong. We make it "
            "again, free of charge and before others."
        ),
        gettext_lazy("See how far it is"),
    ),
    "refunded": Words(
        gettext_lazy("Money back for order %(number)s"),
        gettext_lazy(
            "we are sorry that something of order %(number)s arrived wrong. What you "
            "paid for it comes back to you."
        ),
        TO_THE_ORDER,
    ),
    "declined": Words(
        gettext_lazy("Your complaint about order %(number)s"),
        gettext_lazy("we have looked at your complaint about order %(number)s."),
        gettext_lazy("Read our answer"),
    ),
    "files": Words(
        gettext_lazy("Your files are ready: order %(number)s"),
        gettext_lazy(
            "the files of your order %(number)s are ready for you to take away."
        ),
        gettext_lazy("To your files"),
    ),
    "fetch": Words(
        gettext_lazy("Your order %(number)s is ready to be fetched"),
        gettext_lazy("a part of your order %(number)s waits for you at our works."),
        TO_THE_ORDER,
    ),
    "shipped": Words(
        gettext_lazy("Your order %(number)s is on its way"),
        gettext_lazy("a parcel of your order %(number)s has left our works."),
        TO_THE_ORDER,
    ),
}
KINDS = ("txt", "html")
# What is about some lines only, and the order's total would mislead.
WITHOUT_TOTAL = frozenset(
    {"cancelled", "delayed", "expired", "fetch", "files", "message", "shipped"}
    | {"remake", "refunded", "declined", "quoted"}
)
# Nobody waits for what they are about.
WITHOUT_WINDOW = frozenset({"cancelled", "expired"})


class UnknownTemplateError(ValueError):
    """No mail of that name exists."""


def render_mail(
    *,
    template: str,
    key: str,
    order: Order,
    answer: Mapping[str, Any],
    pictures: Mapping[str, bytes] | None = None,
    line_id: int | None = None,
    shipment: str = "",
    expected: str = "",
    words: str = "",
    was_minor: int | None = None,
    back_minor: int = 0,
    cancelled: Sequence[Mapping[str, Any]] = (),
) -> EmailMultiAlternatives:
    """Render one mail; its id follows from the key, so a second copy is known as one.

    ``answer`` is the order in the shape of the API, ``pictures`` are PNGs by the hash
    of the configuration that they show. ``line_id`` or ``shipment`` say what it is
    about, where that is not all; ``expected`` is the day expected instead of promised,
    ``words`` what somebody has written. Of a change ``was_minor`` is what the order
    came to before, and ``back_minor`` comes back for it. ``cancelled`` are lines with
    how many of them are made no more, and what those came to.
    """
    said = _find_words(template)
    parcel = _find_shipment(answer, shipment)
    chosen = parcel["lines"] if parcel else ([line_id] if line_id else None)
    lines = _cut(answer, cancelled) if cancelled else _choose(answer, chosen)
    with translation.override(order.language):
        context = {
            "subject": said.subject % {"number": order.number},
            "language": order.language,
            "greeting": _("Hello %(name)s,") % {"name": name_of(order)},
            "opening": said.opening % {"number": order.number},
            "words": words,
            "window": "" if template in WITHOUT_WINDOW else _window(order),
            "lines": _lines(_offer(lines, template), order, pictures or {}, expected),
            "parcels": parcel["parcels"] if parcel else [],
            "total": "" if template in WITHOUT_TOTAL else _total(order),
            "settled": _settled(order, was_minor, back_minor),
            "address": site_address() + answer["url"],
            "button": said.button,
            "shop": settings.SITE_NAME,
        }
        text, html = (render_to_string(f"mail/mail.{kind}", context) for kind in KINDS)
    to, subject = order.customer_email, context["subject"]
    mail = written_mail(key=key, to=to, subject=subject, text=text, html=html)
    _attach(mail, context["lines"], pictures or {})
    return mail


def _find_words(template: str) -> Words:
    words = TEMPLATES.get(template)
    if words is None:
        raise UnknownTemplateError(f"There is no mail called {template[:40]!r}.")
    return words


def written_mail(
    *, key: str, to: str, subject: str, text: str, html: str
) -> EmailMultiAlternatives:
    """Give a mail whose words are there already."""
    mail = EmailMultiAlternatives(
        subject=subject, body=text, to=[to], headers={"Message-ID": _message_id(key)}
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _find_shipment(answer: Mapping[str, Any], number: str) -> Mapping[str, Any] | None:
    shipments = answer["shipments"]
    return next((each for each in shipments if each["number"] == number), None)


def _choose(
    answer: Mapping[str, Any], chosen: list[int] | None
) -> list[Mapping[str, Any]]:
    """Select the lines that a mail is about, or all that are not cancelled."""
    return [
        line
        for line in answer["lines"]
        if (
            line["stage"] != Stage.CANCELLED if chosen is None else line["id"] in chosen
        )
    ]


def _cut(
    answer: Mapping[str, Any], cancelled: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Give lines as what was cancelled of them: so many, and on no day."""
    parts = {part["id"]: part for part in cancelled}
    return [
        {**line, **parts[line["id"]], "promise": None}
        for line in answer["lines"]
        if line["id"] in parts
    ]


def _offer(
    lines: Sequence[Mapping[str, Any]], template: str
) -> Sequence[Mapping[str, Any]]:
    """Give lines with what a quotation offers for them, at its price."""
    if template != "quoted":
        return lines
    return [
        {**line, "total_minor": offer["total_minor"], "offer": offer}
        if (offer := line["quotation"]) and offer["state"] == QuotationState.SENT
        else line
        for line in lines
    ]


def _lines(
    lines: Sequence[Mapping[str, Any]],
    order: Order,
    pictures: Mapping[str, bytes],
    expected: str,
) -> list[dict[str, Any]]:
    return [
        {
            "quantity": line["quantity"],
            "name": line["name"],
            "total": money(line["total_minor"], order),
            "day": _day(line, expected),
            "terms": written_terms(offer, order.currency)
            if (offer := line.get("offer"))
            else [],
            "sha256": line["configuration"]["sha256"],
            "has_picture": line["configuration"]["sha256"] in pictures,
        }
        for line in lines
    ]


def _window(order: Order) -> str:
    if not order.window_from or not order.window_to:
        return ""
    window = written_window(order.window_from, order.window_to)
    return f"{capfirst(Delivery(order.delivery).label)}: {window}"


def _day(line: Mapping[str, Any], expected: str) -> str:
    """Say when a line is expected; of one that is there, only what comes anew."""
    promise = line["promise"]
    if promise is None or (line["stage"] == Stage.DELIVERED and not expected):
        return ""
    at = datetime.fromisoformat(expected) if expected else promise["delivered_at"]
    return _("expected on %(day)s") % {"day": written_day(at)}


def _total(order: Order) -> str:
    """Say what an order comes to, and what of it is due before it is shipped."""
    words = {"total": money(order.total_minor, order)}
    due_minor = balance_of(order)
    if not due_minor:
        return _("Total: %(total)s") % words
    text = _("Total: %(total)s, of which %(due)s are to be paid before we ship")
    return text % {**words, "due": money(due_minor, order)}


def _settled(order: Order, was_minor: int | None, back_minor: int) -> list[str]:
    """Say what an order came to before it was changed, and what comes back."""
    found = []
    if was_minor is not None and was_minor != order.total_minor:
        found.append(
            _("Before the change: %(total)s") % {"total": money(was_minor, order)}
        )
    if back_minor:
        words = {"amount": money(back_minor, order)}
        found.append(_("%(amount)s come back to you.") % words)
    return found


def _attach(
    mail: EmailMultiAlternatives,
    lines: list[dict[str, Any]],
    pictures: Mapping[str, bytes],
) -> None:
    """Put each picture into the mail itself: no server is asked to show it."""
    for sha256 in dict.fromkeys(line["sha256"] for line in lines):
        if sha256 in pictures:
            image = MIMEImage(pictures[sha256], "png")
            image.add_header("Content-ID", f"<{sha256}>")
            image.add_header("Content-Disposition", "inline", filename="picture.png")
            mail.attach(image)


def money(amount_minor: int | None, order: Order) -> str:
    """Write an amount in the buyer's language; an open one in words."""
    return written(amount_minor, order.currency) or _("to be quoted")


def site_address() -> str:
    """Tell where this shop is found."""
    origin: str = settings.WEB_ORIGIN
    if origin.startswith("http"):
        return origin.rstrip("/")
    return f"http://localhost{origin or f':{settings.PORT}'}"


def _message_id(key: str) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{key.replace(':', '.')}@{domain}>"
