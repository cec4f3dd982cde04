import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.demand import DemandError, Person, Resource
from production.engine.openings import common, merge, open_seconds, work_from

DAY = ((100, 200), (220, 300))


@pytest.mark.parametrize(
    ("start_s", "work_s", "times"),
    [
        (0, 50, (100, 150)),
        (150, 50, (150, 200)),
        (150, 60, (150, 230)),
        (205, 80, (220, 300)),
        (205, 81, None),
        (200, 0, (220, 220)),
        (300, 0, None),
    ],
)
def test_work_pauses_while_closed(start_s, work_s, times):
    assert work_from(DAY, start_s, work_s) == times


def test_what_is_always_open_never_pauses():
    assert work_from(None, 7, 5) == (7, 12)
    assert common(None, DAY) == common(DAY, None) == DAY
    assert open_seconds(None, 5, 9) == 4


stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5).map(
    merge
)


@given(stretches, stretches)
def test_common_time_is_open_in_both(one, two):
    def seconds(openings):
        return {s for from_s, to_s in openings for s in range(from_s, to_s)}

    assert seconds(common(one, two)) == seconds(one) & seconds(two)


@given(stretches, st.integers(0, 60), st.integers(1, 60))
def test_the_open_seconds_between_beginning_and_end_are_the_work(
    openings, start_s, work_s
):
    times = work_from(openings, start_s, work_s)

    if times is None:
        assert open_seconds(openings, start_s, 10_000) < work_s
    else:
        assert open_seconds(openings, start_s, times[1]) == work_s
        assert open_seconds(openings, start_s, times[0]) == 0


def test_openings_out_of_order_are_refused_by_owner():
    with pytest.raises(DemandError, match="resource SAW"):
        Resource("SAW", openings=((5, 9), (3, 4)))
    with pytest.raises(DemandError, match="person W01"):
        Person("W01", frozenset(), openings=((5, 5),))
