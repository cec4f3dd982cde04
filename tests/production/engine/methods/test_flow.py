from production.engine.demand import Demand, Resource
from production.engine.flow import StockLevel
from production.engine.methods.flow import plan
from production.engine.plan import Shop
from tests.production.engine.test_flow import APPLE, GRAPE, ORANGE

JUICE = Shop(
    stations={"JL-A": tuple(APPLE), "JL-O": tuple(ORANGE), "JL-G": tuple(GRAPE)},
    makes={"JL-A": "APPLE", "JL-O": "ORANGE", "JL-G": "GRAPE"},
    stock=(
        StockLevel("APPLE", 30_000, 25_200, 18_000, 60_000),
        StockLevel("ORANGE", 20_000, 21_600, 15_840, 60_000),
        StockLevel("GRAPE", 10, 12_600, 9_360, 60_000),
    ),
)


def test_three_lines_run_at_the_same_time():
    planned = plan([], shop=JUICE, now_s=100)

    runs = {group.resource: group for group in planned.groups}
    assert sorted(runs) == ["JL-G", "JL-O"]
    assert {group.start_s for group in planned.groups[:1]} == {100}
    assert runs["JL-O"].start_s == 100
    assert runs["JL-O"].end_s == 100 + -(-(13_100 + 15_839 * 3100) // 1000)


def test_stock_serves_the_earliest_due_and_the_rest_waits_for_a_run():
    orders = [Demand("late", "GRAPE", 8, due_s=90), Demand("soon", "GRAPE", 6, due_s=9)]

    planned = plan(orders, shop=JUICE, now_s=0)

    served = [(t.demand, t.quantity, t.reason.code) for t in planned.tasks]
    assert served == [
        ("soon", 6, "FROM_STOCK"),
        ("late", 4, "FROM_STOCK"),
        ("late", 4, "BACKORDER"),
    ]
    assert planned.tasks[2].resource == "JL-G"
    assert planned.objective[1] == 4
    grape = [group for group in planned.groups if group.family == "GRAPE"]
    assert sum(group.quantity for group in grape) == 2 * 9_360
    assert [m.key for m in grape[0].members] == ["late"]


def test_runs_of_one_article_follow_each_other_on_its_line():
    planned = plan([Demand(1, "GRAPE", 10)], shop=JUICE, now_s=0)

    first, second = [group for group in planned.groups if group.family == "GRAPE"]
    assert second.start_s == first.end_s


def test_what_no_line_makes_is_left_out_with_the_reason():
    planned = plan([Demand(1, "PEAR", 3)], shop=JUICE, now_s=0)

    assert [str(one.reason) for one in planned.unplanned] == ["there is no PEAR here"]


def test_a_line_that_has_no_time_leaves_its_backorders_out():
    closed = Resource("JL-G", openings=((0, 50),))
    shop = Shop(
        resources=(closed,),
        stations=JUICE.stations,
        makes=JUICE.makes,
        stock=JUICE.stock,
    )

    planned = plan([Demand(1, "GRAPE", 12)], shop=shop, now_s=0)

    assert [(u.quantity, u.reason.code) for u in planned.unplanned] == [(2, "NO_TIME")]
