"""Pictures from outside: re-encoded, never kept as they came."""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from configurator.models import Configuration, Design, Upload
from configurator.selectors.print_areas import name_of
from configurator.services.drawing import DrawingError, draw_apart
from configurator.services.errors import DomainError

LARGEST_BYTES = 20 * 1024 * 1024
LARGEST_SVG_BYTES = 1024 * 1024
MOST_PIXELS = 40_000_000
# How long a picture waits for a design or a cart to refer to it.
KEPT_UNUSED = timedelta(days=7)
LONGEST_SIDE_PX = 20_000
FORMATS = ("PNG", "JPEG")
SVG_START = re.compile(rb"\s*(<\?xml|<!--|<svg|<!DOCTYPE svg)", re.IGNORECASE)


class UploadError(DomainError):
    """A file that is no picture, or one too large to take."""

    code = "upload"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message, field="file", status=status)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we drew it ourselves."""

    content: bytes
    content_type: str
    width_px: int
    height_px: int


def store_upload(*, content: bytes, file_name: str, now: datetime) -> Upload:
    """Keep a PNG, a JPEG or an SVG, drawn anew so that nothing hides in it."""
    return keep_picture(picture=draw_picture(content), file_name=file_name, now=now)


def draw_picture(content: bytes) -> Picture:
    """Draw what was sent anew.

    Takes up to seconds, so a caller with a transaction does it before that begins.
    """
    if len(content) > LARGEST_BYTES:
        raise UploadError(_("A picture may have at most 20 MB."), status=413)
    if not content:
        raise UploadError(_("The file is empty."))
    if SVG_START.match(content.removeprefix(b"\xef\xbb\xbf")):
        content = draw_svg(content)
    return draw_again(content)


def keep_picture(*, picture: Picture, file_name: str, now: datetime) -> Upload:
    """Store a picture that was drawn."""
    return Upload.objects.create(
        sha256=hashlib.sha256(picture.content).hexdigest(),
        content_type=picture.content_type,
        content=picture.content,
        width_px=picture.width_px,
        height_px=picture.height_px,
        file_name=safe_name(file_name),
        created_at=now,
    )


def forget_unused(*, now: datetime) -> int:
    """Delete old pictures that no configuration and no design refers to.

    Orders and carts refer to configurations, so theirs stay. Tells how many went.
    """
    with transaction.atomic():
        old = Upload.objects.filter(created_at__lt=now - KEPT_UNUSED)
        unused = set(old.values_list("token", flat=True))
        for rows in (Configuration.objects, Design.objects) if unused else ():
            for choices in rows.values_list("choices", flat=True).iterator():
                answers = [each for each in choices.values() if isinstance(each, str)]
                unused -= {name_of(each) for each in answers}
        n_deleted, _rows = Upload.objects.filter(token__in=unused).delete()
    return n_deleted


def draw_svg(content: bytes) -> bytes:
    """Turn a drawing into pixels; scripts and outside references are dropped."""
    if len(content) > LARGEST_SVG_BYTES:
        raise UploadError(_("A drawing may have at most 1 MB."), status=413)
    try:
        return draw_apart(content)
    except DrawingError as error:
        raise UploadError(_("This drawing cannot be read.")) from error


def draw_again(content: bytes) -> Picture:
    """Decode and encode a picture, upright and without its metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                _check_size(picture.size)
                return _encode(picture)
    except UploadError:
        raise
    except UnidentifiedImageError as error:
        text = _("The file is no PNG, JPEG or SVG picture.")
        raise UploadError(text) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError(_("The picture has too many pixels.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise UploadError(_("The picture is damaged.")) from error


def safe_name(file_name: str) -> str:
    """Keep the last part of a name, without characters that nobody can see."""
    name = PurePath(file_name.replace("\\", "/")).name
    return "".join(each for each in name if each.isprintable())[:200]


def _check_size(size: tuple[int, int]) -> None:
    width_px, height_px = size
    too_long = max(size) > LONGEST_SIDE_PX
    if too_long or width_px * height_px > MOST_PIXELS:
        text = _("The picture has %(width)s × %(height)s pixels; that is too many.")  # noqa: RUF001
        raise UploadError(text % {"width": width_px, "height": height_px})


def _encode(picture: Image.Image) -> Picture:
    is_jpeg = picture.format == "JPEG"
    upright = ImageOps.exif_transpose(picture)
    is_clear = "A" in upright.getbands() or "transparency" in upright.info
    mode = "RGBA" if is_clear and not is_jpeg else "RGB"
    drawn = Image.new(mode, upright.size)
    drawn.paste(upright.convert(mode))
    buffer = io.BytesIO()
    if is_jpeg:
        drawn.save(buffer, "JPEG", quality=92)
        return Picture(buffer.getvalue(), "image/jpeg", *drawn.size)
    drawn.save(buffer, "PNG", compress_level=6)
    return Picture(buffer.getvalue(), "image/png", *drawn.size)
