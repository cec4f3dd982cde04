"""Pictures of products as configured, drawn from a release's artwork."""

import base64
import io
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from PIL import Image

from configurator.documents import Picture, render_preview, render_thumbnail
from configurator.engine.model import Kind
from configurator.models import Configuration, Upload
from configurator.selectors.designs import get_design, rebase
from configurator.selectors.fields import default_choices
from configurator.selectors.print_areas import name_of
from configurator.selectors.releases import live_release, release_by_id
from configurator.selectors.uploads import map_uploads
from configurator.services.errors import NotFoundError

THUMBNAIL_PX = 160
SHOWCASE_PX = 480
PAGE_PX = 240
MAIL_PX = 144
PROOF_PX = 960
# The longer side of a customer's picture within a preview.
SHOWN_PX = 1_200
# Every width that a configuration's picture is asked for, so that it can be forgotten.
WIDTHS_PX = (THUMBNAIL_PX, PAGE_PX, MAIL_PX, PROOF_PX)
KEPT_S = 7 * 24 * 3600


def preview_svg(
    *,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int | None = None,
    prefix: str = "",
    label: str = "",
    linked: Callable[[str], str] | None = None,
) -> SafeString:
    """Draw a product with its choices as inline SVG.

    ``linked`` gives the address of an upload's picture; without it the drawing holds
    the picture itself, for renderers that fetch nothing.
    """
    release = release_by_id(release_id)
    pictures = {
        each.code: name_of(choices[each.code])
        for each in release.definition.characteristics
        if each.kind is Kind.FILE and choices.get(each.code)
    }
    return render_preview(
        release.document,
        choices,
        quantity=quantity,
        images=_load(pictures, linked or _inline),
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


def upload_picture(*, token: str) -> tuple[bytes, str]:
    """Give an upload as previews show it, and its type."""
    upload = Upload.objects.filter(token=token).first()
    if upload is None:
        raise NotFoundError(_("There is no such upload."))
    return _shrink(upload), upload.content_type


def _load(
    tokens: Mapping[str, str], address: Callable[[str], str]
) -> dict[str, Picture]:
    if not tokens:
        return {}
    found = map_uploads(tokens=tokens.values())
    return {
        code: Picture(address(token), found[token].width_px, found[token].height_px)
        for code, token in tokens.items()
        if token in found
    }


def _inline(token: str) -> str:
    """Give an upload as an address that holds the picture itself."""
    content, content_type = upload_picture(token=token)
    return f"data:{content_type};base64," + base64.b64encode(content).decode()


def _shrink(upload: Upload) -> bytes:
    """Make a picture no larger than a screen shows; what is printed is the upload."""
    if max(upload.width_px, upload.height_px) <= SHOWN_PX:
        return bytes(upload.content)
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(bytes(upload.content))) as picture:
        picture.thumbnail((SHOWN_PX, SHOWN_PX))
        picture.save(buffer, picture.format or "PNG")
    return buffer.getvalue()
