"""Pictures that show a product around: other designs, and a card with its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from django.core.cache import cache

from configurator.documents import render_thumbnail, text_width
from configurator.engine.canonical import configuration_sha256
from configurator.engine.model import Characteristic, Kind
from configurator.selectors.answers import read_choices
from configurator.selectors.fields import default_choices
from configurator.selectors.kept import has_own_words
from configurator.selectors.releases import LiveRelease, release_by_id
from configurator.selectors.texts import check_texts
from configurator.selectors.words import in_language
from configurator.services.errors import NotFoundError
from configurator.services.previews import KEPT_S, SHOWCASE_PX, preview_svg

N_VARIANTS = 4
CARD_PX, CARD_HEIGHT = 1200, 630
_HEAD = re.compile(r"<svg([^>]*?)(/?>.*)", re.DOTALL)
_SIZE = re.compile(r'\s(?:width|height|x|y)="[^"]*"')
_CODE = re.compile(r'data-(?:tint|when|text)="([a-z][a-z0-9_]*)')


@dataclass(frozen=True, slots=True)
class Variant:
    """A design, and the questions by which it differs from the others."""

    choices: Mapping[str, Any]
    codes: tuple[str, ...]


def list_variants(*, release: LiveRelease) -> tuple[Variant, ...]:
    """Give other designs of a product that can be made, each unlike the one before.

    They differ in what changes the picture most; everything else is as most choose it.
    """
    return _variants(release.definition_sha256, release.release_id)


@lru_cache(maxsize=128)
def _variants(definition_sha256: str, release_id: int) -> tuple[Variant, ...]:
    from configurator.engine import choices as engine  # noqa: PLC0415 -- slow import

    release = release_by_id(release_id)
    start = default_choices(release.definition)
    leading = _leading(release)
    found: list[Variant] = []
    for number in range(1, N_VARIANTS + 1):
        wanted: dict[str, Any] = {}
        for each in leading:
            state = engine.evaluate(release.compiled, wanted, with_prices=False)
            codes = [
                code
                for code, option in state.domains.get(each.code, {}).items()
                if option.available and code not in _used(found, start, each.code)
            ]
            if codes:
                wanted[each.code] = codes[(number * 3) % len(codes)]
        if wanted:
            found.append(Variant(_completed(release, wanted), tuple(wanted)))
    return tuple(found)


def _used(found: Sequence[Variant], start: Mapping[str, Any], code: str) -> set[Any]:
    """Name what was shown already; NONE is no picture."""
    return {"NONE", start.get(code), *(each.choices.get(code) for each in found)}


def _completed(release: LiveRelease, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    from configurator.engine import choices as engine  # noqa: PLC0415 -- slow import

    quantity = release.definition.quantity.minimum
    return engine.complete(
        release.compiled, dict(wanted), quantity=quantity, objective="POPULAR"
    )


def _leading(release: LiveRelease) -> list[Characteristic]:
    """Choose the two questions on which most of the drawing hangs, colours first."""
    mentioned = _CODE.findall(str(release.document.get("artwork") or ""))
    choices = [
        each
        for each in release.definition.characteristics
        if each.kind is Kind.CHOICE and len(each.options) > 1
    ]
    choices.sort(
        key=lambda each: (
            len(each.options) <= N_VARIANTS,
            -mentioned.count(each.code),
        )
    )
    tinted = [each for each in choices if any(one.tint for one in each.options)]
    others = [each for each in choices if each not in tinted and each.code in mentioned]
    return [*tinted[:1], *others[:1]] or choices[:1]


def variant_png(*, release_id: int, number: int) -> bytes:
    """Give the picture of one of a product's other designs; drawn once, then cached."""
    release = release_by_id(release_id)
    variants = list_variants(release=release)
    if not 0 <= number < len(variants):
        raise NotFoundError("There is no such picture.")
    key = f"variant:{release.definition_sha256}:{number}"
    found: bytes | None = cache.get(key)
    if found is None:
        svg = preview_svg(release_id=release_id, choices=variants[number].choices)
        found = render_thumbnail(svg, SHOWCASE_PX // 2)
        cache.set(key, found, KEPT_S)
    return found


def card_png(
    *, release_id: int, choices: Mapping[str, Any], site_name: str, language: str
) -> bytes:
    """Draw what other sites show of a product or a design: its picture and its name.

    A design that cannot be, or says what is not to be said, is shown as the product.
    Nobody's own words or pictures are kept: they may be erased any time.
    """
    release = release_by_id(release_id)
    shown, problems = read_choices(release.definition, choices)
    problems += check_texts(release.definition, shown, quantity=1)
    if problems or not shown:
        shown = default_choices(release.definition)
    sha256 = configuration_sha256(
        product=release.product, release=release.definition_sha256, choices=shown
    )
    key = f"card:{sha256}:{language}"
    found: bytes | None = cache.get(key)
    if found is None:
        card = _card(release, shown, site_name, language)
        found = render_thumbnail(card, CARD_PX)
        if not has_own_words(release.definition, shown):
            cache.set(key, found, KEPT_S)
    return found


def _card(
    release: LiveRelease, choices: Mapping[str, Any], site_name: str, language: str
) -> str:
    picture = str(preview_svg(release_id=release.release_id, choices=choices))
    inner = _placed(picture)
    name = in_language(release.definition.name, language)
    size = min(84.0, 84.0 * 500 / max(1.0, text_width(name, size=84, weight=800)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{CARD_PX}"'
        f' height="{CARD_HEIGHT}" viewBox="0 0 {CARD_PX} {CARD_HEIGHT}">'
        f'<rect width="{CARD_PX}" height="{CARD_HEIGHT}" fill="#f6f2e9"/>'
        f'<rect x="600" width="600" height="{CARD_HEIGHT}" fill="#ece5d8"/>{inner}'
        f'<text x="56" y="330" font-size="{size:.1f}" font-weight="800"'
        f' fill="#1e1b17">{escape(name)}</text>'
        '<text x="56" y="96" font-size="38" font-weight="800" fill="#2238cf">'
        f"{escape(site_name)}</text></svg>"
    )


def _placed(picture: str) -> str:
    """Give a drawing its place on the card; its own size is the first that it names."""
    head, rest = _HEAD.fullmatch(picture).groups()  # type: ignore[union-attr]
    head = _SIZE.sub("", head)
    return f'<svg x="640" y="55" width="520" height="520"{head}{rest}'
