import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from csp.constants import SELF
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings

from configurator.middleware import (
    FactoryClockMiddleware,
    OriginsMiddleware,
    RequestLimitsMiddleware,
)
from configurator.models import FactoryClock
from tests.factories.access import NOW


def policy_of(response) -> dict[str, list[str]]:
    directives = response["Content-Security-Policy"].split("; ")
    return {words.split()[0]: words.split()[1:] for words in directives}


def test_an_answer_carries_the_id_that_the_caller_gave(client):
    response = client.get("/livez", headers={"X-Request-ID": "abc-12345"})

    assert response["X-Request-ID"] == "abc-12345"


@pytest.mark.parametrize("given", ["", "short", "with space in", "x" * 65, "bad\nline"])
def test_an_id_that_could_forge_a_log_line_is_replaced(client, given):
    response = client.get("/livez", headers={"X-Request-ID": given})

    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 32


def test_the_policy_allows_no_inline_script_and_no_inline_style(client):
    policy = policy_of(client.get("/livez"))

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == [SELF]
    assert policy["style-src"] == [SELF]
    assert policy["connect-src"] == [SELF]
    assert policy["frame-ancestors"] == ["'none'"]


@pytest.mark.parametrize(
    ("configured", "host", "expected"),
    [
        ("", "localhost:8000", ""),
        (":8001", "localhost:8000", "http://localhost:8001"),
        (":8001", "127.0.0.1", "http://127.0.0.1:8001"),
        (":8001", "[::1]:8000", "http://[::1]:8001"),
        (":8001", "elsewhere.example", ""),
        ("https://live.example/", "localhost", "https://live.example"),
    ],
)
def test_the_live_origin_keeps_the_host_that_the_browser_asked_for(
    rf, configured, host, expected
):
    request = rf.get("/", headers={"Host": host})

    with override_settings(
        LIVE_ORIGIN=configured, ALLOWED_HOSTS=["localhost", "127.0.0.1", "[::1]"]
    ):
        OriginsMiddleware(lambda request: HttpResponse()).process_request(request)

    assert request.live_origin == expected


@override_settings(LIVE_ORIGIN=":8001")
def test_a_page_may_connect_to_the_live_server_and_nowhere_else(client):
    policy = policy_of(client.get("/livez"))

    assert policy["connect-src"] == [SELF, "http://testserver:8001"]
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] == [SELF]


@pytest.mark.parametrize("address", ["/api/v1/a%00b/", "/api/v1/?q=%00"])
def test_an_address_with_a_null_character_is_refused(client, address):
    response = client.get(address)

    assert response.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/floor/lines/a%00b/", None),
        ("/?q=%00", None),
        ("/desk/?q=%00", None),
        ("/accounts/login/", {"login": "d\x00"}),
    ],
)
def test_a_null_character_is_refused_to_people_on_a_page_in_their_language(
    client, address, form
):
    german = {"headers": {"Accept-Language": "de"}}
    response = (
        client.get(address, **german)
        if form is None
        else client.post(address, form, **german)
    )

    assert response.status_code == 400
    assert "<title>Diese Anfrage ist nicht zu verstehen" in response.text
    assert "Zum Laden" in response.text
    assert client.get("/%00").status_code == 404


def test_a_body_above_the_largest_upload_is_read_past_so_that_its_sender_sees_why(rf):
    body = BytesIO(bytes(52_428_800))
    request = rf.generic("POST", "/api/v1/uploads/", b"-", "multipart/form-data")
    request.META["CONTENT_LENGTH"] = "52428800"
    request._stream = body

    middleware = RequestLimitsMiddleware(lambda _: HttpResponse())
    response = middleware.process_request(request)

    assert body.tell() == 52_428_800
    assert response is not None
    assert response.status_code == 413
    assert json.loads(response.content) == {
        "type": "client_error",
        "errors": [
            {
                "code": "invalid",
                "detail": "The body has 52428800 bytes; 20971520 are allowed.",
                "attr": "file",
            }
        ],
    }


@pytest.mark.django_db
def test_a_request_is_told_the_factory_time_and_not_the_real_one(rf):
    real_at = datetime.now(UTC)
    FactoryClock.objects.update_or_create(
        id=1, defaults={"real_at": real_at, "factory_at": NOW, "rate_per_mille": 1000}
    )
    request = rf.get("/")

    FactoryClockMiddleware(lambda request: HttpResponse()).process_request(request)

    assert timedelta(0) <= request.now - NOW < timedelta(seconds=30)
    assert timedelta(0) <= request.real_now - real_at < timedelta(seconds=30)
