"""The planner's page: the Gantt, what is late, what plans changed, what to mend."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone

from production.engine.budget import Progress
from production.engine.demand import DemandError, LineRule
from production.models import (
    Batch,
    Changeover,
    Operation,
    WorkCentre,
    WorkOrder,
)
from production.selectors import changeovers, lanes, planner, problems
from production.selectors.loads import map_matrices
from production.services import batching, jobs, planning, sequencing
from tests.factories.access import make_user
from tests.factories.floor import (
    DAY,
    at,
    bake,
    make_calendar,
    make_centre,
    make_line,
    make_matrix,
    make_operator,
    make_ratio,
    make_unit,
    make_work_order,
    numbers_in,
    step,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    user = make_user("planner")
    user.groups.add(Group.objects.get_or_create(name="planner")[0])
    client.force_login(user)

    def read(path="/floor/planner/"):
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def bread(n_trays=1, **fields):
    pieces = 24 * n_trays
    return make_work_order(bake(), planned_quantity=pieces, quantity=pieces, **fields)


def group(minutes=1):
    centre_id = make_centre("OVEN-1").id
    return batching.plan_work_centre(work_centre_id=centre_id, now=at(minutes))


def texts(now=None):
    return [problem.text for problem in problems.list_problems(now=now or at(1))]


def test_what_will_not_be_done_in_time_is_at_risk_and_what_was_not_is_late(
    page, monkeypatch
):
    monkeypatch.setattr(planner, "MOST_LATE", 1)
    now = timezone.now()
    soon = make_work_order(step("SAW", run_s=7200), due_at=now + DAY / 24)
    late = make_work_order(step("SAND", centre="TABLE"), due_at=now - DAY)
    untold = make_work_order(step("GLUE", centre="CLAMP"), due_at=now - DAY / 2)
    behind = make_work_order(step("OIL", centre="SHELF"), due_at=now + DAY)
    behind.operations.update(due_at=now - DAY / 24)

    html = page()

    (lane,) = [each for each in lanes.list_lanes(now=now) if each.bars[0].is_late][:1]
    assert lane.centre.code == "BENCH"
    risk = html.partition('id="risk"')[2].partition("</section>")[0]
    over = html.partition('id="late"')[2].partition("</section>")[0]
    assert soon.number in risk
    assert late.number not in risk
    assert over.count(late.number) == 2  # its address and its name
    assert untold.number not in over
    assert behind.number in over
    assert html.count("1 late") == 3
    assert html.count("1 at risk") == 1


def test_the_page_says_what_the_latest_plans_moved_added_and_held(page):
    line = make_line()
    make_ratio(line, "HEAVY", 1, 2)
    units = [make_unit(line) for _ in range(3)]
    sequencing.sequence(line_id=line.id, now=at(0), cause="arrivals")

    html = page()

    (replan,) = planner.list_replans()
    assert replan.n_changed == {"moved": 0, "added": 3, "held": 0}
    assert all(unit.number in html for unit in units)
    assert "3 added" in html


def test_a_grouping_is_told_with_the_batches_that_work_went_to(
    page, django_capture_on_commit_callbacks
):
    order = bread()
    with django_capture_on_commit_callbacks(execute=True):
        group()

    (plan,) = planner.list_batch_plans()

    assert plan.n_changed == {"added": 1}
    assert plan.changed["added"][0][0] == order.number
    assert "1 added" in page()


def test_learned_minutes_stand_beside_planned_ones_by_their_own_matrix(page):
    for matrix, name in (("OVEN", "Scrub the oven"), ("PRESS", "Wash the ink off")):
        make_matrix(matrix, {"code": "FULL_CLEAN", "name": {"en": name}})
    bread(18)
    group()
    (waiting,) = Batch.objects.all()
    Changeover.objects.filter(batch=waiting).update(
        rule_code="FULL_CLEAN", planned_s=480
    )
    for number, actual_s in (("B-1", 600), ("B-2", 900)):
        Changeover.objects.create(
            batch=Batch.objects.create(
                number=number,
                work_centre=waiting.work_centre,
                state="COMPLETED",
                setup_matrix="OVEN",
                capacity_milli=18_000,
                created_at=at(0),
            ),
            work_centre=waiting.work_centre,
            rule_code="FULL_CLEAN",
            state="SIGNED",
            planned_s=480,
            actual_s=actual_s,
            created_at=at(0),
            signed_at=at(1),
        )

    (row,) = changeovers.list_changeovers()
    html = page()
    board = page("/floor/boards/OVEN-1/")

    assert (row["n"], row["planned"], row["actual"]) == (2, 480, 750)
    assert all(word in html for word in ("12.5", "8.0", "Scrub the oven"))
    assert "Wash the ink off" not in html
    assert "Scrub the oven · 8 min (usually 12 min)" in board


@pytest.mark.parametrize("n", [1, 4])
def test_the_statements_do_not_grow_with_the_work(n, django_assert_max_num_queries):
    for _ in range(n):
        bread()
        make_work_order(step("SAW"))
    group()

    with django_assert_max_num_queries(16):
        lanes.list_lanes(now=at(1))
    with django_assert_max_num_queries(16):
        problems.list_problems(now=at(1))


def test_a_planner_begins_watches_and_stops_a_search(page, client, monkeypatch):
    line = make_line()
    make_ratio(line, "HEAVY", 1, 2)
    make_unit(line)
    sequencing.sequence(line_id=line.id, now=at(0), cause="arrivals")
    begun = []
    monkeypatch.setattr(
        "production.views.planner.search_queue.delay",
        lambda **asked: begun.append(asked),
    )
    path = f"/floor/planner/{line.code}/search/"

    client.post(path, {"action": "search", "seconds": "20"})
    watched = page()
    place = planning._place(line.code)
    watch = planning._Watch(place, 20, lambda: 0.0, looked_s=0.0)
    watch.tell(planning.SEARCHING, Progress(500, 2_000, (0, 3, 1)))
    told = page()
    client.post(path, {"action": "stop"})

    assert begun == [{"code": line.code, "seconds": 20}]
    assert "Stop the search" in watched
    assert "2 of 20 s, 500 moves" in told
    assert "0 runs too long, 3 late, 1 over ratio" in told


def test_what_closes_at_night_is_marked_and_takt_is_what_a_week_of_orders_asks_for(
    page,
):
    now = timezone.now().replace(microsecond=0)
    line = make_line()
    make_unit(line)
    WorkOrder.objects.update(created_at=now)
    calendar = make_calendar("NIGHT")
    calendar.always_open = False
    calendar.save()
    for weekday in range(7):
        calendar.shifts.create(weekday=weekday, starts=time(22), ends=time(6))
    WorkCentre.objects.filter(id=make_centre("BENCH").id).update(calendar=calendar)
    make_work_order(step("SAW", run_s=9 * 3600))

    found = {each.centre.code: each for each in lanes.list_lanes(now=now)}
    closed = found["BENCH"].closed(now, now + DAY)
    (balance,) = [each for each in planner.list_balances(now=now) if each.needed_ms]
    html = page()

    assert sum((ends - begins for begins, ends in closed), timedelta()) == 2 * DAY / 3
    assert balance.needed_ms == 7 * 86_400_000
    assert html.count('id="gantt-closed"') == 1
    assert '<rect class="gantt__closed" fill="url(#gantt-closed)"' in html
    assert "gantt__thread" in html
    assert "the orders of a week ask for one every 7 d" in html


def test_a_machine_shows_its_queue_and_two_loads_may_be_searched(page):
    for _ in range(2):
        bread(18)
        group()

    html = page()

    (queue,) = planner.list_queues()
    assert (queue.centre.code, queue.n_loads) == ("OVEN-1", 2)
    assert "2 loads in the queue" in html
    assert "/floor/planner/OVEN-1/search/" in html


# What is wrong is named on the page, and the rest is planned all the same.


def test_a_work_centre_without_working_time_is_named(page):
    closed = make_calendar("NEVER")
    closed.always_open = False
    closed.save()
    WorkCentre.objects.filter(id=make_centre("BENCH").id).update(calendar=closed)
    make_work_order(step("SAW"))
    order = bread()

    group()
    html = page()

    assert "BENCH has no working time: calendar NEVER has no shift." in html
    assert numbers_in(make_centre("OVEN-1").batches.get()) == {order.number}
    assert [lane.centre.code for lane in lanes.list_lanes(now=at(1))] == ["OVEN-1"]


def test_a_set_up_matrix_without_a_catch_all_is_named(page):
    make_matrix("OVEN", {"code": "SAME", "same": ["programme"], "internal_s": 60})
    bread(18)
    other = make_work_order(bake("programme=BREAD"), planned_quantity=432, quantity=432)

    group()
    html = page()

    assert "set-up matrix OVEN has no catch-all" in html
    rules = Changeover.objects.values_list("rule_code", "planned_s")
    assert set(rules) <= {("SAME", 60), ("NO_CATCH_ALL", 60)}
    assert Operation.objects.get(work_order=other).state == "IN_BATCH"
    assert Changeover.objects.count() == 2
    change = map_matrices()["OVEN"].setup_between({"programme": 1}, {"programme": 2})
    assert (change.rule_code, change.internal_s) == ("NO_CATCH_ALL", 60)


def test_a_ratio_of_five_in_three_cannot_be_kept_and_says_so():
    rule = make_ratio(make_line(), "SUNROOF", 1, 3)
    rule.p = 5

    with pytest.raises(ValidationError, match="a_ratio_is_p_in_q_with_p_below_q"):
        rule.full_clean()
    with pytest.raises(DemandError, match=r"SUNROOF must allow p of q.*5 of 3"):
        LineRule("SUNROOF", {}, 5, 3)


def test_an_order_larger_than_all_loads_of_a_day_is_named(page):
    centre = make_centre("OVEN-1")
    day = make_calendar("DAY")
    day.always_open = False
    day.save()
    for weekday in range(7):
        day.shifts.create(weekday=weekday, starts="08:00", ends="09:00")
    WorkCentre.objects.filter(id=centre.id).update(calendar=day)
    huge = bread(18 * 5)
    small = bread()

    group()

    assert texts() == [
        f"{huge.number} needs 5 loads of OVEN-1, which makes at most 4 on a day."
    ]
    assert huge.number in page()
    assert Operation.objects.get(work_order=small).state == "IN_BATCH"


def test_a_piece_larger_than_a_load_is_named_and_waits(page):
    giant = make_work_order(bake(load_num=24 * 19), planned_quantity=1, quantity=1)
    small = bread()

    group()

    assert texts() == [f"One piece of {giant.number} is larger than a load of OVEN-1."]
    assert Operation.objects.get(work_order=giant).state == "READY"
    assert Operation.objects.get(work_order=small).state == "IN_BATCH"


def test_a_circle_in_a_routing_is_named(page):
    stuck = make_work_order(
        step("SAW", predecessors=[20]), step("SAND", predecessors=[10])
    )
    fine = make_work_order(step("SAW"))

    html = page()

    assert f"The steps 10, 20 of {stuck.number} wait for each other." in html
    assert [bar.what for bar in lanes.list_lanes(now=at(1))[0].bars] == [fine.number]


def test_a_skill_that_nobody_has_is_named(page):
    anna = make_operator("ANNA", "SEW")
    magic = make_work_order(step("CHARM", skill="MAGIC"), method="JOB")
    sewing = make_work_order(step("SEW", skill="SEW"), method="JOB")

    jobs.assign(now=at(1))
    html = page()

    assert (
        "Nobody here has the skill MAGIC: "
        f"1 step waits for it, in {magic.number}." in html
    )
    assert Operation.objects.get(work_order=magic).operator is None
    assert Operation.objects.get(work_order=sewing).operator == anna
