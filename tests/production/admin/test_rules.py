"""Set-up matrices and lines in the admin."""

import pytest

from production.models import (
    SetupRule,
)
from production.selectors import problems
from tests.factories.catalogue import make_draft
from tests.factories.floor import (
    at,
    bake,
    make_matrix,
    make_work_order,
)
from tests.factories.production import SHIRT
from tests.production.admin.posts import (
    CATCH_ALL,
    SAME,
    errors_of,
    page_of,
    rule_fields,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_a_row_goes_into_a_matrix_above_its_catch_all(client):
    make_matrix("OVEN", SAME, CATCH_ALL)
    fields = rule_fields(sequence="15", when_to='{"diet": ["VEGAN"]}')

    answer = client.post(page_of("setuprule", action="add"), fields)

    assert answer.status_code == 302
    codes = SetupRule.objects.values_list("code", flat=True)
    assert list(codes) == ["SAME", "NEW", "REST"]


@pytest.mark.parametrize(
    ("field", "fields", "told"),
    [
        ("sequence", {"same": '["diet"]'}, "set-up matrix OVEN has no catch-all"),
        ("sequence", {"sequence": "5"}, "rows below NEW never match"),
        ("sequence", {"matrix": "NEW", "same": '["diet"]'}, "NEW has no catch-all"),
        ("sequence", {"sequence": "-1"}, "greater than or equal to 0"),
        ("internal_s", {"internal_s": "-60"}, "greater than or equal to 0"),
        ("internal_s", {"internal_s": "9" * 30}, "less than or equal to"),
        ("waste", {"waste": '{"dough_g": -1}'}, "dough_g"),
        ("same", {"same": "diet"}, "JSON"),
        ("when_to", {"when_to": '{"diet": "VEGAN"}'}, "as in the example"),
        ("signature_skill", {"signature_skill": "MAGIC"}, "no such skill"),
    ],
)
def test_a_row_that_leaves_a_change_without_an_answer_is_refused(
    client, field, fields, told
):
    make_matrix("OVEN", SAME, CATCH_ALL)

    answer = client.post(page_of("setuprule", action="add"), rule_fields(**fields))

    assert told in errors_of(answer)[field]
    assert SetupRule.objects.count() == 2


def test_two_rows_at_one_place_are_refused(client):
    make_matrix("OVEN", SAME, CATCH_ALL)

    answer = client.post(page_of("setuprule", action="add"), rule_fields(sequence="20"))

    assert answer.status_code == 200
    assert SetupRule.objects.count() == 2


def test_an_attribute_that_no_step_has_is_refused(client):
    make_draft(SHIRT)
    make_matrix("SCREEN", CATCH_ALL)
    fields = rule_fields(matrix="SCREEN", sequence="5", rises='["warmth"]')

    answer = client.post(page_of("setuprule", action="add"), fields)
    client.post(page_of("setuprule", action="add"), fields | {"rises": '["colour"]'})

    assert errors_of(answer) == {
        "rises": "There is no “warmth” here; there are colour."
    }
    assert SetupRule.objects.filter(rises=["colour"]).exists()


def test_the_catch_all_of_a_matrix_is_not_deleted_while_rows_stand_above_it(client):
    make_matrix("OVEN", SAME, CATCH_ALL)
    rest = SetupRule.objects.get(code="REST")

    page = client.post(page_of("setuprule", rest, "delete"), {"post": "yes"})
    whole = {
        "action": "delete_selected",
        "_selected_action": list(SetupRule.objects.values_list("pk", flat=True)),
        "post": "yes",
    }

    assert "set-up matrix OVEN has no catch-all" in text_of(page)
    assert SetupRule.objects.count() == 2
    client.post(page_of("setuprule", action="changelist"), whole)
    assert SetupRule.objects.count() == 0


def test_a_matrix_that_open_work_has_is_not_deleted(client):
    make_matrix("OVEN", CATCH_ALL)
    make_work_order(bake() | {"setup_matrix": "OVEN"}, number="W-7")
    rest = SetupRule.objects.get()

    page = client.post(page_of("setuprule", rest, "delete"), {"post": "yes"})

    assert "Work order W-7 is set up by matrix OVEN." in text_of(page)
    assert SetupRule.objects.exists()


def test_an_unfinished_matrix_is_mended_by_the_row_that_is_offered(client):
    make_matrix("OVEN", SAME)
    shown = {"_changelist_filters": "matrix=OVEN"}

    page = client.get(page_of("setuprule", action="add"), shown)
    initial = page.context["adminform"].form.initial
    client.post(page_of("setuprule", action="add"), rule_fields(**initial))

    assert initial == {"matrix": "OVEN", "sequence": 20}
    assert problems.list_problems(now=at(1)) == []


def test_the_rows_of_all_matrices_say_which_has_no_catch_all(client):
    make_matrix("OVEN", SAME)
    make_matrix("PRESS", CATCH_ALL)

    page = text_of(client.get(page_of("setuprule", action="changelist")))

    assert page.count("has no catch-all") == 1
    assert "Set-up matrix OVEN has no catch-all" in page
