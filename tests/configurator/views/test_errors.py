import pytest
from django.test import Client, RequestFactory

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


def test_an_address_that_no_page_has_leads_back_to_the_shop(client):
    html = client.get("/no-such-thing").content.decode()

    assert "There is nothing here" in html
    assert '<a class="skip-link"' in html


def test_a_failure_is_told_without_asking_the_database(
    django_assert_num_queries,
):
    from configurator.views.errors import server_error

    request = RequestFactory().get("/")

    with django_assert_num_queries(0):
        response = server_error(request)

    assert response.status_code == 500
    assert "Something failed here" in response.content.decode()


def test_a_form_without_its_token_is_told_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/checkout/")

    assert response.status_code == 403
    assert "Please send it once more" in response.content.decode()


def test_a_body_that_cannot_be_read_is_a_page_too(client):
    response = client.post("/checkout/", {f"f{n}": "x" for n in range(5_001)})

    assert response.status_code == 400
    assert "This request cannot be understood" in response.content.decode()
