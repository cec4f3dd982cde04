"""Times and money as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from configurator.selectors.money import written
from configurator.selectors.times import written_day, written_time

NOW = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # 23:30 in Berlin


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW + timedelta(minutes=10), "today at 23:40"),
        (NOW + timedelta(hours=1), "tomorrow at 00:30"),
        (NOW + timedelta(days=2), "Wednesday, 4 March at 23:30"),
        (NOW - timedelta(days=1), "Sunday, 1 March at 23:30"),
    ],
)
def test_a_time_is_said_by_the_clock_of_the_shop(at, words):
    assert written_time(at, now=NOW) == words


def test_the_night_of_the_change_of_clocks_is_told_right():
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    assert written_time(at, now=at) == "today at 03:30"


def test_a_day_is_a_day_with_or_without_its_time():
    assert written_day(NOW) == "Monday, 2 March"
    assert written_day(date(2026, 3, 2)) == "Monday, 2 March"


@pytest.mark.parametrize(
    ("amount", "signed", "text"),
    [
        (None, False, ""),
        (0, False, "€0.00"),
        (2_190_000, False, "€21,900.00"),
        (500, True, "+\u2060€5.00"),
        (-500, True, "−\u2060€5.00"),  # noqa: RUF001 -- the minus sign
    ],
)
def test_money_is_written_with_its_sign_where_one_is_asked_for(amount, signed, text):
    assert written(amount, "EUR", signed=signed) == text


def test_money_is_written_in_the_readers_language():
    with translation.override("de"):
        assert written(2_190_000, "EUR") == "21.900,00\xa0€"
    with translation.override("en"):
        assert written(1_000, "JPY") == "¥1,000"
