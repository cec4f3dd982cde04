"""A call sent twice has its effect once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from configurator.models import IdempotencyKey, User
from configurator.services.once import (
    Answer,
    IdempotencyKeyError,
    InProgressError,
    KeyReusedError,
    OnceRequest,
    answer_once,
    forget_old_keys,
    read_once_request,
)
from tests.factories.access import NOW, make_user

CALL = OnceRequest("guest", "a-key-of-sixteen", "0" * 64)


def read(key="a-key-of-sixteen", **words):
    given = {"user_id": None, "api_key_id": None, "call": "POST /x/", "body": {"a": 1}}
    return read_once_request(key=key, **{**given, **words})


@pytest.mark.parametrize(
    "key", ["", None, "short", "x" * 129, "with a blank inside it"]
)
def test_a_key_of_the_wrong_form_is_refused(key):
    with pytest.raises(IdempotencyKeyError) as caught:
        read(key)

    assert (caught.value.status, caught.value.field) == (400, "Idempotency-Key")


def test_the_same_body_written_otherwise_is_the_same_call():
    one = read(body={"a": 1, "b": [2]})
    other = read(body={"b": [2], "a": 1})

    assert one == other
    assert one != read(body={"a": 1, "b": [3]})
    assert one != read(body={"a": 1, "b": [2]}, call="POST /y/")


def test_each_caller_has_a_scope_of_its_own():
    assert read().scope == "guest"
    assert read(user_id=7).scope == "user:7"
    assert read(user_id=7, api_key_id=3).scope == "key:3"


@pytest.mark.django_db
def test_a_second_call_gets_the_first_answer_without_the_effect():
    def effect():
        make_user()
        return Answer(201, {"made_at": NOW, "n": User.objects.count()})

    first = answer_once(CALL, now=NOW, effect=effect)
    second = answer_once(CALL, now=NOW, effect=effect)

    assert first == second == Answer(201, {"made_at": "2026-03-02T08:00:00Z", "n": 1})
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_a_conflict():
    answer_once(CALL, now=NOW, effect=lambda: Answer(200, None))
    other = OnceRequest(CALL.scope, CALL.key, "1" * 64)

    with pytest.raises(KeyReusedError) as caught:
        answer_once(other, now=NOW, effect=lambda: Answer(200, None))

    assert (caught.value.status, caught.value.code) == (409, "KEY_REUSED")


@pytest.mark.django_db
def test_an_error_stores_nothing_and_the_key_stays_free():
    def fail():
        make_user()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        answer_once(CALL, now=NOW, effect=fail)

    assert (User.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
    assert answer_once(CALL, now=NOW, effect=lambda: Answer(201, 1)).body == 1


@pytest.mark.django_db
def test_an_unsuccessful_answer_is_given_but_not_kept():
    def decline():
        make_user()
        return Answer(402, {"why": "declined"})

    answer = answer_once(CALL, now=NOW, effect=decline)

    assert answer == Answer(402, {"why": "declined"})
    assert (User.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_keys_are_forgotten_after_seven_days():
    answer_once(CALL, now=NOW, effect=lambda: Answer(200, None))

    assert forget_old_keys(now=NOW + timedelta(days=6)) == 0
    assert forget_old_keys(now=NOW + timedelta(days=8)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_twins_at_once_one_has_the_effect_and_both_the_answer():
    is_inside, may_go_on = threading.Event(), threading.Event()
    answers = []

    def effect():
        make_user()
        is_inside.set()
        may_go_on.wait(3)
        return Answer(201, {"n": 1})

    def call():
        try:
            answers.append(answer_once(CALL, now=NOW, effect=effect))
        finally:
            connection.close()

    first, second = threading.Thread(target=call), threading.Thread(target=call)
    first.start()
    assert is_inside.wait(3)
    second.start()
    may_go_on.set()
    first.join(10)
    second.join(10)

    assert answers == [Answer(201, {"n": 1})] * 2
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_that_waits_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr("configurator.services.once.LONGEST_WAIT_S", 1)
    errors: list[InProgressError] = []

    def call():
        try:
            answer_once(CALL, now=NOW, effect=lambda: Answer(201, 2))
        except InProgressError as error:
            errors.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        IdempotencyKey.objects.create(
            scope=CALL.scope,
            key=CALL.key,
            request_sha256=CALL.body_sha256,
            created_at=NOW,
        )
        twin = threading.Thread(target=call)
        twin.start()
        twin.join(8)

    assert [(error.status, error.code) for error in errors] == [(409, "IN_PROGRESS")]
