from production.engine.demand import Demand
from production.engine.methods.job import plan
from production.engine.plan import Shop
from tests.production.engine.test_bespoke import HOUR, SUIT, TAILORS


def test_a_suit_goes_step_by_step_to_skilled_people_and_what_began_stays():
    shop = Shop(people=TAILORS)
    suits = [Demand("first", "s", 1, due_s=80 * HOUR, steps=SUIT)]
    first = plan(suits, shop=shop, now_s=0)
    suits.append(Demand("urgent", "s", 1, due_s=20 * HOUR, steps=SUIT))

    second = plan(suits, shop=shop, now_s=2 * HOUR, previous=first)

    began = [task for task in first.tasks if task.start_s <= 2 * HOUR]
    assert [task.step for task in began] == ["cut", "baste"]
    assert all(task in second.tasks for task in began)
    later = [t.demand for t in second.tasks if t.start_s > 2 * HOUR]
    assert later[0] == "urgent"


def test_the_rule_of_the_shop_decides_who_is_next():
    demands = [
        Demand("old", "s", 1, arrived_s=-50, due_s=90 * HOUR, steps=SUIT[:1]),
        Demand("due", "s", 1, arrived_s=-10, due_s=9 * HOUR, steps=SUIT[:1]),
    ]

    by_rule = {
        rule: plan(demands, shop=Shop(people=TAILORS, rule=rule), now_s=0)
        for rule in ("EDD", "FIFO")
    }

    assert by_rule["EDD"].tasks[0].demand == "due"
