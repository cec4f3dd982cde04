from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.delivery import DeliveryError, Way, deliver, list_windows
from production.engine.demand import DemandError

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CARRIER = Way("UTC", departures=(time(17, 30),), transit_days=1, packing_s=1800)
VAN = Way(
    "UTC",
    weekdays=frozenset(range(6)),
    departures=(time(6), time(8, 30)),
    tour_s=7200,
    packing_s=1800,
)
COLLECTION = Way("UTC", packing_s=1800)


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ready_at", "shipped_at", "delivered_at"),
    [
        (at(2, 17), at(2, 17, 30), at(3, 18)),
        (at(2, 17, 1), at(3, 17, 30), at(4, 18)),
        (at(6, 18), at(9, 17, 30), at(10, 18)),
        (at(5, 18), at(6, 17, 30), at(9, 18)),
    ],
)
def test_a_carrier_fetches_once_a_day_and_rests_at_weekends(
    ready_at, shipped_at, delivered_at
):
    dates = deliver(ready_at, CARRIER)

    assert (dates.shipped_at, dates.delivered_at) == (shipped_at, delivered_at)
    assert dates.due_at == shipped_at - HOUR / 2


def test_a_closed_day_is_neither_a_departure_nor_a_day_on_the_way():
    closed = Way(
        "UTC",
        departures=(time(17, 30),),
        transit_days=2,
        closed=frozenset({date(2026, 3, 3), date(2026, 3, 4)}),
    )

    assert deliver(at(2, 18), closed).shipped_at == at(5, 17, 30)
    assert deliver(at(2, 17), closed).delivered_at == at(6, 18)


def test_a_van_takes_the_next_departure_and_arrives_on_its_tour():
    assert deliver(at(2, 5), VAN).delivered_at == at(2, 8)
    assert deliver(at(2, 6), VAN).delivered_at == at(2, 10, 30)
    assert deliver(at(7, 9), VAN).shipped_at == at(9, 6)


def test_what_is_collected_is_there_in_opening_hours():
    noon, friday = deliver(at(2, 12), COLLECTION), deliver(at(6, 17, 30), COLLECTION)

    assert (noon.shipped_at, noon.delivered_at) == (at(2, 12, 30), at(2, 18))
    assert (friday.shipped_at, friday.delivered_at) == (at(9, 8), at(9, 18))


def test_what_is_downloaded_is_there_on_the_day_on_which_it_is_ready():
    dates = deliver(MONDAY, Way("Europe/Berlin", is_download=True))

    assert dates.ready_at == dates.shipped_at == dates.due_at == MONDAY
    assert dates.delivered_at == at(2, 23)


def test_a_way_on_which_nothing_ever_goes_is_told():
    year = frozenset(date(2026, 1, 1) + n * DAY for n in range(1000))

    with pytest.raises(DeliveryError):
        deliver(MONDAY, Way("UTC", departures=(time(6),), closed=year))
    with pytest.raises(DeliveryError):
        deliver(MONDAY, Way("UTC", closed=year))
    with pytest.raises(DemandError):
        Way("UTC", weekdays=frozenset())


hours = st.integers(0, 3000)


@given(hours, hours, st.sampled_from([CARRIER, VAN, COLLECTION]))
def test_what_is_ready_later_is_never_delivered_earlier(one, two, way):
    early, late = (deliver(MONDAY + n * HOUR, way) for n in sorted((one, two)))

    assert early.shipped_at <= late.shipped_at
    assert early.delivered_at <= late.delivered_at
    assert early.ready_at <= early.due_at <= early.shipped_at <= early.delivered_at


def starts(ready_at, way, n=3):
    return [each.from_at for each in list_windows(ready_at, way, n=n)]


def test_a_tour_has_a_window_for_each_departure_that_can_still_be_reached():
    assert starts(at(2, 5, 45), VAN) == [at(2, 8, 30), at(3, 6), at(3, 8, 30)]
    first = list_windows(at(2, 5, 45), VAN, n=1)[0]
    assert (first.to_at, first.due_at) == (at(2, 10, 30), at(2, 8))


def test_a_collection_has_slots_while_the_works_are_open():
    assert starts(at(6, 13), COLLECTION) == [at(6, 14), at(6, 16), at(9, 8)]
    late = list_windows(at(6, 13), Way("UTC", slot_s=7 * 3600), n=2)
    assert [(each.from_at, each.to_at) for each in late] == [
        (at(6, 15), at(6, 18)),
        (at(9, 8), at(9, 15)),
    ]


def test_slots_are_counted_by_the_clock_of_the_place_when_it_is_put_forward():
    berlin = Way("Europe/Berlin", weekdays=frozenset(range(7)), by=time(12))

    assert starts(at(28, 7), berlin) == [at(28, 7), at(28, 9), at(29, 6)]


def test_parcels_and_files_have_no_windows():
    assert starts(at(2, 5), CARRIER) == []
    assert starts(at(2, 5), Way("UTC", is_download=True)) == []


@given(st.integers(0, 365 * 24 * 60))
def test_a_window_begins_when_it_is_packed_and_never_overlaps_the_next(minutes):
    ready_at = MONDAY + timedelta(minutes=minutes)
    for way in (VAN, COLLECTION):
        windows = list_windows(ready_at, way, n=8)
        assert len(windows) == 8
        assert windows[0].from_at >= ready_at + timedelta(seconds=way.packing_s)
        assert all(ready_at <= each.due_at < each.from_at for each in windows)
        edges = [edge for each in windows for edge in (each.from_at, each.to_at)]
        assert edges == sorted(edges)
