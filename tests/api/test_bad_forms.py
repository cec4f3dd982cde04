"""Forms that cannot be right are refused as calls are."""

import pytest

from tests.api.shop import count_rows

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_form_fields_with_the_character_nul_are_refused(boss, world):
    before = count_rows()
    operation = world.operations["READY"].pk

    answers = [
        boss.client.post("/cart/add/shirt/", {"c.colour": "NAVY", "c.text": "a\0b"}),
        boss.client.post("/checkout/", {"name": "a\0b"}),
        boss.client.post(
            f"/floor/operations/{operation}/report/",
            {"action": "block", "reason": "a\0b"},
        ),
        boss.client.post("/accounts/login/", {"login": "a\0b", "password": "x"}),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert count_rows() == before
