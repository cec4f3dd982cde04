"""Every text that a customer may read is there in German, source by source."""

import gettext
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
GERMAN = ROOT / "configurator" / "locale" / "de" / "LC_MESSAGES" / "django.mo"
TEMPLATES = (
    "account",
    "allauth",
    "components",
    "configurator",
    "mail",
    "mfa",
    "orders",
)
PAGES = ("400", "403", "403_csrf", "404", "500", "base", "refused")
CODE = (
    *("configurator/views", "configurator/selectors", "configurator/documents.py"),
    *("configurator/services/pictures.py", "configurator/services/uploads.py"),
    *("orders/forms.py", "orders/views", "orders/mail", "orders/mails.py"),
    *("production/selectors/glances.py", "production/selectors/alternatives.py"),
)
# The order desk's pages stand beside the buyers', but only staff read them.
STAFF = (
    "desk",
    "_desk",
    "_work-card",
    "health",
    "examinations",
    "trials",
    "where_used",
    "rules",
    "sentences",
)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def customer_templates() -> list[Path]:
    found = [ROOT / "templates" / f"{name}.html" for name in PAGES]
    for folder in TEMPLATES:
        found += sorted((ROOT / "templates" / folder).rglob("*.html"))
        found += sorted((ROOT / "templates" / folder).rglob("*.txt"))
    return [path for path in found if not path.name.startswith(STAFF)]


def customer_code() -> list[Path]:
    found: list[Path] = []
    for name in CODE:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [p for p in found if p.exists() and not p.name.startswith(STAFF)]


def texts_of(path: Path) -> Iterator[str]:
    """Give the texts that a file asks to be translated."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        lines = templatize(source).splitlines()
        source = "\n".join(line.lstrip() for line in lines)
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
    for _line, message, _comments, _context in found:
        yield message[0] if isinstance(message, tuple) else message


@pytest.fixture(scope="module")
def german() -> gettext.GNUTranslations:
    with GERMAN.open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.mark.parametrize("kind", ["templates", "code"])
def test_each_text_that_a_customer_reads_is_there_in_german(german, kind):
    paths = customer_templates() if kind == "templates" else customer_code()
    known: dict[Any, str] = german._catalog

    lacking = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in paths
        for text in texts_of(path)
        if text and not (known.get(text) or known.get((text, 0)))
    }

    assert len(paths) > 20
    assert sorted(lacking) == []


def test_each_text_of_the_demo_catalogue_is_there_in_german():
    lacking = [
        f"{path.name}{place}: {words['en']}"
        for path in sorted((ROOT / "production/demo/products").glob("*.json"))
        for place, words in worded(json.loads(path.read_text(encoding="utf-8")))
        if not words.get("de")
    ]

    assert lacking == []


def worded(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Give every text of a document by language, with its place."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from worded(each, f"{place}[{number}]")
    elif isinstance(node, dict) and isinstance(node.get("en"), str):
        yield place, node
    elif isinstance(node, dict):
        for name, each in node.items():
            yield from worded(each, f"{place}.{name}")
