"""Pictures over HTTP."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from configurator.models import Upload

pytestmark = pytest.mark.django_db
PATH = "/api/v1/uploads/"
HEADERS = {"Idempotency-Key": "a-key-of-sixteen-characters"}
KEY = {"HTTP_IDEMPOTENCY_KEY": HEADERS["Idempotency-Key"]}


def picture(colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return SimpleUploadedFile("me.png", buffer.getvalue(), "image/png")


def send(file, **headers):
    return APIClient().post(PATH, {"file": file}, format="multipart", **headers)


def test_a_picture_is_taken_once():
    first, second = send(picture(), **KEY), send(picture(), **KEY)

    assert first.status_code == 201
    assert first.json() == second.json()
    upload = Upload.objects.get()
    assert first.json() == {
        "id": upload.token,
        "sha256": upload.sha256,
        "width_px": 40,
        "height_px": 30,
    }


def test_another_picture_under_the_same_key_is_a_conflict():
    send(picture(), **KEY)

    assert send(picture("blue"), **KEY).status_code == 409
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(
    "file",
    ["no file", SimpleUploadedFile("a.png", b""), SimpleUploadedFile("a.png", b"hi")],
)
def test_what_is_no_picture_names_the_field(file):
    response = send(file, **KEY)

    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "file"
    assert Upload.objects.count() == 0


def test_a_file_above_20_mb_is_refused():
    response = send(SimpleUploadedFile("a.png", bytes(20 * 1024 * 1024 + 1)), **KEY)

    assert response.status_code == 413


def test_50_mb_are_refused_before_they_are_read():
    response = send(SimpleUploadedFile("a.png", bytes(50 * 1024 * 1024)), **KEY)

    assert response.status_code == 413


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"nonsense", "multipart/form-data", 400),
        (b"--x\r\n" * 500, "multipart/form-data; boundary=x", 400),
        (b"{}", "application/json", 415),
    ],
)
def test_a_broken_body_is_refused(content, content_type, status):
    response = APIClient().generic(
        "POST", PATH, content, content_type=content_type, headers=HEADERS
    )

    assert response.status_code == status
    assert response.json()["type"] != "server_error"


def test_guests_send_30_pictures_a_minute():
    for _ in range(30):
        send("no file")

    assert send("no file").status_code == 429
