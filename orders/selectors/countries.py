"""The countries that an order can be sent to, by their codes of ISO 3166."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from django.utils.translation import get_language, to_locale

# What Babel lists as territories without their being countries to send to.
NO_COUNTRIES = frozenset(
    {"AC", "AQ", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN"}
    | {"XA", "XB", "ZZ"}
)
FIRST = "DE"


def list_countries() -> list[tuple[str, str]]:
    """List countries by their code, named and sorted in the reader's language."""
    return _countries(get_language() or "en")


@lru_cache(maxsize=1)
def list_codes() -> tuple[str, ...]:
    """List the codes of the countries."""
    return tuple(sorted(code for code, _name in _countries("en")))


def is_country(code: object) -> bool:
    """Say whether a code names a country, written as ISO 3166 writes it."""
    return code in list_codes()


@lru_cache(maxsize=8)
def _countries(language: str) -> list[tuple[str, str]]:
    try:
        locale = Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    named = [
        (code, name)
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    ]
    return sorted(named, key=lambda pair: (pair[0] != FIRST, pair[1]))
