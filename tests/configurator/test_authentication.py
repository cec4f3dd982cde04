from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed

from configurator.authentication import ApiKeyAuthentication, SessionStore
from configurator.models import ApiKey
from configurator.services.api_keys import (
    UnknownScopeError,
    issue_api_key,
    revoke_api_key,
)
from tests.factories.access import NOW, make_api_key, make_user

pytestmark = pytest.mark.django_db


def authenticate(rf, header: str, now=NOW):
    request = rf.get("/api/v1/products/", headers={"Authorization": header})
    request.real_now = now
    return ApiKeyAuthentication().authenticate(request)


def test_a_key_lets_its_user_in_and_is_the_credential(rf):
    key, text = make_api_key("catalogue:read")

    assert authenticate(rf, f"Api-Key {text}") == (key.user, key)


def test_the_secret_is_not_in_the_database():
    key, text = make_api_key()

    secret = text.split("_", 2)[2]

    assert text.startswith(f"lo1_{key.prefix}_")
    assert secret not in str(ApiKey.objects.values().get(pk=key.pk))


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token lo1_abcd_efgh"])
def test_another_kind_of_credential_is_left_to_others(rf, header):
    assert authenticate(rf, header) is None


@pytest.mark.parametrize(
    "header", ["Api-Key", "Api-Key a b", "Api-Key lo1_none_" + "x" * 40, "Api-Key é"]
)
def test_a_key_that_does_not_exist_is_refused(rf, header):
    with pytest.raises(AuthenticationFailed):
        authenticate(rf, header)


def test_a_wrong_secret_is_refused_like_a_wrong_prefix(rf):
    _key, text = make_api_key()

    with pytest.raises(AuthenticationFailed, match="does not exist"):
        authenticate(rf, f"Api-Key {text[:-1]}{'a' if text[-1] != 'a' else 'b'}")


def test_a_key_ends_at_its_expiry_to_the_second(rf):
    _key, text = make_api_key(expires_at=NOW + timedelta(hours=1))

    authenticate(rf, f"Api-Key {text}", NOW + timedelta(minutes=59, seconds=59))

    with pytest.raises(AuthenticationFailed, match="expired"):
        authenticate(rf, f"Api-Key {text}", NOW + timedelta(hours=1))


def test_a_revoked_key_and_a_key_of_a_closed_account_are_refused(rf):
    revoked, revoked_text = make_api_key()
    revoke_api_key(key=revoked, now=NOW)
    _other, closed_text = make_api_key(user=make_user("bob", is_active=False))

    for text in (revoked_text, closed_text):
        with pytest.raises(AuthenticationFailed, match="revoked"):
            authenticate(rf, f"Api-Key {text}")


def test_the_use_of_a_key_is_written_once_a_minute(rf, django_assert_num_queries):
    key, text = make_api_key()
    authenticate(rf, f"Api-Key {text}")

    with django_assert_num_queries(1):
        authenticate(rf, f"Api-Key {text}", NOW + timedelta(seconds=59))
    authenticate(rf, f"Api-Key {text}", NOW + timedelta(seconds=60))

    key.refresh_from_db()
    assert key.last_used_at == NOW + timedelta(seconds=60)


def test_a_scope_that_does_not_exist_cannot_be_given():
    with pytest.raises(UnknownScopeError, match="orders:everything"):
        issue_api_key(user=make_user(), name="x", scopes=["orders:everything"], now=NOW)


@pytest.mark.postgres
def test_a_session_is_read_in_one_query_and_holds_what_was_put_in(
    django_assert_num_queries,
):
    kept = SessionStore()
    kept["cart"] = "Zoë"
    kept.save()

    with django_assert_num_queries(1):
        found = SessionStore(kept.session_key)["cart"]

    assert found == "Zoë"


@pytest.mark.postgres
def test_a_session_is_nobodys_once_it_has_ended_or_was_never_ours():
    kept = SessionStore()
    kept["cart"] = "one"
    kept.set_expiry(-1)
    kept.save()

    for key in (kept.session_key, "x" * 32):
        store = SessionStore(key)
        assert store.get("cart") is None
        assert store.session_key is None


def test_a_session_written_with_another_key_is_empty(settings):
    kept = SessionStore()
    kept["cart"] = "one"
    kept.save()

    settings.SECRET_KEY = "another key of fifty characters, known to nobody else"  # noqa: S105

    assert SessionStore(kept.session_key).get("cart") is None


def test_whoever_signs_out_is_out_wherever_else_the_session_is_used():
    here, there = Client(), Client()
    here.force_login(make_user("anna"))
    there.cookies["sessionid"] = here.cookies["sessionid"].value
    before = there.get("/account/").status_code

    here.logout()

    assert (before, there.get("/account/").status_code) == (200, 302)
