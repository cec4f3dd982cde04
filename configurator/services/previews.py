"""Pictures of products as configured, drawn from a release's artwork."""

import base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from configurator.documents import render_preview, render_thumbnail
from configurator.engine.model import Kind
from configurator.models import Configuration, Upload
from configurator.selectors.designs import get_design, rebase
from configurator.selectors.fields import default_choices
from configurator.selectors.releases import live_release, release_by_id
from configurator.services.errors import NotFoundError

THUMBNAIL_PX = 160
SHOWCASE_PX = 480
PAGE_PX = 240
MAIL_PX = 144
# Every width that a configuration's picture is asked for, so that it can be forgotten.
WIDTHS_PX = (THUMBNAIL_PX, PAGE_PX, MAIL_PX)
KEPT_S = 7 * 24 * 3600


def preview_svg(
    *,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int | None = None,
    prefix: str = "",
    label: str = "",
) -> SafeString:
    """Draw a product with its choices as inline SVG."""
    release = release_by_id(release_id)
    pictures = {
        each.code: choices[each.code]
        for each in release.definition.characteristics
        if each.kind is Kind.FILE and choices.get(each.code)
    }
    return render_preview(
        release.document,
        choices,
        quantity=quantity,
        images=_inline(pictures),
        prefix=prefix,
        label=label,
    )


def showcase_svg(*, release_id: int, prefix: str = "") -> SafeString:
    """Draw a product as it is offered: with the answers that it starts from."""
    release = release_by_id(release_id)
    return _showcase(release.definition_sha256, release_id, prefix)


def showcase_png(*, release_id: int, width_px: int = SHOWCASE_PX) -> bytes:
    """Give the picture of a product as offered, as PNG; drawn once, then cached."""
    key = f"showcase:{release_by_id(release_id).definition_sha256}:{width_px}"
    found: bytes | None = cache.get(key)
    if found is None:
        found = render_thumbnail(showcase_svg(release_id=release_id), width_px)
        cache.set(key, found, KEPT_S)
    return found


@lru_cache(maxsize=256)
def _showcase(definition_sha256: str, release_id: int, prefix: str) -> SafeString:
    choices = default_choices(release_by_id(release_id).definition)
    return preview_svg(release_id=release_id, choices=choices, prefix=prefix)


def forget_thumbnails(*, hashes: Iterable[str]) -> None:
    """Let pictures be drawn anew that were kept."""
    cache.delete_many(
        f"thumbnail:{sha256}:{width_px}" for sha256 in hashes for width_px in WIDTHS_PX
    )


def thumbnail_png(*, configuration_sha256: str, width_px: int = THUMBNAIL_PX) -> bytes:
    """Give the picture of a configuration as PNG; drawn once, then cached."""
    key = f"thumbnail:{configuration_sha256}:{width_px}"
    found: bytes | None = cache.get(key)
    if found is not None:
        return found
    configuration = Configuration.objects.filter(sha256=configuration_sha256).first()
    if configuration is None:
        raise NotFoundError(_("There is no such configuration."))
    svg = preview_svg(
        release_id=configuration.release_id, choices=configuration.choices
    )
    png = render_thumbnail(svg, width_px)
    cache.set(key, png, KEPT_S)
    return png


def design_png(*, token: str, width_px: int = PAGE_PX) -> bytes:
    """Give the picture of a saved design, drawn in the release on sale."""
    design = get_design(token=token)
    release = live_release(design.product.slug)
    key = f"design:{release.release_id}:{design.pk}:{design.updated_at.timestamp()}"
    found: bytes | None = cache.get(key)
    if found is None:
        choices, _lost = rebase(release, design.choices)
        svg = preview_svg(release_id=release.release_id, choices=choices)
        found = render_thumbnail(svg, width_px)
        cache.set(key, found, KEPT_S)
    return found


def _inline(tokens: Mapping[str, str]) -> dict[str, str]:
    """Give uploads as addresses that hold the picture itself."""
    if not tokens:
        return {}
    rows = {row.token: row for row in Upload.objects.filter(token__in=tokens.values())}
    return {
        code: f"data:{rows[token].content_type};base64,"
        + base64.b64encode(bytes(rows[token].content)).decode()
        for code, token in tokens.items()
        if token in rows
    }
