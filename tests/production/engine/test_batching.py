from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.batching import form_batches, partition
from production.engine.cutoff import CutoffClock
from production.engine.demand import Demand, DemandError
from production.engine.loads import BatchError, Lot

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
TRAY = {"load_num": 1, "load_den": 24}


def cookie(key, quantity, *, icing="WHITE", due_s=90_000, arrived_s=0, **more):
    return Demand(
        key=key,
        family=f"product=COOKIE|icing={icing}",
        quantity=quantity,
        arrived_s=arrived_s,
        due_s=due_s,
        attributes={"product": "COOKIE", "icing": icing},
        **(TRAY | more),
    )


def bake(demands, **more):
    asked = {"capacity": 18, "now_s": 1000, "run_s": 840, "max_wait_s": 2700}
    return form_batches(demands, **(asked | more))


def at_second(second):
    return CutoffClock((EPOCH + timedelta(seconds=second)).time(), "UTC", EPOCH)


def summary(proposals):
    return [
        (
            p.family[-5:],
            [(m.key, m.quantity) for m in p.members],
            p.freeze,
            p.because.code,
        )
        for p in proposals
    ]


def test_nothing_to_group_gives_no_proposal():
    assert bake([]) == []


def test_a_batch_never_mixes_families_and_waits_while_there_is_room():
    proposals = bake([cookie(1, 48), cookie(2, 24, icing="NONE"), cookie(3, 24)])

    assert summary(proposals) == [
        ("=NONE", [(2, 24)], False, "WAITING"),
        ("WHITE", [(1, 48), (3, 24)], False, "WAITING"),
    ]


@pytest.mark.parametrize(
    ("demands", "more", "code"),
    [
        ([cookie(1, 432)], {}, "FULL"),
        ([cookie(1, 24, arrived_s=-1700)], {}, "MAX_WAIT"),
        ([cookie(1, 24, due_s=1840)], {}, "DUE_DATE"),
        ([cookie(1, 24, due_s=1900)], {"setup_s": 60}, "DUE_DATE"),
        ([cookie(1, 24)], {"cutoff": at_second(1000)}, "CUT_OFF"),
    ],
)
def test_a_load_is_frozen_for_the_reason_that_holds(demands, more, code):
    (proposal,) = bake(demands, **more)

    assert (proposal.freeze, proposal.because.code) == (True, code)


def test_a_load_that_may_wait_says_when_time_will_freeze_it():
    (proposal,) = bake([cookie(1, 24, due_s=3000)], cutoff=at_second(9000))

    assert (proposal.freeze, proposal.freeze_at_s) == (False, 3000 - 840)


def test_below_the_minimum_a_load_waits_even_if_it_will_be_late():
    (proposal,) = bake([cookie(1, 24, due_s=900)], minimum=3)

    assert (proposal.freeze, proposal.because.code) == (False, "BELOW_MINIMUM")
    assert str(proposal.because) == "the minimum of 3 is not reached: 1 so far"


def test_loads_are_the_same_where_nobody_asks_who_is_nearly_in_them():
    demands = [cookie(1, 400), cookie(2, 24, icing="NONE"), cookie(3, 48)]

    told, plain = bake(demands), bake(demands, near_misses=False)

    assert any(load.near_misses for load in told)
    assert [replace(load, near_misses=()) for load in told] == plain


def test_a_demand_larger_than_a_load_is_cut_into_lots():
    proposals = bake([cookie("big", 600), cookie("small", 24)])

    assert summary(proposals) == [
        ("WHITE", [("big", 432)], True, "FULL"),
        ("WHITE", [("big", 168), ("small", 24)], False, "WAITING"),
    ]
    assert [m.reason.code for p in proposals for m in p.members] == [
        "LOT",
        "LOT",
        "MEMBER",
    ]


def test_a_piece_larger_than_the_capacity_is_refused():
    with pytest.raises(BatchError, match="one piece of 1 needs 20"):
        bake([cookie(1, 1, load_num=20, load_den=1)])
    with pytest.raises(DemandError, match="capacity"):
        bake([], capacity=0)


def test_later_orders_move_up_into_the_room_left():
    proposals = bake(
        [cookie(1, 240, due_s=5000), cookie(2, 240, due_s=6000), cookie(3, 192)]
    )

    assert [[m.key for m in p.members] for p in proposals] == [[1, 3], [2]]
    assert proposals[0].members[1].reason.code == "TOPPED_UP"


def test_near_misses_name_what_was_different_and_what_had_no_room():
    proposals = bake(
        [cookie(1, 408, due_s=5000), cookie(2, 48), cookie(3, 24, icing="NONE")]
    )
    first = proposals[0]

    assert [m.key for m in first.members] == [1]
    assert [(n.key, str(n.reason)) for n in first.near_misses] == [
        (2, "no room left: needs 2, 1 free"),
        (3, "different icing: NONE, not WHITE"),
    ]
    assert [n.key for n in proposals[2].near_misses] == [3]


def test_an_expected_order_is_no_member_and_waiting_for_it_may_be_too_late():
    proposals = bake([cookie(1, 24, due_s=3000), cookie(2, 24, arrived_s=2500)])
    first, second = proposals

    assert [(n.key, n.reason.code) for n in first.near_misses] == [(2, "WOULD_BE_LATE")]
    assert (second.freeze, second.because.code) == (False, "EXPECTED")


def test_each_family_may_run_for_its_own_time():
    demand = cookie(1, 24, due_s=3000)

    (slow,) = bake([demand], run_s={demand.family: 2000})
    (quick,) = bake([demand], run_s={demand.family: 500})

    assert (slow.freeze, quick.freeze) == (True, False)


@st.composite
def waiting_room(draw):
    n = draw(st.integers(0, 14))
    return [
        Demand(
            key=place,
            family=draw(st.sampled_from("ABC")),
            quantity=draw(st.integers(1, 60)),
            arrived_s=draw(st.integers(-3000, 1200)),
            due_s=draw(st.integers(0, 9000)),
            weight=draw(st.integers(0, 3)),
            load_num=draw(st.sampled_from([1, 2])),
            load_den=draw(st.sampled_from([1, 3, 4])),
        )
        for place in range(n)
    ]


@given(waiting_room(), st.integers(2, 30), st.integers(0, 2))
def test_every_piece_is_proposed_once_and_no_load_is_too_large(
    demands, capacity, minimum
):
    proposals = bake(demands, capacity=capacity, minimum=minimum)

    by_key = {d.key: d for d in demands}
    sums = dict.fromkeys(by_key, 0)
    for proposal in proposals:
        load = Fraction(0)
        for member in proposal.members:
            demand = by_key[member.key]
            assert demand.family == proposal.family
            sums[member.key] += member.quantity
            load += Fraction(member.quantity * demand.load_num, demand.load_den)
            assert not proposal.freeze or demand.arrived_s <= 1000
        assert load == proposal.load <= capacity
        assert not proposal.freeze or load >= minimum
        inside = {m.key for m in proposal.members}
        assert inside.isdisjoint(n.key for n in proposal.near_misses)
    assert sums == {d.key: d.quantity for d in demands}


@given(waiting_room(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(demands, rng):
    shuffled = demands.copy()
    rng.shuffle(shuffled)

    assert bake(shuffled) == bake(demands)


@given(waiting_room(), st.integers(2, 20))
def test_a_larger_oven_never_needs_more_contiguous_loads(demands, room):
    lots = [Lot(d, d.quantity, min(d.quantity, room)) for d in demands]

    small = partition(lots, room=room, start_s=0, run_s=100)
    large = partition(lots, room=room + 5, start_s=0, run_s=100)

    assert len(large) <= len(small)


def enumerate_partitions(lots):
    if not lots:
        yield []
        return
    for size in range(1, len(lots) + 1):
        for rest in enumerate_partitions(lots[size:]):
            yield [list(lots[:size]), *rest]


@given(st.data())
def test_the_partition_equals_the_best_of_all_contiguous_ones(data):
    room, run_s = 20, 100
    sizes = data.draw(st.lists(st.integers(1, room), min_size=1, max_size=7))
    lots = [
        Lot(
            Demand(
                key=place,
                family="A",
                quantity=size,
                due_s=data.draw(st.integers(0, 500)),
                weight=data.draw(st.integers(0, 3)),
            ),
            size,
            size,
        )
        for place, size in enumerate(sizes)
    ]
    lots.sort(key=lambda lot: lot.order)

    def cost(loads):
        late = sum(
            lot.demand.weight * max(0, place * run_s - lot.demand.due_s)
            for place, load in enumerate(loads, start=1)
            for lot in load
        )
        fill = -sum(sum(lot.load for lot in load) ** 2 for load in loads)
        return (len(loads), late, fill)

    best = min(
        cost(loads)
        for loads in enumerate_partitions(lots)
        if all(sum(lot.load for lot in load) <= room for load in loads)
    )

    assert cost(partition(lots, room=room, start_s=0, run_s=run_s)) == best
