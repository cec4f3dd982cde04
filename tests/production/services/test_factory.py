"""A factory document that says what no works can have."""

from typing import Any

import pytest

from production.models import Calendar, Site
from production.services.factory import FactoryError, load_factory
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", ["", "Mars/North"])
@pytest.mark.parametrize(
    ("key", "told"), [("sites", "Site MILL"), ("calendars", "Calendar MILL")]
)
def test_a_place_or_calendar_of_no_zone_is_refused_by_name(key, told, zone):
    entry = {"code": "MILL", "name": {}}
    whole: dict[str, list[Any]] = {"sites": [], "calendars": []}
    document = {**whole, key: [{**entry, "zone": zone}]}

    with pytest.raises(FactoryError) as caught:
        load_factory(document=document, now=NOW)

    assert caught.value.message == f"{told}: there is no time zone “{zone}”."
    assert not Site.objects.exists()
    assert not Calendar.objects.exists()
