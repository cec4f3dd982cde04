"""The countries that an order can be sent to, by their codes of ISO 3166."""

from __future__ import annotations

from collections.abc import Mapping
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
# Where no post office asks for a code.
WITHOUT_POSTCODE = frozenset(
    {"AE", "AG", "AO", "AW", "BF", "BI", "BJ", "BO", "BS", "BW", "BZ", "CD", "CF", "CG"}
    | {
        "CI",
        "CK",
        "CM",
        "CW",
        "DJ",
        "DM",
        "ER",
        "FJ",
        "GA",
        "GD",
        "GH",
        "GM",
        "GQ",
        "GY",
    }
    | {
        "HK",
        "IE",
        "JM",
        "KI",
        "KM",
        "KN",
        "KP",
        "LC",
        "LY",
        "ML",
        "MO",
        "MR",
        "MW",
        "NR",
    }
    | {
        "NU",
        "PA",
        "QA",
        "RW",
        "SB",
        "SC",
        "SL",
        "SR",
        "SS",
        "ST",
        "SX",
        "SY",
        "TD",
        "TG",
    }
    | {"TK", "TL", "TO", "TT", "TV", "UG", "VU", "YE", "ZW"}
)
# Where a state or a province is a part of each address.
WITH_REGION = frozenset({"AU", "BR", "CA", "CN", "IN", "JP", "MX", "US"})
# Where the code stands behind the town.
CODE_LAST = frozenset({"AU", "CA", "CN", "GB", "IE", "IN", "JP", "NZ", "TW", "US"})


def list_countries() -> list[tuple[str, str]]:
    """List countries by their code, named and sorted in the reader's language."""
    return _countries(get_language() or "en")


@lru_cache(maxsize=1)
def list_codes() -> tuple[str, ...]:
    """List the codes of the countries."""
    return tuple(sorted(code for code, _name in _countries("en")))


def needed_parts(country: str) -> tuple[str, ...]:
    """Name the parts that an address in a country cannot do without."""
    code = () if country in WITHOUT_POSTCODE else ("postcode",)
    region = ("region",) if country in WITH_REGION else ()
    return ("line1", *code, "city", *region)


def address_lines(address: Mapping[str, str | None]) -> list[str]:
    """Write an address as the post of its country reads it, the country last."""
    country = address.get("country") or ""
    code, city = address.get("postcode"), address.get("city")
    region = address.get("region")
    town = [city, region, code] if country in CODE_LAST else [code, city, region]
    lines = [
        address.get("line1"),
        address.get("line2"),
        " ".join(part for part in town if part),
        dict(list_countries()).get(country, country),
    ]
    return [line for line in lines if line]


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
