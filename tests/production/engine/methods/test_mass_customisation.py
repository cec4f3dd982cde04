from production.engine.demand import Demand, Unit
from production.engine.flow import Station
from production.engine.methods.mass_customisation import plan
from production.engine.plan import Shop
from tests.production.engine.lines import SHOE_COLOUR, SHOE_RULES, shoes

LINE = Shop(
    stations={"FL-SHOE": tuple(Station(str(n), 150_000) for n in range(6))},
    line_rules=SHOE_RULES,
    colour=SHOE_COLOUR,
    takt_s=180,
)


def pair(unit, **more):
    return Demand(f"pair {unit.key}", "shoe", 1, attributes=unit.attributes, **more)


def test_pairs_are_launched_one_each_takt_without_overloading_a_station():
    planned = plan([pair(unit) for unit in shoes(1)], shop=LINE, now_s=1000)

    assert [task.slot for task in planned.tasks] == list(range(150))
    assert [task.start_s for task in planned.tasks][:3] == [1000, 1180, 1360]
    assert planned.tasks[0].end_s == 1000 + 6 * 180
    assert set(planned.violations.values()) == {0}
    assert len({task.demand for task in planned.tasks}) == 150


def test_a_pair_that_is_due_leaves_the_line_in_time():
    units = shoes(2, n=40)
    demands = [pair(unit) for unit in units]
    demands[31] = pair(units[31], due_s=1000 + 6 * 180)

    planned = plan(demands, shop=LINE, now_s=1000)

    assert planned.tasks[0].demand == "pair 31"
    assert planned.objective[-1] == 0


def test_the_frozen_part_counts_as_history():
    gum = {"sole": "GUM"}
    shop = Shop(line_rules=SHOE_RULES, history=(Unit("before", gum),), takt_s=60)
    demands = [Demand(1, "f", 1, attributes=gum), Demand(2, "f", 2)]

    planned = plan(demands, shop=shop, now_s=0)

    assert [task.demand for task in planned.tasks] == [2, 2, 1]
