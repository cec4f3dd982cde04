from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.calendar import (
    Calendar,
    CalendarError,
    Cutoff,
    Shift,
    Special,
    always,
    closed_on,
    weekly,
)

BERLIN = "Europe/Berlin"
LISBON = "Europe/Lisbon"
WEEK = range(5)

ATELIER = weekly(
    BERLIN,
    {day: [(time(8), time(16, 30))] for day in WEEK},
    breaks=[(time(12), time(12, 30))],
    exceptions=[closed_on(date(2025, 12, 24), date(2025, 12, 31))],
)
BAKE = weekly(
    BERLIN,
    {day: [(time(2), time(10))] for day in range(6)},
    breaks=[(time(5, 30), time(5, 45)), (time(8), time(8, 15))],
    exceptions=[closed_on(date(2026, 1, 1))],
)
NIGHT = weekly(BERLIN, {day: [(time(22), time(22))] for day in (6, 0, 1, 2, 3)})


def wall(text):
    return datetime.fromisoformat(text)


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def local(instant, zone=BERLIN):
    assert instant.tzinfo is UTC
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M:%S")


def hours_of(calendar, day):
    start = datetime.combine(day, time(0), ZoneInfo(calendar.zone))
    end = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(calendar.zone))
    return calendar.working_seconds_between(start, end) / 3600


def test_a_day_has_its_net_hours_and_a_holiday_none():
    assert hours_of(ATELIER, date(2025, 11, 18)) == 8
    assert hours_of(BAKE, date(2025, 11, 22)) == 7.5
    assert hours_of(BAKE, date(2025, 11, 23)) == 0
    assert hours_of(ATELIER, date(2025, 12, 24)) == 0
    assert hours_of(always(), date(2025, 11, 23)) == 24


def test_work_pauses_over_break_night_weekend_and_holidays():
    friday = berlin("2025-11-21T11:00")

    assert local(ATELIER.add_working_seconds(friday, 3600)) == "Fri 21 12:00:00"
    assert local(ATELIER.add_working_seconds(friday, 3601)) == "Fri 21 12:30:01"
    assert local(ATELIER.add_working_seconds(friday, 6 * 3600)) == "Mon 24 09:00:00"
    before = berlin("2025-12-23T16:00")
    assert local(ATELIER.add_working_seconds(before, 3600)) == "Thu 01 08:30:00"


def test_working_time_is_half_open():
    assert ATELIER.is_open(berlin("2025-11-18T08:00"))
    assert not ATELIER.is_open(berlin("2025-11-18T12:00"))
    assert not ATELIER.is_open(berlin("2025-11-18T16:30"))
    assert local(ATELIER.next_open(berlin("2025-11-18T16:30"))) == "Wed 19 08:00:00"
    assert local(ATELIER.next_open(berlin("2025-11-18T09:00"))) == "Tue 18 09:00:00"


def test_work_of_no_length_is_done_at_the_first_open_instant():
    done = ATELIER.add_working_seconds(berlin("2025-11-22T09:00"), 0)

    assert local(done) == "Mon 24 08:00:00"


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 29), 6.5),
        (date(2026, 10, 25), 8.5),
        (date(2026, 3, 28), 7.5),
    ],
)
def test_a_night_in_which_the_clocks_change_is_shorter_or_longer(day, hours):
    every_day = Calendar(
        BERLIN,
        tuple(
            Shift(n, time(2), time(10), ((time(5, 30), time(5, 45)),)) for n in range(7)
        ),
    )

    assert hours_of(every_day, day) == hours + 0.25


def test_an_hour_that_the_clocks_skip_is_no_working_time():
    early = Calendar(BERLIN, (Shift(6, time(2), time(3)),))
    half = Calendar(BERLIN, (Shift(6, time(2, 30), time(4)),))

    assert hours_of(early, date(2026, 3, 29)) == 0
    assert hours_of(half, date(2026, 3, 29)) == 1


def test_an_hour_that_comes_twice_is_worked_twice():
    early = Calendar(BERLIN, (Shift(6, time(2), time(3)),))

    assert hours_of(early, date(2026, 10, 25)) == 2


def test_the_clocks_of_lisbon_change_at_the_same_instant():
    one = Calendar(LISBON, (Shift(6, time(0, 30), time(3)),))

    assert hours_of(one, date(2026, 3, 29)) == 1.5
    assert hours_of(one, date(2026, 10, 25)) == 3.5


def test_a_shift_may_span_midnight_and_days_join():
    sunday = berlin("2025-11-23T20:00")

    openings = NIGHT.openings(sunday, sunday + timedelta(days=7))

    assert [(local(a), local(b)) for a, b in openings] == [
        ("Sun 23 22:00:00", "Fri 28 22:00:00")
    ]
    assert NIGHT.is_open(berlin("2025-11-25T00:00"))


def test_a_break_after_midnight_belongs_to_the_night_shift():
    shift = Shift(0, time(22), time(6), ((time(1), time(1, 30)),))
    night = Calendar(BERLIN, (shift,))

    assert not night.is_open(berlin("2025-11-25T01:15"))
    assert night.is_open(berlin("2025-11-25T01:30"))
    assert hours_of(night, date(2025, 11, 25)) == 5.5


def test_an_exception_may_open_a_saturday():
    extra = Special(wall("2025-11-22T06:00"), wall("2025-11-22T09:00"), True)
    calendar = Calendar(BERLIN, ATELIER.shifts, (extra,))

    assert hours_of(calendar, date(2025, 11, 22)) == 3


def test_openings_can_be_told_in_seconds_from_an_origin():
    origin = berlin("2025-11-21T16:00")

    stretches = ATELIER.openings_s(origin, origin + timedelta(days=3))

    assert stretches[0] == (0, 1800)
    assert stretches[1][0] == 64 * 3600


@pytest.mark.parametrize(
    ("after", "cutoff", "expected"),
    [
        ("2025-11-19T11:00", Cutoff(time(12), frozenset({2})), "Wed 19 12:00:00"),
        ("2025-11-19T12:00", Cutoff(time(12), frozenset({2})), "Wed 26 12:00:00"),
        ("2025-11-22T16:00", Cutoff(time(15)), "Mon 24 15:00:00"),
        ("2025-11-22T16:00", Cutoff(time(15), days_before=1), "Sun 23 15:00:00"),
        ("2026-03-29T01:00", Cutoff(time(2, 30), frozenset({6})), "Sun 29 03:00:00"),
        ("2026-10-25T01:00", Cutoff(time(2, 30), frozenset({6})), "Sun 25 02:30:00"),
    ],
)
def test_the_next_cutoff_comes_on_its_days(after, cutoff, expected):
    assert local(BAKE.next_cutoff(berlin(after), cutoff)) == expected


def test_what_never_opens_says_so():
    closed = Calendar(BERLIN)

    with pytest.raises(CalendarError, match="no working time"):
        closed.next_open(berlin("2025-11-22T16:00"))
    with pytest.raises(CalendarError, match="5 s of work"):
        closed.add_working_seconds(berlin("2025-11-22T16:00"), 5)
    with pytest.raises(CalendarError, match="no cut-off"):
        closed.next_cutoff(berlin("2025-11-22T16:00"), Cutoff(time(15)))
    assert closed.find_opening(berlin("2025-11-22T16:00")) is None
    assert closed.find_end(berlin("2025-11-22T16:00"), 5) is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Shift(7, time(8), time(9)), "got 7"),
        (lambda: Shift(0, time(8), time(9), ((time(7), time(8)),)), "not inside"),
        (lambda: Special(wall("2025-01-02"), wall("2025-01-01")), "empty"),
        (lambda: ATELIER.add_working_seconds(berlin("2025-11-21"), -1), "-1 s"),
        (lambda: ATELIER.is_open(wall("2025-11-21")), "no zone"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(make, said):
    with pytest.raises(CalendarError, match=said):
        make()


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
calendars = st.builds(
    Calendar,
    st.sampled_from([BERLIN, LISBON]),
    st.lists(st.builds(Shift, st.integers(0, 6), times, times), max_size=4).map(tuple),
    st.lists(
        st.builds(
            lambda day, at, hours, is_open: Special(
                datetime.combine(day, at),
                datetime.combine(day, at) + timedelta(hours=hours),
                is_open,
            ),
            st.sampled_from([date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24)]),
            times,
            st.integers(1, 60),
            st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)
around = st.sampled_from(
    [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]
)


def is_open_by_the_clock_face(calendar, instant):
    """Judge an instant by what the clock on the wall shows, and nothing else."""
    zone = ZoneInfo(calendar.zone)
    aware = instant.astimezone(zone)
    wall = aware.replace(tzinfo=None, fold=0)

    def inside(start, end):
        """Whether the wall clock has shown start but not yet end for good."""
        return start <= wall < end

    open_ = False
    for special in calendar.exceptions:
        if inside(special.start, special.end):
            if not special.is_open:
                return False
            open_ = True
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        for shift in calendar.shifts:
            if shift.weekday == day.weekday():
                start = datetime.combine(day, shift.start)
                open_ |= inside(start, start + timedelta(seconds=shift.length_s))
    return open_


def is_in_a_change(calendar, instant):
    """Times that come twice are ambiguous at the ends of shifts: left out here."""
    aware = instant.astimezone(ZoneInfo(calendar.zone))
    return aware.replace(fold=0).utcoffset() != aware.replace(fold=1).utcoffset()


@settings(max_examples=6, deadline=None)
@given(calendars, around)
def test_openings_agree_with_the_clock_on_the_wall(calendar, start):
    for quarter in range(0, 4 * 96, 1):
        instant = start + timedelta(minutes=15 * quarter)
        if not is_in_a_change(calendar, instant):
            assert calendar_is_open(calendar, instant) == is_open_by_the_clock_face(
                calendar, instant
            ), instant


def calendar_is_open(calendar, instant):
    try:
        return calendar.is_open(instant)
    except CalendarError:
        return False


@settings(max_examples=60, deadline=None)
@given(calendars, around, st.integers(0, 400_000), st.integers(1, 200_000))
def test_adding_work_and_counting_it_agree(calendar, start, offset_s, work_s):
    start += timedelta(seconds=offset_s)
    if not any(calendar.works_on(date(2027, 1, 3 + n)) for n in range(7)):
        return

    end = calendar.add_working_seconds(start, work_s)

    assert calendar.working_seconds_between(start, end) == work_s
    just_before = end - timedelta(seconds=1)
    assert calendar.working_seconds_between(start, just_before) == work_s - 1
    half = calendar.add_working_seconds(start, work_s // 2)
    assert calendar.add_working_seconds(half, work_s - work_s // 2) == end


def test_counting_back_skips_nights_breaks_and_holidays():
    monday = berlin("2025-11-24T09:00")

    def latest(end, hours):
        return local(ATELIER.find_start(end, int(hours * 3600)))

    assert latest(monday, 0) == "Mon 24 09:00:00"
    assert latest(berlin("2025-11-24T07:00"), 0) == "Fri 21 16:30:00"
    assert latest(monday, 2) == "Fri 21 15:30:00"
    assert latest(monday, 6) == "Fri 21 11:00:00"
    assert latest(berlin("2026-01-02T08:30"), 1.5) == "Thu 01 15:30:00"
    assert latest(berlin("2026-01-01T08:00"), 1) == "Tue 23 15:30:00"


@settings(max_examples=60, deadline=None)
@given(calendars, around, st.integers(0, 400_000), st.integers(0, 200_000))
def test_what_begins_at_the_latest_moment_is_done_just_in_time(
    calendar, end, offset_s, work_s
):
    end += timedelta(seconds=offset_s)

    begin = calendar.find_start(end, work_s)

    if begin is None:
        assert not any(calendar.works_on(date(2027, 1, 3 + n)) for n in range(7))
        return
    assert calendar.working_seconds_between(begin, end) == work_s
    just_before = begin - timedelta(seconds=1)
    assert calendar.working_seconds_between(just_before, end) == work_s + 1


@settings(max_examples=60, deadline=None)
@given(calendars, around)
def test_openings_are_in_order_apart_and_add_up(calendar, start):
    end = start + timedelta(days=5)

    openings = calendar.openings(start, end)

    edges = [edge for opening in openings for edge in opening]
    assert edges == sorted(set(edges))
    total = sum((b - a).total_seconds() for a, b in openings)
    assert total == calendar.working_seconds_between(start, end)
