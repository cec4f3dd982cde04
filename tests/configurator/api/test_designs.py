"""Designs over HTTP: a link to share, a secret to change."""

import pytest
from rest_framework.test import APIClient

from configurator.models import Design, IdempotencyKey
from tests.factories.access import make_user
from tests.factories.catalogue import make_release

pytestmark = pytest.mark.django_db
PATH = "/api/v1/designs/"
KEY = {"HTTP_IDEMPOTENCY_KEY": "a-key-of-sixteen-characters"}
BODY = {"product": "mug", "choices": {"colour": "GOLD"}}


@pytest.fixture
def client():
    make_release()
    return APIClient()


def test_a_design_is_saved_once_and_read_by_its_link(client):
    first = client.post(PATH, BODY, **KEY)
    second = client.post(PATH, BODY, **KEY)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Design.objects.count() == 1
    body = first.json()
    assert set(body) == {"token", "url", "secret"}
    assert client.get(f"{PATH}{body['token']}/").json() == {
        "product": "mug",
        "release": "1",
        "choices": {"colour": "GOLD"},
        "lost": [],
    }


def test_the_secret_is_kept_nowhere(client):
    secret = client.post(PATH, BODY, **KEY).json()["secret"]

    assert secret not in str(IdempotencyKey.objects.values())
    assert secret not in str(Design.objects.values())


def test_a_guest_changes_it_with_the_secret(client):
    body = client.post(PATH, BODY, **KEY).json()
    path = f"{PATH}{body['token']}/"
    change = {"choices": {"size": "L"}}

    refused = client.patch(path, change)
    changed = client.patch(path, change, HTTP_DESIGN_TOKEN=body["secret"])

    assert refused.status_code == 401
    assert changed.status_code == 200
    assert changed.json()["choices"] == {"size": "L"}


def test_a_user_changes_their_own_and_no_others(client):
    client.force_login(make_user("ada"))
    token = client.post(PATH, BODY, **KEY).json()["token"]
    change: dict[str, object] = {"choices": {}}

    assert client.patch(f"{PATH}{token}/", change).status_code == 200
    client.force_login(make_user("eve"))
    assert client.patch(f"{PATH}{token}/", change).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "attr"),
    [
        ({}, 400, "product"),
        ({"product": "mug"}, 400, "choices"),
        ({"product": 5, "choices": {}}, 400, "product"),
        ({"product": "mug", "choices": {"colour": "x"}}, 400, "choices.colour"),
        ({"product": "nothing", "choices": {}}, 404, "product"),
    ],
)
def test_a_wrong_design_names_its_field(client, body, status, attr):
    response = client.post(PATH, body, **KEY)

    assert response.status_code == status
    assert response.json()["errors"][0]["attr"] == attr
    assert (Design.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


def test_a_design_needs_an_idempotency_key(client):
    response = client.post(PATH, BODY)

    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "Idempotency-Key"


def test_an_unknown_design_is_not_found(client):
    assert client.get(f"{PATH}nothing/").status_code == 404
    change = client.patch(
        f"{PATH}nothing/", {"choices": {}}, HTTP_DESIGN_TOKEN="x" * 64
    )
    assert change.status_code == 404
