import pytest

pytestmark = pytest.mark.django_db


def test_an_address_that_the_api_does_not_have_answers_in_its_shape(client):
    response = client.get("/api/v1/no-such-thing/")

    assert response.status_code == 404
    assert response.json() == {
        "type": "client_error",
        "errors": [
            {
                "code": "not_found",
                "detail": "There is nothing at this address.",
                "attr": None,
            }
        ],
    }


def test_an_address_that_no_page_has_answers_with_a_page(client):
    response = client.get("/no-such-thing")

    assert response.status_code == 404
    assert response["Content-Type"] == "text/html; charset=utf-8"


def test_the_schema_is_open_and_the_explorer_has_no_inline_script(client):
    page = client.get("/api/docs/")

    assert client.get("/api/schema/").status_code == 200
    assert page.status_code == 200
    assert b"<style" not in page.content
    assert b"<script>" not in page.content
