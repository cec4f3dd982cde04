"""A shop with a mug in it, and pictures to upload."""

import io

import pytest
from PIL import Image

from tests.factories.catalogue import make_release


@pytest.fixture
def mug(db):
    return make_release()


@pytest.fixture
def picture():
    """Make a PNG so many pixels wide."""

    def make(width_px: int = 400) -> io.BytesIO:
        file = io.BytesIO()
        Image.new("RGB", (width_px, 40), "#2238cf").save(file, "PNG")
        file.seek(0)
        file.name = "crest.png"
        return file

    return make
