"""Money and numbers in words, written the way the reader's language does."""

from functools import lru_cache
from typing import Any

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils.translation import get_language, to_locale


def written(amount_minor: int | None, currency: str, *, signed: bool = False) -> str:
    """Write an amount; nothing where there is none."""
    if amount_minor is None:
        return ""
    text = _written(abs(amount_minor), currency, get_language() or "en")
    # A word joiner keeps the sign on the line of its amount.
    if amount_minor < 0:
        return f"−\u2060{text}"  # noqa: RUF001 -- the minus sign, not a hyphen
    return f"+\u2060{text}" if signed else text


@lru_cache(maxsize=4096)
def _written(amount_minor: int, currency: str, language: str) -> str:
    amount = amount_minor / 10 ** get_currency_precision(currency)
    try:
        return str(format_currency(amount, currency, locale=to_locale(language)))
    except UnknownLocaleError:
        return str(format_currency(amount, currency, locale="en"))


def written_finely(amount_milli: int, currency: str) -> str:
    """Write thousandths of the smallest coin, with the decimals that they need."""
    amount = amount_milli / 1000 / 10 ** get_currency_precision(currency)
    fine: dict[str, Any] = {"currency_digits": False, "decimal_quantization": False}
    locale = to_locale(get_language() or "en")
    try:
        return str(format_currency(round(amount, 3), currency, locale=locale, **fine))
    except UnknownLocaleError:
        return str(format_currency(round(amount, 3), currency, locale="en", **fine))


def decimal(number: float) -> str:
    """Write a number with the reader's marks: "1,234.5" is "1.234,5" in German."""
    try:
        return str(format_decimal(number, locale=to_locale(get_language() or "en")))
    except UnknownLocaleError:
        return str(format_decimal(number, locale="en"))
