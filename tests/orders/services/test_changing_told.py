"""What a change costs beside other lines, and what its buyer hears of it by mail."""

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Order
from orders.ports import MethodDecision, ports
from orders.services.changing import Change, ChangeReport, change_line
from orders.services.mailing import send_mails
from orders.services.paying import record_payment
from orders.services.placing import place_order
from tests.factories.orders import MUG, NOW, ask_mug, make_request, publish

pytestmark = pytest.mark.django_db
# Mugs that differ by their text only are of one design.
TEAM_MUG = {**MUG, "extra": {"one_design": {"beside": ["text"]}}}


@pytest.fixture(autouse=True)
def _free_for_an_hour(monkeypatch):
    def choose(*, now, **_question):
        return MethodDecision("JOB", (), edit_until=NOW + timedelta(hours=1))

    monkeypatch.setattr(ports, "method_choice", choose)


def buy(*lines, **fields: Any) -> Order:
    request = make_request(*lines, delivery="COLLECTION")
    language = fields.get("language", "en")
    order = place_order(request=request, user=None, language=language, now=NOW)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def change(order: Order, quantity: int, **choices: str) -> ChangeReport:
    wanted = Change({"colour": "WHITE", "glaze": "MATT", **choices}, quantity)
    line = order.lines.get(position=0)
    return change_line(
        order_id=order.pk, line_id=line.pk, change=wanted, now=NOW, actor="ada"
    )


def test_a_teams_line_is_changed_by_itself_and_counts_with_the_others_of_its_design():
    publish(TEAM_MUG)
    order = buy(ask_mug(6, text="Ada"), ask_mug(4, text="Eve"))
    other = order.lines.get(position=1)

    report = change(order, 6, text="Ida")

    assert (report.back_minor, report.due_minor) == (0, 0)
    assert report.line.total_minor == 6 * 1080
    assert order.lines.get(cancelled_at=None, changed_from=None) == other


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Total: €20.00, of which €8.00 are to be paid before we ship"),
        ("de", "davon sind 8,00\xa0€ zu zahlen, bevor wir versenden"),
    ],
)
def test_a_mail_tells_of_the_change_and_of_what_is_still_to_be_paid(
    mailoutbox, language, told
):
    publish(MUG)
    order = buy(language=language)
    send_mails(now=NOW, real_now=NOW)
    mailoutbox.clear()

    change(order, 1, colour="GOLD", glaze="GLOSS")
    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    assert order.number in mail.subject
    assert told in mail.body
    assert mail.body.count("1 \u00d7") == 1


@pytest.mark.parametrize(
    ("language", "was", "back"),
    [
        ("en", "Before the change: €20.00", "€8.00 come back to you."),
        ("de", "Vor der Änderung: 20,00\xa0€", "8,00\xa0€ kommen zu Ihnen zurück."),
    ],
)
def test_a_mail_tells_what_comes_back_and_what_it_came_to_before(
    mailoutbox, language, was, back
):
    publish(MUG)
    order = buy(ask_mug(colour="GOLD", glaze="GLOSS"), language=language)
    send_mails(now=NOW, real_now=NOW)
    mailoutbox.clear()

    change(order, 1)
    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    html = mail.alternatives[0][0]
    for text in (was, back):
        assert text in mail.body
        assert text in html


def test_of_a_change_that_was_changed_again_before_it_was_told_only_the_later_is(
    mailoutbox,
):
    publish(MUG)
    order = buy(ask_mug(3))
    send_mails(now=NOW, real_now=NOW)
    mailoutbox.clear()

    first = change(order, 1)
    again = Change(first.line.configuration.choices, 2)
    change_line(
        order_id=order.pk, line_id=first.line.pk, change=again, now=NOW, actor="ada"
    )
    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    assert "2 \u00d7" in mail.body
    assert "Total: €24.00, of which €12.00 are to be paid" in mail.body
    assert "Before the change: €36.00" in mail.body
    assert "€24.00 come back to you." in mail.body
