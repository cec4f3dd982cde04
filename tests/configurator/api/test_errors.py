"""Every error has one shape."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient
from rest_framework.views import APIView

from configurator.middleware import DomainErrorMiddleware
from configurator.services.errors import (
    DomainError,
    IllegalMoveError,
    InvalidError,
    Problem,
)

RAISED = {
    "one": DomainError("No.", field="a.b", code="nope"),
    "many": InvalidError([Problem("x", "X.", "a"), Problem("y", "Y.")]),
    "move": IllegalMoveError(what="It", from_="A", to="B", legal_moves=["D", "C"]),
    "suspicious": SuspiciousOperation("look"),
    "busy": OperationalError("database is locked"),
    "extra": DomainError("Changed.", status=409, code="P", extra={"total_minor": 5}),
}


class Raising(APIView):
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def get(self, request, name):
        raise RAISED[name]


urlpatterns = [path("api/v1/raise/<str:name>/", Raising.as_view())]


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        (
            "one",
            400,
            {
                "type": "validation_error",
                "errors": [{"code": "nope", "detail": "No.", "attr": "a.b"}],
            },
        ),
        (
            "many",
            400,
            {
                "type": "validation_error",
                "errors": [
                    {"code": "x", "detail": "X.", "attr": "a"},
                    {"code": "y", "detail": "Y.", "attr": None},
                ],
            },
        ),
        (
            "move",
            409,
            {
                "type": "client_error",
                "state": "A",
                "legal_moves": ["C", "D"],
                "errors": [
                    {
                        "code": "ILLEGAL_MOVE",
                        "detail": "It is A and cannot become B.",
                        "attr": None,
                    }
                ],
            },
        ),
        (
            "extra",
            409,
            {
                "type": "client_error",
                "total_minor": 5,
                "errors": [{"code": "P", "detail": "Changed.", "attr": None}],
            },
        ),
        (
            "suspicious",
            400,
            {
                "type": "client_error",
                "errors": [
                    {
                        "code": "parse_error",
                        "detail": "This request cannot be understood.",
                        "attr": None,
                    }
                ],
            },
        ),
    ],
)
@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_an_error_is_told_in_the_one_shape(name, status, body):
    response = APIClient().get(f"/api/v1/raise/{name}/")

    assert (response.status_code, response.json()) == (status, body)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_busy_database_asks_to_come_again():
    client = APIClient(raise_request_exception=False)

    response = client.get("/api/v1/raise/busy/")

    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json()["type"] == "server_error"


@pytest.mark.django_db
def test_a_visitor_of_a_page_reads_all_that_was_refused():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = SessionStore()
    middleware = DomainErrorMiddleware(lambda _: HttpResponse())

    response = middleware.process_exception(request, RAISED["many"])

    assert response is not None
    assert response.status_code == 400
    page = response.content.decode()
    assert ("X." in page, "Y." in page) == (True, True)
    assert middleware.process_exception(request, ValueError("a bug")) is None
