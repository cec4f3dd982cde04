"""The page on which rules are written and tried."""

import pytest
from django.test import Client
from django.urls import reverse

from configurator.forms import RuleForm
from tests.factories.access import make_user
from tests.factories.catalogue import make_draft, make_release

pytestmark = pytest.mark.django_db


def page_of(release):
    return reverse("admin:configurator_cataloguerelease_rules", args=[release.pk])


def test_a_rule_is_written_by_sentence_and_by_text(client):
    release = make_draft()
    sentence = {"when": "colour=BLUE", "then": "extras=BOX", "then_is": "not"}
    reason = "Blue mugs do not fit."

    client.post(page_of(release), {**sentence, "code": "N1", "reason": reason})
    client.post(page_of(release), {"text": "size = L => text", "code": "N2"})

    found = release.rules.filter(code__in=["N1", "N2"])
    assert list(found.values_list("text", "reason")) == [
        ("colour = BLUE => !(extras has BOX)", {"en": reason}),
        ("size = L => text", {}),
    ]


def test_a_faulty_rule_is_told_with_line_and_column(client):
    release = make_draft()
    given = {"text": "size = L =>", "code": "N1"}

    page = client.post(page_of(release), given, follow=True)

    assert "line 1, column 12: expected" in page.content.decode()
    assert not release.rules.filter(code="N1").exists()


def test_a_click_is_answered_with_the_panel_alone(client):
    release = make_draft()
    asked = {"c.colour": "GOLD", "c.size": "S", "quantity": "2"}

    page = client.get(page_of(release), asked).content.decode()
    part = client.get(
        page_of(release), asked, headers={"HX-Request": "true"}
    ).content.decode()

    for html in (page, part):
        assert "Not possible" in html
        assert "at fault" in html
        assert "style=" not in html
        assert "onclick" not in html
    assert "<html" in page
    assert part.lstrip().startswith('<section id="trial">')


def test_what_is_on_sale_can_be_tried_and_takes_no_rule(client):
    release = make_release()

    page = client.get(page_of(release), {"c.colour": "RED"}).content.decode()
    answer = client.post(page_of(release), {"text": "size = L", "code": "N1"})

    assert "Valid so far" in page
    assert "Add a rule" not in page
    assert answer.status_code == 403


def test_nobody_else_sees_it():
    client = Client()
    client.force_login(make_user("otto", is_staff=True))

    assert client.get(page_of(make_draft())).status_code == 403


@pytest.mark.parametrize(
    ("text", "fault"),
    [("colour = GOLD =>", "line 1, column 17: expected"), ("colour = GOLD", "")],
)
def test_a_rule_of_the_form_that_cannot_be_read_is_refused(text, fault):
    rule = make_draft().rules.first()
    given = {"position": 0, "code": "R1", "text": text, "reason": '{"en": "So."}'}

    form = RuleForm(given, instance=rule)

    assert form.is_valid() == (not fault)
    assert fault in str(form.errors)
