"""Pictures of configurations, drawn on the server and kept by browsers for ever."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from configurator.selectors.fields import read_choices
from configurator.selectors.releases import release_by_id
from configurator.services.errors import NotFoundError
from configurator.services.previews import (
    PAGE_PX,
    showcase_png,
    thumbnail_png,
    upload_picture,
)
from configurator.services.showcases import card_png, variant_png

SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST_ID = 2**63 - 1  # SQLite cannot even be asked for more


@require_safe
@cache_control(max_age=31_536_000, immutable=True, private=True)
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponse:
    """Give the picture of a configuration; whoever knows its hash has seen it."""
    if not SHA256.fullmatch(sha256):
        raise Http404
    try:
        png = thumbnail_png(configuration_sha256=sha256, width_px=PAGE_PX)
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(png, content_type="image/png")


@require_safe
@cache_control(max_age=86_400, private=True)
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Give a customer's picture as previews show it; the token is the key to it."""
    try:
        content, content_type = upload_picture(token=token)
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(content, content_type=content_type)


@require_safe
@cache_control(max_age=31_536_000, immutable=True, public=True)
def showcase(request: HttpRequest, release_id: int, name: str) -> HttpResponse:
    """Give a product's picture in the shop; ``name`` changes with the release."""
    if release_id > LARGEST_ID:
        raise Http404
    try:
        png = showcase_png(release_id=release_id)
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(png, content_type="image/png")


@require_safe
@cache_control(max_age=31_536_000, immutable=True, public=True)
def variant(
    request: HttpRequest, release_id: int, name: str, number: int
) -> HttpResponse:
    """Give the picture of another design of a product, as the shop's front shows it."""
    if release_id > LARGEST_ID:
        raise Http404
    try:
        png = variant_png(release_id=release_id, number=number)
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(png, content_type="image/png")


@require_safe
@cache_control(max_age=31_536_000, immutable=True, public=True)
def card(
    request: HttpRequest, release_id: int, name: str, language: str
) -> HttpResponse:
    """Give the picture that other sites show beside a link to a product or a design."""
    if release_id > LARGEST_ID or language not in dict(settings.LANGUAGES):
        raise Http404
    try:
        release = release_by_id(release_id)
        png = card_png(
            release_id=release_id,
            choices=read_choices(release.definition, request.GET),
            site_name=settings.SITE_NAME,
            language=language,
        )
    except NotFoundError as error:
        raise Http404 from error
    return HttpResponse(png, content_type="image/png")
