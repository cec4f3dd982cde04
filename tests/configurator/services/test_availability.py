"""Selling options out without a new release."""

from datetime import date

import pytest

from configurator.models import Availability
from configurator.selectors.availability import list_sold_out
from configurator.services.availability import set_availability
from configurator.services.errors import DomainError
from tests.factories.catalogue import NOW, make_release, mug_document

pytestmark = pytest.mark.django_db


def sold_out(release, today=date(2026, 3, 2)):
    return list_sold_out(product_id=release.product_id, today=today)


def test_an_option_is_sold_out_and_back():
    release = make_release()

    set_availability(product="mug", option="RED", available=False, now=NOW)
    assert sold_out(release) == {("colour", "RED"): None}

    set_availability(product="mug", option="RED", available=True, now=NOW)
    assert sold_out(release) == {}
    assert Availability.objects.count() == 1


def test_an_option_is_back_on_its_date():
    release = make_release()
    back_on = date(2026, 3, 4)

    set_availability(
        product="mug", option="RED", available=False, back_on=back_on, now=NOW
    )

    assert sold_out(release, date(2026, 3, 3)) == {("colour", "RED"): back_on}
    assert sold_out(release, date(2026, 3, 4)) == {}


def test_the_characteristic_is_asked_for_where_two_have_the_option():
    document = mug_document()
    document["characteristics"][1]["options"].append({"code": "RED"})
    make_release(document)

    with pytest.raises(DomainError) as caught:
        set_availability(product="mug", option="RED", available=False, now=NOW)

    assert caught.value.field == "characteristic"
    found = set_availability(
        product="mug", characteristic="size", option="RED", available=False, now=NOW
    )
    assert found.characteristic == "size"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"option": "GREEN"}, "option"),
        ({"option": "RED", "characteristic": "size"}, "option"),
        ({"option": "RED", "characteristic": "shape"}, "characteristic"),
        ({"option": "RED", "available": True, "back_on": date(2026, 4, 1)}, "back_on"),
    ],
)
def test_what_makes_no_sense_is_refused(words, field):
    make_release()

    with pytest.raises(DomainError) as caught:
        set_availability(**{"product": "mug", "available": False, "now": NOW, **words})

    assert caught.value.field == field
    assert Availability.objects.count() == 0
