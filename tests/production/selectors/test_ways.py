"""How what was made reaches its buyer, and when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from production.models import Site
from production.selectors.promises import find_dates, reaches
from tests.factories.production import NOW
from tests.production.selectors.quotes import DAY, HOUR, MINUTE, quote

pytestmark = pytest.mark.django_db
FIGURES: dict[str, Any] = {
    "country": "DE",
    "delivery": {
        "carrier": {
            "home": "DE",
            "eu": ["FR"],
            "pick_up": "17:30",
            "transit_working_days": {"home": 1, "eu": 3, "world": 8},
        },
        "van": {"weekdays": [0, 1, 2, 3, 4, 5], "departures": ["06:00", "08:30"]},
        "furniture": {"weekdays": [1, 3], "products": ["shirt"]},
        "download": {"products": ["logo"]},
        "packing_s": 1800,
    },
}


@pytest.fixture
def far_shirt(shirt):
    """Give the shirt of works that say where they deliver to."""
    Site.objects.update(figures=FIGURES)
    return shirt


@pytest.mark.parametrize(
    ("country", "delivered"),
    [
        ("", "2026-03-03"),
        ("DE", "2026-03-03"),
        ("FR", "2026-03-05"),
        ("NZ", "2026-03-12"),
    ],
)
def test_the_way_to_a_country_takes_its_working_days(far_shirt, country, delivered):
    promise = quote(far_shirt, delivery="CARRIER", country=country)

    assert promise.shipped_at == datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert promise.delivered_at.date().isoformat() == delivered


def test_furniture_is_brought_on_tuesdays_and_thursdays(far_shirt):
    days = [
        quote(far_shirt, now=NOW + n * DAY, delivery="VAN").delivered_at
        for n in range(4)
    ]

    assert [day.strftime("%a") for day in days] == ["Tue", "Thu", "Thu", "Tue"]


def test_a_van_of_the_bakery_leaves_in_the_morning_and_is_there_the_same_day(shirt):
    delivery = {**FIGURES["delivery"], "furniture": {}}
    Site.objects.update(figures={**FIGURES, "delivery": delivery})

    promise = quote(shirt, delivery="VAN")

    assert promise.shipped_at == datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert promise.delivered_at == datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_what_is_collected_is_there_when_it_is_packed_and_the_works_are_open(shirt):
    day, night = (
        quote(shirt, delivery="COLLECTION"),
        quote(shirt, delivery="COLLECTION", now=NOW + 12 * HOUR),
    )

    assert day.shipped_at == day.ready_at + 30 * MINUTE
    assert day.delivered_at == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert night.shipped_at == datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_what_is_ready_on_friday_evening_leaves_on_monday(far_shirt):
    friday = datetime(2026, 3, 6, 18, tzinfo=UTC)

    dates = find_dates(
        product="mug", delivery="CARRIER", country="FR", ready_at=friday, now=NOW
    )

    assert dates is not None
    assert dates.shipped_at == datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
    assert dates.delivered_at == datetime(2026, 3, 12, 17, tzinfo=UTC)
    assert dates.due_at == datetime(2026, 3, 9, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("delivery", "country", "goes"),
    [
        ("VAN", "DE", True),
        ("VAN", "FR", False),
        ("CARRIER", "FR", True),
        ("COLLECTION", "NZ", True),
    ],
)
def test_our_own_vans_stay_at_home(far_shirt, delivery, country, goes):
    assert reaches(delivery=delivery, country=country, now=NOW) is goes


def test_what_is_sent_over_the_network_is_there_when_it_is_ready(far_shirt):
    delivery = {**FIGURES["delivery"], "download": {"products": ["shirt"]}}
    Site.objects.update(figures={**FIGURES, "delivery": delivery})

    by_product, by_way = quote(far_shirt), quote(far_shirt, delivery="DOWNLOAD")

    for promise in (by_product, by_way):
        assert promise.ready_at == promise.shipped_at
        assert promise.delivered_at == datetime(2026, 3, 2, 23, tzinfo=UTC)
