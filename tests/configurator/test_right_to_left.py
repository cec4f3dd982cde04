"""The shop can be read from right to left: pages say so, and no style knows left."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories.catalogue import make_release

ROOT = Path(settings.BASE_DIR)
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)"
    r"-(?:left|right)|(?:left|right)\s*:|text-align:\s*(?:left|right)"
    r"|float:\s*(?:left|right))"
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/shop/mug/", "/how-it-is-made/", "/cart/"])
def test_a_language_written_from_the_right_turns_the_page(client, settings, path):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Pseudo")]
    make_release()

    turned = client.get(path, headers={"Accept-Language": "ar"}).content.decode()
    plain = client.get(path, headers={"Accept-Language": "de"}).content.decode()

    assert '<html lang="ar" dir="rtl"' in turned
    assert "dir=" not in plain[plain.index("<html") : plain.index("<head>")]


def test_styles_speak_of_start_and_end_not_of_left_and_right():
    found = [
        f"{path.relative_to(ROOT)}: {physical}"
        for app in ("configurator", "orders", "production")
        for path in sorted((ROOT / app / "static").rglob("*.css"))
        for physical in PHYSICAL.findall(path.read_text(encoding="utf-8"))
    ]

    assert found == []
