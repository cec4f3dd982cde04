"""The German texts: whole where customers read, compiled, with every placeholder."""

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import allauth
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

FOLDER = Path(settings.BASE_DIR) / "configurator" / "locale" / "de" / "LC_MESSAGES"
CUSTOMERS = (
    *(f"templates/{name}" for name in ("account", "configurator", "orders")),
    "configurator/views",
    "orders/forms.py",
    "orders/views",
)
# The order desk's pages stand beside the buyers', but only staff read them.
STAFF = ("templates/orders/desk", "templates/orders/_desk", "orders/views/desk")
Text = str | tuple[str, ...] | list[str] | None
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|<[^>]+>")


def messages() -> list[Message]:
    with (FOLDER / "django.po").open("rb") as file:
        return [each for each in read_po(file, locale="de") if each.id]


def texts(value: Text) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ("",))


def placeholders(value: Text) -> set[str]:
    """List what the last form, the plural where there is one, has to fill in."""
    return set(PLACEHOLDER.findall(texts(value)[-1]))


def test_what_a_customer_reads_is_translated():
    lacking = [
        each.id
        for each in messages()
        if any(
            place.startswith(CUSTOMERS) and not place.startswith(STAFF)
            for place, _line in each.locations
        )
        and not all(texts(each.string))
    ]

    assert lacking == []


def test_a_translation_keeps_its_placeholders():
    differing = [
        each.id
        for each in messages()
        if all(texts(each.string))
        and placeholders(each.string) != placeholders(each.id)
    ]

    assert differing == []


def test_the_compiled_texts_are_those_of_the_source():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    differing = [
        each.id
        for each in messages()
        if all(texts(each.string))
        and compiled.gettext(texts(each.id)[0]) != texts(each.string)[0]
        and not isinstance(each.id, tuple)
    ]

    assert differing == []


# Pages and mails of accounts come from a package; they speak as the shop does.
ACCOUNTS = ("account/", "mfa/", "templates/account/", "templates/mfa/")
OFFICE = ("account/admin.py",)
CASUAL = re.compile(
    r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich|gib|wähle|versuche|kontaktiere)\b"
)
UNHYPHENATED = re.compile(r"(?<![%(_{/:\"])\b[Ee]mails?\b(?![_)])")


def account_texts(language: str) -> Iterator[str]:
    """Give the texts about accounts as a reader of the language finds them."""
    source = Path(allauth.__file__).parent / "locale/de/LC_MESSAGES/django.po"
    with source.open("rb") as file, translation.override(language):
        for each in read_po(file, locale="de"):
            places = [place for place, _line in each.locations]
            if any(p.startswith(ACCOUNTS) and p not in OFFICE for p in places):
                yield from map(translation.gettext, texts(each.id))


def test_nobody_is_spoken_to_casually_about_an_account():
    found = list(account_texts("de"))

    assert len(found) > 100
    assert [text for text in found if CASUAL.search(text)] == []


def test_e_mail_is_spelt_in_one_way():
    assert [text for text in account_texts("en") if UNHYPHENATED.search(text)] == []
