"""Releases taken out of the catalogue as documents, and brought in again."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from configurator.models import CatalogueRelease
from configurator.services.catalogue import build_document
from tests.factories.catalogue import make_draft, make_release, mug_document

pytestmark = pytest.mark.django_db
BRING_IN = reverse("admin:configurator_cataloguerelease_bring_in")


def bring_in(client, content, **more):
    file = SimpleUploadedFile("mug.json", content)
    return client.post(BRING_IN, {"document": file, **more})


def taken_out(client, release):
    name = "admin:configurator_cataloguerelease_document"
    return client.get(reverse(name, args=[release.pk]))


@pytest.mark.parametrize("make", [make_draft, make_release])
def test_what_was_taken_out_comes_in_as_the_same_but_for_its_number(client, make):
    release = make()

    taken = taken_out(client, release)
    answer = bring_in(client, taken.content)

    fresh = CatalogueRelease.objects.latest("pk")
    assert answer.status_code == 302
    assert taken["Content-Disposition"] == 'attachment; filename="mug-1.json"'
    assert (fresh.number, fresh.state) == (2, "DRAFT")
    document = build_document(release=release)
    assert build_document(release=fresh) == {**document, "release": "2"}


def test_a_fault_is_told_with_its_place_and_nothing_is_kept(client):
    document = mug_document()
    document["rules"][0]["text"] = "colour = PINK"

    page = bring_in(client, json.dumps(document).encode())

    assert "rules[0].text: line 1, column 10" in page.content.decode()
    assert not CatalogueRelease.objects.exists()


def test_a_document_can_be_looked_at_without_being_kept(client):
    page = bring_in(client, json.dumps(mug_document()).encode(), is_trial="on")

    assert "Nothing is wrong with it." in page.content.decode()
    assert not CatalogueRelease.objects.exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused(client, content):
    page = bring_in(client, content)

    assert "errorlist" in page.content.decode()
    assert not CatalogueRelease.objects.exists()
