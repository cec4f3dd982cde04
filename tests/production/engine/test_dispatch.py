import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.demand import DemandError
from production.engine.dispatch import RULES, ReadyStep, ShopState

NOW = ShopState(now_s=1000, mean_run_s=100)
URGENT = ReadyStep("urgent", 300, 300, ready_s=900, due_s=1400)
SHORT = ReadyStep("short", 50, 400, ready_s=950, due_s=5000)
OLD = ReadyStep("old", 200, 3000, ready_s=100, due_s=3500)
HEAVY = ReadyStep("heavy", 100, 100, ready_s=990, due_s=1100, weight=9)


@pytest.mark.parametrize(
    ("rule", "first"),
    [("EDD", "heavy"), ("FIFO", "old"), ("SPT", "short"), ("CR", "old")],
)
def test_each_rule_prefers_what_it_is_named_after(rule, first):
    steps = [URGENT, SHORT, OLD, HEAVY]

    assert min(steps, key=lambda step: RULES[rule](step, NOW)).key == first


def test_weight_and_slack_decide_by_apparent_tardiness_cost():
    ranked = sorted(
        [URGENT, SHORT, OLD, HEAVY], key=lambda step: RULES["ATC"](step, NOW)
    )

    assert [step.key for step in ranked][:2] == ["heavy", "old"]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8),
    st.sampled_from(sorted(RULES)),
    st.randoms(use_true_random=False),
)
def test_every_rule_orders_steps_whatever_the_order_of_the_input(pairs, rule, rng):
    steps = [
        ReadyStep(key, run_s, run_s + 3, due_s=due_s)
        for key, (run_s, due_s) in enumerate(pairs)
    ]
    shuffled = steps.copy()
    rng.shuffle(shuffled)

    def ranked(some):
        return sorted(some, key=lambda step: RULES[rule](step, NOW))

    assert ranked(shuffled) == ranked(steps)


def test_more_run_than_remains_is_refused():
    with pytest.raises(DemandError, match=r"\(5, 4\) s"):
        ReadyStep("a", 5, 4)
