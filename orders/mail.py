"""The mails about an order, as plain text in the buyer's language."""

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_currency, get_currency_precision
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Order

TEMPLATES = ("placed", "paid", "quoted", "proof")


class UnknownTemplateError(ValueError):
    """No mail of that name exists."""


def render_mail(
    *, template: str, key: str, order: Order, answer: Mapping[str, Any]
) -> EmailMessage:
    """Render one mail; its id follows from the key, so a second copy is known as one.

    ``answer`` is the order in the shape of the API.
    """
    if template not in TEMPLATES:
        raise UnknownTemplateError(f"There is no mail called {template[:40]!r}.")
    with translation.override(order.language):
        return EmailMessage(
            subject=_subject(template, order),
            body=_body(template, order, answer),
            to=[order.customer_email],
            headers={"Message-ID": _message_id(key)},
        )


def _subject(template: str, order: Order) -> str:
    subjects = {
        "placed": _("Your order %(number)s"),
        "paid": _("Your order %(number)s is paid"),
        "quoted": _("Your quotation for order %(number)s"),
        "proof": _("Please look at the proof for order %(number)s"),
    }
    return subjects[template] % {"number": order.number}


def _body(template: str, order: Order, answer: Mapping[str, Any]) -> str:
    openings = {
        "placed": _("thank you for your order %(number)s."),
        "paid": _("we have received your payment for %(number)s and begin our work."),
        "quoted": _("we have worked out a price for your order %(number)s."),
        "proof": _("the proof for your order %(number)s waits for your approval."),
    }
    parts = [
        _("Hello %(name)s,") % {"name": order.customer_name},
        "",
        openings[template] % {"number": order.number},
        "",
        *(_line(line, order) for line in answer["lines"]),
        "",
        _("Total: %(total)s") % {"total": money(order.total_minor, order)},
        "",
        _("Your order: %(address)s") % {"address": site_address() + answer["url"]},
        "",
    ]
    return "\n".join(parts)


def _line(line: Mapping[str, Any], order: Order) -> str:
    text = f"{line['quantity']} × {line['name']}: {money(line['total_minor'], order)}"  # noqa: RUF001 -- the sign of multiplication
    promise = line["promise"]
    if promise is None:
        return text
    day = f"{promise['delivered_at']:%Y-%m-%d}"
    return f"{text}, {_('expected on %(day)s') % {'day': day}}"


def money(amount_minor: int | None, order: Order) -> str:
    """Write an amount in the buyer's language; an open one in words."""
    if amount_minor is None:
        return _("to be quoted")
    digits = get_currency_precision(order.currency)
    amount = amount_minor / 10**digits
    locale = order.language.replace("-", "_")
    return str(format_currency(amount, order.currency, locale=locale))


def site_address() -> str:
    """Tell where this shop is found."""
    origin: str = settings.WEB_ORIGIN
    if origin.startswith("http"):
        return origin.rstrip("/")
    return f"http://localhost{origin or f':{settings.PORT}'}"


def _message_id(key: str) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{key.replace(':', '.')}@{domain}>"
