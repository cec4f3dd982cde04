"""What is promised to whom: with the order, with the money, with an agreed price."""

from datetime import date, timedelta

import pytest

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import InvalidError
from orders.models import Order
from orders.models import Promise as PromiseRow
from orders.ports import MethodDecision, ports
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from tests.factories.orders import (
    ADDRESS,
    BENCH,
    JUICE,
    MUG,
    NOW,
    ask_bench,
    ask_mug,
    make_request,
    publish,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_sale(db):
    publish(MUG)


@pytest.fixture
def asked(monkeypatch):
    """Promise everything in two days, with half an hour to change it; note who asks."""
    questions = []

    def quote(*, now, **question):
        questions.append(question)
        ready_at = now + 2 * DAY
        return Promise(
            ready_at,
            ready_at + HOUR,
            ready_at + DAY,
            "the oven",
            due_at=ready_at + HOUR / 2,
        )

    def choose(*, now, **_question):
        return MethodDecision("JOB", ("By hand.",), edit_until=now + HOUR / 2)

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(ports, "method_choice", choose)
    return questions


def place(*lines, now=NOW, **fields) -> Order:
    return place_order(
        request=make_request(*lines, **fields), user=None, language="en", now=now
    )


def refused(*lines, **fields):
    with pytest.raises(InvalidError) as caught:
        place(*lines, **fields)
    assert not Order.objects.exists()
    return {each.field: each.message for each in caught.value.problems}


def test_a_promise_is_asked_once_for_a_line_with_its_way_and_country(asked):
    order = place(ask_mug(), shipping_address={**ADDRESS, "country": "FR"})

    (question,) = asked
    assert (question["delivery"], question["country"]) == ("CARRIER", "FR")
    line = order.lines.get()
    assert line.due_at == NOW + 2 * DAY + HOUR / 2
    assert line.edit_until == order.edit_until == NOW + HOUR / 2


def test_nothing_is_promised_before_a_price_is_agreed(asked):
    publish(BENCH)

    order = place(ask_bench())

    assert asked == []
    assert not PromiseRow.objects.exists()
    assert order.lines.get().due_at is None


@pytest.mark.parametrize("country", ["Narnia", "de", "", "EU", "ZZ", None])
def test_a_country_is_named_by_its_code(country):
    wrong = refused(ask_mug(), shipping_address={**ADDRESS, "country": country})

    assert set(wrong) == {"shipping_address.country"}


def test_a_way_that_does_not_go_so_far_is_refused(monkeypatch):
    publish(JUICE)
    juice = LineRequest("juice", {}, 1)
    france = {**ADDRESS, "country": "FR"}
    monkeypatch.setattr(
        ports, "delivery_reach", lambda *, delivery, country, now: country == "DE"
    )

    wrong = refused(juice, delivery="VAN", shipping_address=france)

    assert wrong == {"delivery": "We do not deliver to France by our own van."}
    assert place(juice, delivery="VAN").delivery == "VAN"


def test_a_day_before_the_promise_is_refused_and_the_first_is_named(asked):
    wrong = refused(ask_mug(), needed_by=date(2026, 3, 4))

    assert wrong == {
        "needed_by": "The first day that we can promise is "
        "Thursday, 5 March (2026-03-05)."
    }
    assert place(ask_mug(), needed_by=date(2026, 3, 5)).needed_by == date(2026, 3, 5)
