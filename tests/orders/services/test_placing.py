"""An order is checked as a whole, priced now, promised, and written at once."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import InvalidError
from orders.models import Order, OrderEvent, OrderLine, OutboxMessage
from orders.models import Promise as PromiseRow
from orders.ports import MethodDecision, ports
from orders.services.checking import PriceChangedError
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from tests.factories.access import make_user
from tests.factories.orders import (
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


@pytest.fixture(autouse=True)
def _on_sale(db):
    publish(MUG)


def place(*lines: LineRequest, user=None, **fields) -> Order:
    return place_order(
        request=make_request(*lines, **fields), user=user, language="en", now=NOW
    )


def problems_of(*lines: LineRequest, **fields) -> dict[str | None, str]:
    with pytest.raises(InvalidError) as caught:
        place(*lines, **fields)
    assert not Order.objects.exists()
    return {each.field: each.message for each in caught.value.problems}


def test_an_order_has_a_number_a_token_and_the_price_of_now():
    order = place(ask_mug(2), ask_mug(1, colour="BLUE", text="Ada"))

    order.refresh_from_db()
    assert order.number == f"F-{order.pk:06d}"
    assert len(order.token) >= 32
    assert (order.state, order.payment_state) == ("PLACED", "OPEN")
    assert order.total_minor == 3600
    assert [line.total_minor for line in order.lines.all()] == [2400, 1200]
    assert OrderEvent.objects.get(order=order).kind == "PLACED"
    assert OutboxMessage.objects.get().key == f"placed:{order.number}"


def test_the_configuration_is_the_one_that_its_definition_names():
    order = place(ask_mug(1, text="  Zoë Ø “9”  "))

    line = order.lines.get()
    definition = (
        '{"choices":{"colour":"WHITE","glaze":"MATT","text":"  Zoë Ø “9”  "},'
        '"product":"mug","release":"1"}'
    )
    assert line.configuration.sha256 == hashlib.sha256(definition.encode()).hexdigest()
    assert json.loads(line.configuration.canonical) == json.loads(definition)


def test_quantity_breaks_count_for_each_line():
    order = place(ask_mug(10), ask_mug(1))

    assert [line.total_minor for line in order.lines.all()] == [10_800, 1200]


def test_equal_lines_are_never_added_up():
    order = place(ask_mug(1, text="A"), ask_mug(1, text="A"))

    assert order.lines.count() == 2


def test_everything_that_is_wrong_is_named_at_once():
    wrong = problems_of(
        ask_mug(1, colour="PINK", glaze="NONE"),
        ask_mug(0),
        ask_mug(1, text="☃"),
        LineRequest("mug", {"colour": "WHITE"}, 1),
        LineRequest("teapot", {}, 1),
        ask_mug(1, shape="ROUND"),
        delivery="DRONE",
        needed_by=NOW.date() - timedelta(days=1),
    )

    assert set(wrong) == {
        "lines.0.choices.colour",
        "lines.0.choices.glaze",
        "lines.1.quantity",
        "lines.2.choices.text",
        "lines.3.choices.glaze",
        "lines.4.product",
        "lines.5.choices.shape",
        "delivery",
        "needed_by",
    }


def test_a_conflict_is_told_with_the_reason_of_the_rule():
    wrong = problems_of(ask_mug(1, colour="GOLD"))

    assert set(wrong) == {"lines.0.choices.colour", "lines.0.choices.glaze"}
    assert "Gold flakes off" in wrong["lines.0.choices.colour"]


@pytest.mark.parametrize("quantity", [-1, 0, 10_001])
def test_a_quantity_out_of_range_is_named(quantity):
    assert set(problems_of(ask_mug(quantity))) == {"lines.0.quantity"}


def test_an_order_has_at_most_1000_lines_and_20000_units():
    assert set(problems_of(*[ask_mug()] * 1001)) == {"lines"}
    assert set(problems_of(ask_mug(10_000), ask_mug(10_000), ask_mug(1))) == {"lines"}


def test_an_order_without_lines_is_refused():
    with pytest.raises(InvalidError) as caught:
        place_order(
            request=make_request_without_lines(), user=None, language="en", now=NOW
        )

    assert caught.value.field == "lines"


def make_request_without_lines():
    from dataclasses import replace

    return replace(make_request(), lines=())


def test_other_totals_than_expected_store_nothing():
    with pytest.raises(PriceChangedError) as caught:
        place(ask_mug(2), ask_mug(1), expected_total_minor=3599)

    assert (caught.value.status, caught.value.code) == (409, "PRICE_CHANGED")
    assert caught.value.extra == {
        "currency": "EUR",
        "total_minor": 3600,
        "lines": [{"total_minor": 2400}, {"total_minor": 1200}],
    }
    assert not Order.objects.exists()


def test_the_expected_total_is_accepted():
    assert place(ask_mug(2), expected_total_minor=2400).total_minor == 2400


def test_a_bespoke_line_leaves_the_total_open_and_asks_for_a_quotation():
    publish(BENCH)

    order = place(ask_mug(), ask_bench(), delivery="COLLECTION")

    mug, bench = order.lines.all()
    assert (order.total_minor, mug.total_minor, bench.total_minor) == (None, 1200, None)
    assert not mug.quotations.exists()
    quotation = bench.quotations.get()
    assert (quotation.state, quotation.total_minor) == ("REQUESTED", None)


def test_a_standard_line_has_a_configuration_without_choices():
    publish(JUICE)

    order = place(LineRequest("juice", {}, 24))

    configuration = order.lines.get().configuration
    assert configuration.canonical == '{"choices":{},"product":"juice","release":"1"}'
    assert order.total_minor == 7200


def test_the_first_delivery_that_all_lines_allow_is_taken():
    publish(JUICE)

    assert place(ask_mug()).delivery == "CARRIER"
    assert place(LineRequest("juice", {}, 1)).delivery == "CARRIER"
    gold = ask_mug(1, colour="GOLD", glaze="GLOSS")
    assert place(gold, LineRequest("juice", {}, 1)).delivery == "COLLECTION"


def test_a_delivery_that_a_line_does_not_allow_is_refused_with_the_reason():
    gold = ask_mug(1, colour="GOLD", glaze="GLOSS")

    wrong = problems_of(ask_mug(), gold, delivery="CARRIER")

    assert set(wrong) == {"delivery"}
    assert "Gold does not survive the post." in wrong["delivery"]


def test_method_promise_and_windows_are_decided_when_the_order_is_placed(monkeypatch):
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(days=2)
    asked = []

    def choose(**question):
        asked.append(question)
        return MethodDecision("BATCH", ("Many of one kind.",), edit_until=soon)

    promise = Promise(later, later, later + timedelta(days=1), "the oven")
    monkeypatch.setattr(ports, "method_choice", choose)
    monkeypatch.setattr(catalogue_ports, "promise_quote", lambda **_: promise)

    order = place(ask_mug(2), ask_mug(2), ask_mug(3))

    line = order.lines.all()[0]
    assert (line.method, line.method_reasons) == ("BATCH", ["Many of one kind."])
    assert (line.edit_until, line.due_at, order.edit_until) == (soon, later, soon)
    assert PromiseRow.objects.count() == 3
    assert line.promises.get().rests_on == "the oven"
    assert len(asked) == 2  # equal lines are asked for once
    assert asked[0]["choices"] == {"colour": "WHITE", "glaze": "MATT"}


def test_a_release_that_is_no_longer_sold_is_named():
    publish(MUG)

    wrong = problems_of(LineRequest("mug", ask_mug().choices, 1, release="1"))

    assert set(wrong) == {"lines.0.release"}


def test_a_customers_order_is_theirs():
    user = make_user()

    assert place(user=user).user == user


def test_the_number_of_queries_does_not_depend_on_the_lines():
    place(ask_mug(1, text="warm"))

    counts = []
    for n in (1, 50):
        lines = [ask_mug(1, text=f"{n} {index}") for index in range(n)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            place(*lines)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 14
    assert OrderLine.objects.count() == 52
