"""The method of a line, its reasons, and until when it may be changed."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import translation

from production.engine.methods import METHODS
from production.models import Calendar, ClosedDay, MethodPolicy, Shift, WorkCentre
from production.selectors.cutoffs import edit_until
from production.selectors.policy import choose_method, list_unknown
from tests.factories.production import (
    NOW,
    SHIRT,
    make_places,
    make_stock,
    publish,
)

pytestmark = pytest.mark.django_db


def decide(release, quantity=1, now=NOW, **choices):
    return choose_method(
        product=release.product.slug,
        release_id=release.id,
        choices={"colour": "NAVY", **choices},
        quantity=quantity,
        now=now,
    )


@pytest.fixture
def shirt():
    make_places()
    return publish()


def make_bakery():
    calendar = Calendar.objects.create(code="BAKE", zone="Europe/Berlin")
    for weekday in range(6):
        Shift.objects.create(
            calendar=calendar, weekday=weekday, starts=time(2), ends=time(10)
        )
    return calendar


def test_the_routing_names_the_method_and_why(shirt):
    decision = decide(shirt)

    assert decision.method == "MASS_CUSTOMISATION"
    assert decision.reasons == ("Each is different.", "Routing: One by one")
    assert decision.edit_until == NOW + timedelta(minutes=30)


def test_reasons_are_told_in_the_readers_language(shirt):
    with translation.override("de"):
        assert decide(shirt).reasons[0] == "Jedes ist anders."


def test_a_large_order_says_that_it_is_cut(shirt):
    decision = decide(shirt, 250)

    assert (decision.method, decision.edit_until) == ("BATCH", None)
    assert decision.reasons[-1] == "250 pieces are cut into lots of at most 100."


def test_the_first_policy_that_applies_overrides_the_routing(shirt):
    common = {"product": shirt.product, "reason": {"en": "The line is being mended."}}
    MethodPolicy.objects.create(position=1, method="JOB", min_quantity=10, **common)
    MethodPolicy.objects.create(
        position=2, method="BATCH", condition="colour = NAVY", **common
    )
    MethodPolicy.objects.create(position=0, method="FLOW", condition="= (", **common)

    assert decide(shirt, 12).method == "JOB"
    assert decide(shirt, 1).method == "BATCH"
    assert decide(shirt, 1).reasons[0] == "The line is being mended."
    assert decide(shirt, 1, colour="WHITE").method == "MASS_CUSTOMISATION"


@pytest.mark.parametrize(
    ("placed", "closes"),
    [
        (datetime(2026, 3, 5, 9, tzinfo=UTC), datetime(2026, 3, 5, 14, tzinfo=UTC)),
        (datetime(2026, 3, 5, 14, tzinfo=UTC), datetime(2026, 3, 6, 14, tzinfo=UTC)),
        # Saturday: nobody bakes on Sunday, so Sunday's cut-off is the next.
        (datetime(2026, 3, 7, 9, tzinfo=UTC), datetime(2026, 3, 8, 14, tzinfo=UTC)),
        # The clocks go forward on 29 March: 15:00 is an hour earlier in UTC.
        (datetime(2026, 3, 28, 15, tzinfo=UTC), datetime(2026, 3, 29, 13, tzinfo=UTC)),
    ],
)
def test_a_cut_off_is_the_evening_before_the_next_shift(placed, closes):
    make_bakery()

    assert edit_until(window={"cutoff": "15:00", "days": "BAKE"}, now=placed) == closes


def test_a_closed_day_moves_the_cut_off():
    calendar = make_bakery()
    ClosedDay.objects.create(
        calendar=calendar, from_date="2026-03-06", to_date="2026-03-06"
    )
    thursday = datetime(2026, 3, 5, 9, tzinfo=UTC)

    assert edit_until(
        window={"cutoff": "15:00", "days": "BAKE"}, now=thursday
    ) == datetime(2026, 3, 6, 14, tzinfo=UTC)


def test_a_cut_off_between_two_shifts_is_for_the_same_day():
    calendar = Calendar.objects.create(code="TWO", zone="UTC")
    for starts, ends in ((6, 14), (14, 22)):
        Shift.objects.create(
            calendar=calendar, weekday=0, starts=time(starts), ends=time(ends)
        )

    assert edit_until(
        window={"cutoff": "11:00", "days": "TWO"}, now=NOW
    ) == NOW.replace(hour=11)


def test_without_a_window_there_is_no_time_to_edit():
    assert edit_until(window=None, now=NOW) is None


def test_a_release_that_names_an_unknown_method_or_place_is_refused(shirt):
    steps = [{"code": "CUT", "work_centre": "MOON", "skill": "FLYING"}]
    making = {"code": "R", "method": "KNITTING", "line": "FL-9", "steps": steps}
    definition = {"routings": [making]}

    assert list_unknown(definition=definition) == [
        f"Routing R names method KNITTING; there are {', '.join(METHODS)}.",
        "Routing R names line FL-9, which does not exist.",
        "Step R/CUT names work centre MOON, which does not exist.",
        "Step R/CUT asks for skill FLYING, which nobody can have.",
    ]
    assert list_unknown(definition={}) == []


def test_a_standard_product_without_goods_to_take_is_not_published(shirt):
    materials = [{"material": "GRAPE"}]
    flow = {"product": "juice", "routings": [{"code": "R", "method": "FLOW"}]}

    (finding,) = list_unknown(definition=flow)

    assert finding.startswith("juice is made in flow and taken from stock")
    make_stock("GRAPE", 0)
    assert list_unknown(definition=flow | {"materials": materials}) == []
    make_stock("JUICE", 0)
    assert list_unknown(definition=flow) == []


def test_where_there_are_no_works_nothing_is_published_that_they_should_make():
    assert not WorkCentre.objects.exists()

    missing = list_unknown(definition=SHIRT)

    named = {
        step["work_centre"]
        for routing in SHIRT["routings"]
        for step in routing["steps"]
        if step.get("work_centre")
    }
    assert named
    assert all(
        any(f"work centre {code}," in text for text in missing) for code in named
    )
