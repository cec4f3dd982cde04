"""A line is changed while it is free: the order stays, the difference is settled."""

from datetime import timedelta
from typing import Any

import pytest

from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import InvalidError
from orders.models import Document, Order, OrderEvent, OutboxMessage, Refund
from orders.ports import (
    MethodDecision,
    Units,
    ports,
)
from orders.services.cancelling import cancel_line, cancel_order
from orders.services.carts import fill_again, get_or_create_cart
from orders.services.changing import Change, ChangeReport, change_line
from orders.services.checking import PriceChangedError
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from orders.services.placing import place_order
from tests.factories.orders import (
    MUG,
    NOW,
    ask_mug,
    make_request,
    publish,
)

pytestmark = pytest.mark.django_db
FREE = timedelta(minutes=30)
SOON = NOW + timedelta(minutes=5)
WHITE: dict[str, Any] = {"colour": "WHITE", "glaze": "MATT"}
GOLD: dict[str, Any] = {"colour": "GOLD", "glaze": "GLOSS"}


@pytest.fixture(autouse=True)
def _shop(monkeypatch):
    publish(MUG)

    def choose(*, now, **_question):
        return MethodDecision("JOB", ("By hand.",), edit_until=NOW + FREE)

    monkeypatch.setattr(ports, "method_choice", choose)


@pytest.fixture
def works(monkeypatch):
    """Let the works say that they need so long from now on."""

    def need(days: int) -> None:
        def quote(*, now, **_question):
            at = NOW + timedelta(days=days)
            return Quote(at, at, at, f"{days} days", due_at=at, claims={"WHEEL": 60})

        monkeypatch.setattr(catalogue_ports, "promise_quote", quote)

    return need


def order_mugs(*lines, **fields) -> Order:
    request = make_request(*lines, **{"delivery": "COLLECTION", **fields})
    return place_order(request=request, user=None, language="en", now=NOW)


def pay(order: Order, purpose: str | None = None) -> None:
    record_payment(
        order_id=order.pk,
        provider="dummy",
        outcome="SUCCEEDED",
        purpose=purpose,
        now=NOW,
    )


def change(
    order: Order, *, place: int = 0, quantity: int = 1, at=SOON, seen=None, **choices
) -> ChangeReport:
    line = order.lines.get(position=place)
    return change_line(
        order_id=order.pk,
        line_id=line.pk,
        change=Change({**WHITE, **choices}, quantity, seen),
        now=at,
        actor="ada",
    )


def money(order: Order) -> tuple[int | None, int, str]:
    order.refresh_from_db()
    return order.total_minor, order.paid_minor, order.payment_state


def papers(order: Order) -> list[tuple[str, int]]:
    issue_documents(now=SOON, real_now=SOON)
    rows = Document.objects.filter(order=order).exclude(kind="RECEIPT").order_by("pk")
    return [(each.kind, each.content["gross_minor"]) for each in rows]


def test_an_unpaid_line_is_changed_and_its_order_simply_costs_something_else():
    order = order_mugs(ask_mug(text=" Ada "), ask_mug(quantity=2))

    report = change(order, text=" Eve ", **GOLD)

    assert money(order) == (2000 + 2400, 0, "OPEN")
    assert (order.state, order.number) == ("PLACED", report.order.number)
    assert (report.back_minor, report.due_minor) == (0, 0)
    assert report.line.configuration.choices["text"] == " Eve "
    assert not OutboxMessage.objects.filter(kind="release").exists()
    pay(order)
    assert money(order) == (4400, 4400, "PAID")
    assert papers(order) == [("INVOICE", 4400)]


def test_what_is_cheaper_comes_back_and_both_lines_are_on_paper():
    order = order_mugs(ask_mug(**GOLD))
    pay(order)

    report = change(order)

    assert (report.back_minor, report.due_minor) == (800, 0)
    assert money(order) == (1200, 1200, "PART_REFUNDED")
    assert Refund.objects.get().amount_minor == 800
    assert papers(order) == [
        ("INVOICE", 2000),
        ("CREDIT_NOTE", 2000),
        ("INVOICE", 1200),
    ]
    credit = Document.objects.get(kind="CREDIT_NOTE").content
    assert credit["credits"] == "INV-2026-000001"


def test_what_is_dearer_is_due_before_it_leaves_however_often_it_is_changed():
    order = order_mugs()
    pay(order)

    first = change(order, **GOLD)
    assert (first.back_minor, first.due_minor) == (0, 800)
    assert money(order) == (2000, 1200, "PART_PAID")
    pay(order, "BALANCE")
    assert money(order) == (2000, 2000, "PAID")
    second = change(order, place=1, quantity=2, **GOLD)
    assert second.due_minor == 2000
    pay(order, "BALANCE")
    pay(order, "BALANCE")

    assert money(order) == (4000, 4000, "PAID")
    kinds = [kind for kind, _minor in papers(order)]
    assert kinds == ["INVOICE", *["CREDIT_NOTE", "INVOICE"] * 2]
    corrected = Document.objects.filter(kind="CREDIT_NOTE").order_by("pk")
    numbers = [each.content["credits"] for each in corrected]
    assert numbers == ["INV-2026-000001", "INV-2026-000002"]


def test_a_balance_that_a_change_makes_needless_is_not_due_any_more():
    order = order_mugs()
    pay(order)
    change(order, **GOLD)

    report = change(order, place=1)

    assert (report.back_minor, report.due_minor) == (0, 0)
    assert money(order) == (1200, 1200, "PAID")
    assert not Refund.objects.exists()


def test_a_changed_order_that_is_cancelled_gives_all_back_and_invoices_nothing():
    order = order_mugs(ask_mug(), ask_mug(**GOLD))
    pay(order)
    change(order, **GOLD)
    pay(order, "BALANCE")

    cancel_order(order_id=order.pk, now=SOON)

    assert money(order)[1:] == (0, "REFUNDED")
    found = papers(order)
    signs = {"INVOICE": 1, "CREDIT_NOTE": -1}
    assert sum(signs[kind] * minor for kind, minor in found) == 0
    last = Document.objects.filter(kind="CREDIT_NOTE").latest("pk").content
    assert last["credits"] == "INV-2026-000001, INV-2026-000002"


def test_the_line_before_and_its_hash_stay_in_the_history():
    order = order_mugs()
    before = order.lines.get()

    report = change(order, **GOLD)

    before.refresh_from_db()
    assert (before.cancelled_at, before.changed_to) == (SOON, report.line)
    assert before.configuration.choices["colour"] == "WHITE"
    event = OrderEvent.objects.get(kind="LINE_CHANGED")
    assert (event.line, event.actor) == (report.line, "ada")
    assert event.details["from"]["sha256"] == before.configuration.sha256
    assert event.details["to"]["sha256"] == report.line.configuration.sha256
    assert event.details["to"]["total_minor"] == 2000


def test_a_paid_line_asks_for_work_orders_anew_and_stays_as_free_as_it_was():
    order = order_mugs()
    pay(order)

    line = change(order, at=SOON, **GOLD).line

    assert line.edit_until == NOW + FREE
    releases = OutboxMessage.objects.filter(kind="release", order=order)
    assert [each.key for each in releases] == [order.number, f"{order.number}:1"]
    mail = OutboxMessage.objects.get(kind="mail", key=f"changed:{order.number}:1")
    told = {"was_minor": 1200, "back_minor": 0}
    assert mail.payload == {"template": "changed", "line": line.pk, **told}


def test_the_promise_stays_where_the_works_can_keep_it(works):
    works(5)
    order = order_mugs()
    pay(order)
    promised = order.lines.get().promises.latest("revision")
    works(4)

    line = change(order, **GOLD).line

    kept = line.promises.get()
    assert (kept.delivered_at, kept.state) == (promised.delivered_at, "ACCEPTED")
    assert line.due_at == NOW + timedelta(days=5)
    assert promised.line.promises.get(pk=promised.pk).state == "WITHDRAWN"


def test_what_takes_longer_is_promised_anew_unless_it_is_needed_earlier(works):
    works(5)
    order = order_mugs(needed_by=(NOW + timedelta(days=6)).date())
    works(8)

    with pytest.raises(InvalidError) as refused:
        change(order, **GOLD)
    works(6)
    line = change(order, **GOLD).line

    assert refused.value.problems[0].field == "needed_by"
    assert line.promises.get().delivered_at == NOW + timedelta(days=6)


@pytest.mark.parametrize("is_paid", [False, True])
def test_sent_twice_it_is_changed_once(is_paid):
    order = order_mugs()
    if is_paid:
        pay(order)

    reports = [change(order, **GOLD) for _click in range(2)]

    assert len({report.line.pk for report in reports}) == 1
    assert reports[0].due_minor == reports[1].due_minor == (800 if is_paid else 0)
    assert order.lines.count() == 2


def test_what_is_wanted_as_it_was_stays_as_it_is():
    order = order_mugs()
    pay(order)

    report = change(order, seen=99)

    assert report.line == order.lines.get()
    assert not OrderEvent.objects.filter(kind="LINE_CHANGED").exists()


def test_at_a_price_that_nobody_has_seen_nothing_is_saved():
    order = order_mugs()
    publish({**MUG, "release": "2", "prices": {**MUG["prices"], "breaks": []}})

    with pytest.raises(PriceChangedError) as asked:
        change(order, quantity=10, seen=10_800)
    report = change(order, quantity=10, seen=asked.value.extra["total_minor"])

    assert asked.value.extra == {"currency": "EUR", "total_minor": 12_000}
    assert money(order)[0] == 12_000
    assert report.line.configuration.release.number == 2


@pytest.mark.parametrize("stage", ["PLANNED", "RELEASED"])
def test_after_its_time_a_paid_line_of_which_nothing_has_begun_is_changed(
    progress, stage
):
    order = order_mugs()
    pay(order)
    progress({order.lines.get().pk: stage})

    report = change(order, at=NOW + FREE, **GOLD)

    assert (report.due_minor, money(order)) == (800, (2000, 1200, "PART_PAID"))


def test_a_line_that_lost_units_is_changed_as_what_is_left_of_it():
    order = order_mugs(ask_mug(quantity=3))
    pay(order)
    line = order.lines.get()
    cancel_line(order_id=order.pk, line_id=line.pk, units=Units(1), now=SOON)

    report = change(order, quantity=2, **GOLD)

    assert report.due_minor == 1600
    assert money(order) == (4000, 2400, "PART_PAID")
    assert papers(order) == [
        ("INVOICE", 3600),
        ("CREDIT_NOTE", 1200),
        ("CREDIT_NOTE", 2400),
        ("INVOICE", 4000),
    ]


def test_ordered_again_is_what_a_line_was_changed_into():
    order = order_mugs()
    change(order, **GOLD)
    cart = get_or_create_cart(token=None, user=None, now=NOW)

    again = fill_again(cart=cart, order=order, language="en", now=NOW)

    assert again.n_lines == 1
    assert cart.lines.get().configuration.choices["colour"] == "GOLD"
