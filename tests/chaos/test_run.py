"""The harness notices when it has not done its work."""

from typing import Any

import pytest

from tests.chaos.run import FAILURES, exit_code, list_undone

ASKED = {
    "orders": 1000,
    "worker_kills": 5,
    "broker_wipes": 3,
    "db_restarts": 1,
    "in_batches": 1,
}
WHOLE = {
    "design": "outbox",
    "orders": 1000,
    "worker_kills": 5,
    "broker_wipes": 4,
    "db_restarts": 1,
    "in_batches": 40,
    "parked": 1,
    "lost": 0,
}


@pytest.mark.parametrize("changes", [{}, {"design": "naive", "parked": 0, "lost": 10}])
def test_a_run_that_did_its_work_leaves_nothing_undone(changes):
    assert list_undone({**WHOLE, **changes}, ASKED, is_drained=True) == []


@pytest.mark.parametrize(
    ("changes", "is_drained", "told"),
    [
        ({"worker_kills": 4}, True, "4 of 5 worker_kills"),
        ({"broker_wipes": 0}, True, "0 of 3 broker_wipes"),
        ({"db_restarts": 0}, True, "0 of 1 db_restarts"),
        ({"orders": 999}, True, "999 of 1000 orders"),
        ({"in_batches": 0}, True, "0 of 1 in_batches"),
        ({"parked": 0}, True, "the poisoned order was not parked"),
        ({}, False, "orders still waited after 240 s"),
        ({"design": "naive", "lost": 9}, True, "the naive design lost 0.90% only"),
    ],
)
def test_what_the_harness_left_undone_is_told(changes, is_drained, told):
    assert list_undone({**WHOLE, **changes}, ASKED, is_drained=is_drained) == [told]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        *(({name: 1}, 1) for name in FAILURES),
        ({"undone": ["0 of 1 in_batches"]}, 2),
        ({"lost": 1, "undone": ["0 of 1 in_batches"]}, 2),
    ],
)
def test_a_harness_that_fell_short_is_told_from_a_design_that_loses(changes, code):
    clean: dict[str, Any] = {**dict.fromkeys(FAILURES, 0), "undone": []}

    assert exit_code({**clean, **changes}) == code
