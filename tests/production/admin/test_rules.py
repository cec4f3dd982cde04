"""Set-up matrices and lines in the admin."""

import pytest

from production.models import (
    Line,
    SequenceRule,
    SetupRule,
)
from production.selectors import problems
from tests.factories.catalogue import make_draft
from tests.factories.floor import (
    at,
    bake,
    make_line,
    make_matrix,
    make_ratio,
    make_work_order,
)
from tests.factories.production import SHIRT
from tests.production.admin.posts import (
    CATCH_ALL,
    SAME,
    errors_of,
    line_fields,
    page_of,
    ratio_fields,
    rows_of,
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


def test_what_no_unit_of_a_line_has_is_refused(client):
    make_draft(SHIRT)
    line = make_line("FL")
    rule = ratio_fields(condition="sleeve = LONG")
    fields = line_fields(line, rule, colour_attribute="sleeve")
    known = {"colour_attribute": "shade", "sequence_rules-0-condition": "text"}

    answer = client.post(page_of("line", line), fields)
    taken = client.post(page_of("line", line), fields | known)

    assert errors_of(answer) == {
        "colour_attribute": "There is no “sleeve” here; "
        "there are colour, quantity, shade, text.",
        "condition": "There is no “sleeve” here; there are colour, quantity, text.",
    }
    assert taken.status_code == 302


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


def test_a_line_s_takt_and_ratios_are_changed(client):
    line = make_line()

    answer = client.post(page_of("line", line), line_fields(line, ratio_fields()))

    assert answer.status_code == 302
    assert Line.objects.get().takt_ms == 60_000
    (rule,) = SequenceRule.objects.all()
    assert (rule.p, rule.q) == (1, 3)


@pytest.mark.parametrize(
    ("field", "fields", "told"),
    [
        ("p", {"p": "5"}, "5 of 3 rules out nothing: allow fewer than 3."),
        ("p", {"p": "3"}, "3 of 3 rules out nothing"),
        ("p", {"p": "0"}, "greater than or equal to 1"),
        ("condition", {"condition": "colour ="}, "colour ="),
        ("station", {"station": "NOWHERE"}, "no such station"),
        ("priority", {"priority": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_ratio_that_no_line_can_keep_is_refused(client, field, fields, told):
    line = make_line()

    answer = client.post(
        page_of("line", line), line_fields(line, ratio_fields(**fields))
    )

    assert set(errors_of(answer)) == {field}
    assert told in errors_of(answer)[field] or field == "condition"
    assert not SequenceRule.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("takt_ms", "0"),
        ("wip_limit", "0"),
        ("colour_max_run", "0"),
        ("base_ms", "-5"),
    ],
)
def test_a_line_that_cannot_run_is_refused_at_the_field(client, field, value):
    line = make_line()
    name = "stations-0-base_ms" if field == "base_ms" else field

    answer = client.post(page_of("line", line), line_fields(line, **{name: value}))

    assert set(errors_of(answer)) == {field}


def test_a_line_and_its_stations_are_neither_added_nor_deleted(client):
    line = make_line()

    assert client.get(page_of("line", action="add")).status_code == 403
    assert client.get(page_of("line", line, "delete")).status_code == 403


def test_an_unfinished_matrix_is_mended_by_the_row_that_is_offered(client):
    make_matrix("OVEN", SAME)
    shown = {"_changelist_filters": "matrix=OVEN"}

    page = client.get(page_of("setuprule", action="add"), shown)
    initial = page.context["adminform"].form.initial
    client.post(page_of("setuprule", action="add"), rule_fields(**initial))

    assert initial == {"matrix": "OVEN", "sequence": 20}
    assert problems.list_problems(now=at(1)) == []


def test_a_ratio_that_was_there_stays_when_the_takt_changes(client):
    line = make_line()
    rule = make_ratio(line, "HEAVY", 1, 2)
    kept = ratio_fields(id=rule.pk, line=line.pk, code="HEAVY", q="2")
    fields = line_fields(line) | rows_of("sequence_rules", [kept], 1)

    answer = client.post(page_of("line", line), fields)

    assert answer.status_code == 302
    assert SequenceRule.objects.get().code == "HEAVY"
