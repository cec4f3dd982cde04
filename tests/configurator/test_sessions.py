from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from configurator.sessions import SessionStore

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def stored(**values):
    session = SessionStore()
    session.update(values)
    session.create()
    session.update(values)
    session.save()
    return session.session_key


def test_a_session_gives_back_what_was_kept():
    session = SessionStore(stored(cart="abc"))

    assert dict(session.items()) == {"cart": "abc"}


def test_an_expired_session_is_empty_and_its_key_forgotten():
    key = stored(cart="abc")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    session = SessionStore(key)

    assert dict(session.items()) == {}
    assert session.session_key is None


def test_a_key_that_nobody_gave_out_is_forgotten():
    session = SessionStore("0" * 32)

    assert "cart" not in session
    assert session.session_key is None


def test_a_session_is_read_by_one_query(django_assert_num_queries):
    session = SessionStore(stored(cart="abc"))

    with django_assert_num_queries(1):
        assert session["cart"] == session.get("cart") == "abc"
