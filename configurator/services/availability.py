"""Selling an option out, and having it back, without a new release."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from configurator.engine.model import Definition
from configurator.models import Availability
from configurator.selectors.availability import OptionAvailability
from configurator.selectors.releases import LiveRelease, live_release
from configurator.services.errors import DomainError


class UnknownOptionError(DomainError):
    """The product has no such option, or several of that code."""

    code = "unknown"


def set_availability(
    *,
    product: str,
    option: str,
    available: bool,
    now: datetime,
    characteristic: str = "",
    back_on: date | None = None,
) -> OptionAvailability:
    """Sell one option out, or have it back; the latest word counts.

    The characteristic may be left out where only one has an option of that code.
    """
    release, name = check_option(
        product=product,
        characteristic=characteristic,
        option=option,
        available=available,
        back_on=back_on,
    )
    Availability.objects.update_or_create(
        product_id=release.product_id,
        characteristic=name,
        option=option,
        defaults={
            "is_available": available,
            "back_on_date": back_on,
            "updated_at": now,
        },
    )
    return OptionAvailability(product, name, option, available, back_on)


def check_option(
    *,
    product: str,
    characteristic: str,
    option: str,
    available: bool,
    back_on: date | None,
) -> tuple[LiveRelease, str]:
    """Give the release and the characteristic that are meant, or raise."""
    release = live_release(product)
    name = characteristic or _characteristic_of(release.definition, option)
    _check_option(release.definition, name, option)
    if available and back_on is not None:
        text = _("An option that is available needs no date of return.")
        raise DomainError(text, field="back_on")
    return release, name


def _characteristic_of(definition: Definition, option: str) -> str:
    names = [
        each.code for each in definition.characteristics if option in each.positions
    ]
    if not names:
        text = _("This product has no option “%(option)s”.")
        raise UnknownOptionError(text % {"option": option}, field="option")
    if len(names) > 1:
        text = _("Name the characteristic: %(names)s have an option “%(option)s”.")
        words = {"names": ", ".join(names), "option": option}
        raise UnknownOptionError(text % words, field="characteristic")
    return names[0]


def _check_option(definition: Definition, name: str, option: str) -> None:
    characteristic = definition.by_code.get(name)
    if characteristic is None:
        text = _("This product has no characteristic “%(code)s”.")
        raise UnknownOptionError(text % {"code": name}, field="characteristic")
    if option not in characteristic.positions:
        text = _("“%(name)s” has no option “%(option)s”.")
        words = {"name": name, "option": option}
        raise UnknownOptionError(text % words, field="option")
