"""What is promised to whom: with the order, with the money, with an agreed price."""

from datetime import date, timedelta

import pytest

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import InvalidError
from orders.models import Order, OutboxMessage
from orders.models import Promise as PromiseRow
from orders.ports import MethodDecision, ports
from orders.selectors.promises import list_claims, list_claims_to_release
from orders.services.cancelling import cancel_order
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.quoting import accept_quotation, send_quotation
from orders.services.requests import LineRequest
from tests.factories.access import make_user
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
            claims={"place:OVEN": 840},
        )

    def choose(*, now, **_question):
        return MethodDecision("JOB", ("By hand.",), edit_until=now + HOUR / 2)

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(ports, "method_choice", choose)
    return questions


def place(*lines, now=NOW, user=None, **fields) -> Order:
    return place_order(
        request=make_request(*lines, **fields), user=user, language="en", now=now
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


def test_a_promise_is_asked_for_whoever_buys_also_when_it_is_renewed(asked):
    user = make_user()

    pay(place(user=user), NOW + DAY)

    assert [each["buyer_id"] for each in asked] == [user.pk, user.pk]


def test_lines_of_a_team_are_promised_for_when_all_of_them_are_made(monkeypatch):
    """Each alone would be there at once; ten days are what ten pieces take."""

    def quote(*, now, quantity, **_question):
        ready_at = now + quantity * DAY
        claims = {"place:OVEN": 840 * quantity}
        return Promise(ready_at, ready_at, ready_at, "the oven", claims=claims)

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    publish(JUICE)

    order = place(
        ask_mug(2, text="Ada"),
        ask_mug(1, text="Eve"),
        ask_mug(7),
        LineRequest("juice", {}, 1),
    )

    promises = PromiseRow.objects.filter(line__order=order).order_by("line__position")
    assert [(each.delivered_at - NOW).days for each in promises] == [10, 10, 10, 1]
    taken = [each.claims["place:OVEN"] // 840 for each in promises]
    assert taken == [2, 1, 7, 1]
    pay(order, NOW + DAY)
    anew = PromiseRow.objects.filter(line__order=order, state="ACCEPTED")
    assert [
        (each.delivered_at - NOW).days for each in anew.order_by("line__position")
    ] == [*(11, 11, 11, 2)]


def test_a_date_is_reserved_for_a_while_with_what_it_takes_of_the_works(asked):
    order = place()

    promise = PromiseRow.objects.get()
    assert (promise.state, promise.valid_until) == ("QUOTED", NOW + HOUR / 2)
    # With when it may be begun.
    claim = ({"place:OVEN": 840}, NOW + HOUR / 2, order.lines.get().pk)
    assert list_claims(now=NOW + 29 * HOUR / 60) == [claim]
    assert list_claims(now=NOW + HOUR / 2) == []
    pay(order, NOW + HOUR / 4)
    assert list_claims(now=NOW + HOUR / 4) == []


def test_what_is_paid_is_reserved_until_the_floor_has_its_work(asked):
    order = place()
    assert list_claims_to_release() == []

    pay(order, NOW)

    line_id = order.lines.get().pk
    claim = ({"place:OVEN": 840}, NOW + HOUR / 2, line_id)
    assert list_claims_to_release() == [claim]
    assert list_claims_to_release(but_line=line_id) == []
    OutboxMessage.objects.filter(kind="release").delete()
    assert list_claims_to_release() == []


def test_what_is_cancelled_before_it_is_paid_is_reserved_no_more(asked):
    cancel_order(order_id=place().pk, now=NOW)

    assert PromiseRow.objects.get().state == "WITHDRAWN"
    assert list_claims(now=NOW) == []


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
        "Thursday, 5 March (2026-03-05); you need it by Wednesday, 4 March."
    }
    assert place(ask_mug(), needed_by=date(2026, 3, 5)).needed_by == date(2026, 3, 5)


def pay(order, now):
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=now)
    order.refresh_from_db()


def promises_of(order):
    rows = PromiseRow.objects.filter(line__order=order).order_by("line", "revision")
    return [(row.revision, row.state, row.ready_at) for row in rows]


def test_whoever_pays_at_once_keeps_the_date_and_has_all_the_time_to_edit(asked):
    order = place()
    paid_at = NOW + timedelta(minutes=20)

    pay(order, paid_at)

    line = order.lines.get()
    assert promises_of(order) == [(0, "ACCEPTED", NOW + 2 * DAY)]
    assert line.edit_until == order.edit_until == paid_at + HOUR / 2
    assert line.due_at == NOW + 2 * DAY + HOUR / 2


def test_what_is_paid_a_day_later_is_promised_anew(asked):
    order = place(ask_mug(), ask_mug(), ask_mug(2))
    asked.clear()

    pay(order, NOW + DAY)

    # Equal lines are asked for once, by themselves and with all others.
    assert len(asked) == 4
    assert asked[0]["delivery"] == "CARRIER"
    both = [(0, "RE_PROMISED", NOW + 2 * DAY), (1, "ACCEPTED", NOW + 3 * DAY)]
    assert promises_of(order) == both * 3
    for line in order.lines.all():
        assert line.edit_until == NOW + DAY + HOUR / 2
        assert line.due_at == NOW + 3 * DAY + HOUR / 2
    assert order.edit_until == NOW + DAY + HOUR / 2
    assert order.events.filter(kind="PROMISED_ANEW").count() == 3


def test_a_date_does_not_stand_where_a_cut_off_has_passed_since(asked, monkeypatch):
    def choose(*, now, **_question):
        cut_off = NOW + HOUR / 6
        return MethodDecision(
            "BATCH", ("Baked.",), edit_until=cut_off if now < cut_off else cut_off + DAY
        )

    monkeypatch.setattr(ports, "method_choice", choose)
    kept, missed = place(), place()

    pay(kept, NOW + HOUR / 7)
    pay(missed, NOW + HOUR / 5)

    assert [state for _n, state, _at in promises_of(kept)] == ["ACCEPTED"]
    states = [state for _n, state, _at in promises_of(missed)]
    assert states == ["RE_PROMISED", "ACCEPTED"]


def test_an_agreed_price_is_promised_by_the_operations_agreed_upon(asked):
    publish(BENCH)
    order = place(ask_bench(), delivery="COLLECTION")
    line = order.lines.get()
    operations = [{"code": "SAW", "name": "Saw", "run_s": 3600}]
    quotation = send_quotation(
        order_line_id=line.pk,
        total_minor=90_000,
        valid_until=NOW + 9 * DAY,
        operations=operations,
        now=NOW,
        actor="paul",
    )
    assert promises_of(order) == []

    accept_quotation(quotation_id=quotation.pk, now=NOW + DAY)

    assert [each["operations"] for each in asked] == [operations] * 2
    assert {each["delivery"] for each in asked} == {"COLLECTION"}
    assert promises_of(order) == [(0, "QUOTED", NOW + 3 * DAY)]
    pay(order, NOW + 5 * DAY)
    assert asked[-1]["operations"] == operations
    assert promises_of(order)[-1] == (1, "ACCEPTED", NOW + 7 * DAY)
    assert order.lines.get().due_at == NOW + 7 * DAY + HOUR / 2


def test_who_pays_too_late_for_the_day_it_is_needed_by_is_told(asked):
    order = place(ask_mug(), needed_by=date(2026, 3, 5))

    pay(order, NOW + DAY)

    event = order.events.get(kind="NEEDED_EARLIER")
    assert event.details == {"needed_by": "2026-03-05", "day": "2026-03-06"}
    mails = OutboxMessage.objects.filter(payload__template="delayed")
    assert [mail.order_id for mail in mails] == [order.pk]
