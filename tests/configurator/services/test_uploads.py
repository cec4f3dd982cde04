"""Pictures are drawn anew; what is none is refused."""

import contextlib
import io
from datetime import timedelta

import pytest
from PIL import Image

from configurator.models import Design, Upload
from configurator.services import drawing
from configurator.services.configurations import pin_configuration
from configurator.services.uploads import (
    UploadError,
    forget_unused,
    safe_name,
    store_upload,
)
from tests.factories.catalogue import NOW, RED_MUG, make_release

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5">%s</svg>'


def picture(kind="PNG", mode="RGB", size=(40, 30), **options):
    buffer = io.BytesIO()
    Image.new(mode, size, "red").save(buffer, kind, **options)
    return buffer.getvalue()


def store(content, name="me.png"):
    return store_upload(content=content, file_name=name, now=NOW)


def reopened(upload):
    return Image.open(io.BytesIO(bytes(upload.content)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_kept_in_its_own_format(kind):
    upload = store(picture(kind))

    assert (upload.width_px, upload.height_px) == (40, 30)
    assert reopened(upload).format == kind


def test_metadata_does_not_survive():
    exif = Image.Exif()
    exif[0x010E] = "where I live"

    upload = store(picture("JPEG", exif=exif))

    assert b"where I live" not in bytes(upload.content)
    assert dict(reopened(upload).getexif()) == {}


def test_a_picture_taken_sideways_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    upload = store(picture("JPEG", exif=exif))

    assert (upload.width_px, upload.height_px) == (30, 40)


def test_transparency_survives():
    upload = store(picture(mode="RGBA"))

    assert reopened(upload).mode == "RGBA"


def test_a_drawing_becomes_pixels_without_its_scripts():
    upload = store(SVG % b'<script>alert(1)</script><rect width="5" height="5"/>')

    assert (upload.content_type, upload.width_px, upload.height_px) == (
        "image/png",
        2000,
        1000,
    )


def nested(n):
    return SVG % (b"<g>" * n + b"</g>" * n)


def copies(n_layers):
    """Each layer shows the one below ten times."""
    layers = b"".join(
        b'<g id="a%d">%s</g>' % (each, b'<use href="#a%d"/>' % (each - 1) * 10)
        for each in range(1, n_layers + 1)
    )
    return SVG % (b'<rect id="a0" width="1" height="1"/>' + layers)


@pytest.mark.parametrize(
    "content",
    [nested(100_000), nested(64), SVG % (b"<g/>" * 20_000)],
    ids=["far too deep", "too deep", "too many elements"],
)
def test_a_drawing_that_would_end_the_worker_is_refused(content):
    with pytest.raises(UploadError, match="cannot be read"):
        store(content)

    assert Upload.objects.count() == 0


def test_a_drawing_a_million_times_as_tall_as_wide_is_never_drawn_so():
    tall = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1000000">%s</svg>'

    with contextlib.suppress(UploadError):
        store(tall % b'<rect width="1" height="9"/>')

    assert Upload.objects.filter(height_px__gt=20_000).count() == 0


def test_a_drawing_of_copies_of_copies_does_not_keep_the_worker_busy(monkeypatch):
    monkeypatch.setattr(drawing, "PATIENCE_S", 1)

    with pytest.raises(UploadError, match="cannot be read"):
        store(copies(7))


def test_a_drawing_above_one_megabyte_is_refused():
    with pytest.raises(UploadError, match="1 MB") as caught:
        store(SVG % (b" " * 1024 * 1024))

    assert caught.value.status == 413


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"GIF89a" + b"\0" * 20,
        picture()[:60],
        picture("JPEG")[:200],
        b"<svg",
        b"<svg></svg>",
        SVG % b'<filter id="a"><feGaussianBlur stdDeviation="400"/></filter>',
        SVG % (b"<g>" * 20_000),
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        picture("GIF"),
    ],
    ids=range(11),
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(UploadError) as caught:
        store(content)

    assert (caught.value.status, caught.value.field) == (400, "file")
    assert Upload.objects.count() == 0


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded():
    bomb = picture(mode="1", size=(19_000, 19_000))

    with pytest.raises(UploadError, match="pixels"):
        store(bomb)


def test_a_file_above_the_limit_is_refused():
    with pytest.raises(UploadError) as caught:
        store(b"\x89PNG" + bytes(20 * 1024 * 1024))

    assert caught.value.status == 413


def test_a_name_is_kept_without_its_folders():
    assert safe_name("C:\\fakepath\\cat\u202e.png") == "cat.png"
    assert safe_name("../../etc/passwd") == "passwd"
    assert store(picture(), "x" * 300).file_name == "x" * 200


def test_a_picture_that_nothing_refers_to_is_deleted_after_seven_days():
    release = make_release()
    pinned, designed, forgotten = (store(picture(size=(900, 40))) for _ in range(3))
    choices = {**RED_MUG, "artwork": pinned.token}
    pin_configuration(product="mug", choices=choices, quantity=1, now=NOW)
    Design.objects.create(
        product=release.product,
        release=release,
        choices={"artwork": designed.token},
        created_at=NOW,
        updated_at=NOW,
    )

    assert forget_unused(now=NOW + timedelta(days=6)) == 0
    assert [forget_unused(now=NOW + timedelta(days=8)) for _ in range(2)] == [1, 0]

    assert set(Upload.objects.all()) == {pinned, designed}
    assert not Upload.objects.filter(pk=forgotten.pk).exists()
