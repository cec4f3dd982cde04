"""The schema says what the catalogue's calls take and answer."""

import re

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/products/", "get", "200 400 401 403 405 406 429 503"),
        ("/products/{slug}/", "get", "200 400 401 403 404 405 406 409 429 503"),
        (
            "/products/{slug}/configure/",
            "post",
            "200 400 401 403 404 405 406 409 413 415 429 503",
        ),
        ("/designs/", "post", "201 400 401 403 404 405 406 409 413 415 429 503"),
        ("/uploads/", "post", "201 400 401 403 404 405 406 409 413 415 429 503"),
    ],
)
def test_an_operation_names_its_statuses(schema, path, method, statuses):
    operation = schema["paths"][f"/api/v1{path}"][method]

    assert sorted(operation["responses"]) == statuses.split()


@pytest.mark.parametrize(
    ("path", "is_needed"),
    [
        ("/products/{slug}/configure/", False),
        ("/products/{slug}/complete/", False),
        ("/products/{slug}/availability/", True),
        ("/designs/", True),
        ("/uploads/", True),
    ],
)
def test_what_changes_something_needs_a_key(schema, path, is_needed):
    operation = schema["paths"][f"/api/v1{path}"]["post"]

    names = [each["name"] for each in operation.get("parameters", [])]
    assert ("Idempotency-Key" in names) is is_needed


def test_the_schema_is_served():
    response = APIClient().get("/api/schema/")

    assert response.status_code == 200


def test_every_enumeration_has_a_name_that_says_what_it_lists(schema):
    names = {name for name in schema["components"]["schemas"] if "Enum" in name}

    of_a_hash = {name for name in names if re.search(r"[0-9A-F][0-9a-f]{2}Enum", name)}
    assert {"DeviceStateEnum", "LotStateEnum"} <= names
    assert of_a_hash == set()
