"""Reading, paying, cancelling, quoting, proofing and shipping over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, Payment
from orders.ports import CancelOutcome, ports
from orders.services.proofing import send_proof
from tests.factories.access import make_user
from tests.factories.orders import NOW, make_order
from tests.orders.api.conftest import URL, errors_of, sign_in, with_key

pytestmark = pytest.mark.django_db
PAID = {"provider": "dummy", "outcome": "SUCCEEDED"}
DECLINED = {"provider": "dummy", "outcome": "DECLINED"}


def url_of(order: Order, path: str = "", token: str | None = None) -> str:
    return f"{URL}{order.number}/{path}?token={order.token if token is None else token}"


# Reading ----------------------------------------------------------------------


def test_the_token_opens_an_order_from_address_or_header(guest):
    order = make_order()

    by_address = guest.get(url_of(order))
    by_header = guest.get(f"{URL}{order.number}/", headers={"Order-Token": order.token})

    assert by_address.status_code == by_header.status_code == 200
    assert by_address.json() == by_header.json()
    assert by_address.json()["token"] == order.token


@pytest.mark.parametrize(("token", "status"), [("wrong", 404), ("☃", 404), ("", 401)])
def test_a_wrong_token_finds_nothing_and_none_is_asked_for(guest, token, status):
    assert guest.get(url_of(make_order(), token=token)).status_code == status


def test_an_order_that_does_not_exist_is_not_found(guest):
    assert guest.get(f"{URL}F-1/?token=x").status_code == 404


def test_customers_see_their_own_orders_alone(customer):
    owner = make_user("bob")
    own = make_order(user=customer_of(customer))
    other = make_order(user=owner)

    assert customer.get(f"{URL}{own.number}/").json()["token"] == own.token
    assert customer.get(f"{URL}{other.number}/").status_code == 404
    listed = customer.get(URL).json()["results"]
    assert [each["number"] for each in listed] == [own.number]


def customer_of(caller):
    from configurator.models import User

    return User.objects.get(pk=caller.session["_auth_user_id"])


@pytest.mark.parametrize("group", ["planner", "staff"])
def test_sales_see_every_order_but_not_its_token(group):
    order = make_order()
    caller = sign_in("sal", group)

    answer = caller.get(f"{URL}{order.number}/").json()
    (listed,) = caller.get(URL).json()["results"]

    assert (answer["number"], answer["token"]) == (order.number, None)
    assert order.token not in answer["url"]
    assert listed["token"] is None


@pytest.mark.parametrize("group", ["operator", "catalogue admin"])
def test_other_staff_see_no_orders_of_customers(group):
    order = make_order()
    caller = sign_in("olga", group)

    assert caller.get(f"{URL}{order.number}/").status_code == 404
    assert caller.get(URL).json()["results"] == []


def test_a_guest_has_no_list_and_a_key_needs_its_scope(guest):
    assert guest.get(URL).status_code == 401
    assert with_key("production:read").get(URL).status_code == 403
    assert with_key("orders:import", name="importer").get(URL).status_code == 200


def test_a_list_can_be_narrowed_to_a_state(planner):
    make_order()
    cancelled = make_order(state="CANCELLED")

    found = planner.get(f"{URL}?state=CANCELLED").json()["results"]

    assert [each["number"] for each in found] == [cancelled.number]
    assert errors_of(planner.get(f"{URL}?state=LOST")) == {"state": "invalid"}


def test_a_list_is_read_page_by_page(planner):
    numbers = [make_order().number for _ in range(3)]

    first = planner.get(f"{URL}?page_size=2").json()
    second = planner.get(first["next"]).json()

    pages = [[each["number"] for each in page["results"]] for page in (first, second)]
    assert pages == [numbers[:2], numbers[2:]]
    assert (first["previous"], second["next"]) == (None, None)


@pytest.mark.parametrize("n", [1, 3])
def test_a_list_takes_a_fixed_number_of_queries(planner, n, django_assert_num_queries):
    for _ in range(n):
        make_order(1200, None)
    planner.get(URL)

    with django_assert_num_queries(10):
        planner.get(URL)


def test_stages_of_units_are_told(guest, progress):
    order = make_order(1200)
    line = order.lines.get()
    progress({line.pk: "IN_PROGRESS"})

    answer = guest.get(url_of(order)).json()

    assert answer["production_state"] == "IN_PROGRESS"
    (told,) = answer["lines"]
    assert told["stage"] == "IN_PROGRESS"
    assert [(each["work_order"], each["stage"]) for each in told["units"]] == [
        (f"W-{line.pk}", "IN_PROGRESS")
    ]


# Paying -----------------------------------------------------------------------


def test_paying_confirms_and_paying_again_gives_the_same_payment(guest):
    order = make_order(1200)

    first = guest.once(url_of(order, "payments/"), PAID)
    again = guest.once(url_of(order, "payments/"), PAID)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["reference"] == again.json()["reference"]
    assert first.json()["outcome"] == "SUCCEEDED"
    assert (first.json()["state"], first.json()["payment_state"]) == (
        "CONFIRMED",
        "PAID",
    )
    assert Payment.objects.count() == 1


def test_a_declined_payment_loses_nothing(guest):
    order = make_order(1200)

    declined = guest.once(url_of(order, "payments/"), DECLINED)
    paid = guest.once(url_of(order, "payments/"), PAID)

    assert (declined.status_code, declined.json()["outcome"]) == (201, "DECLINED")
    assert declined.json()["state"] == "PLACED"
    assert paid.json()["state"] == "CONFIRMED"


def test_an_order_that_is_not_quoted_yet_cannot_be_paid(guest):
    response = guest.once(url_of(make_order(None), "payments/"), PAID)

    assert response.status_code == 409
    assert errors_of(response) == {None: "QUOTATION_PENDING"}


def test_a_payment_that_cannot_be_is_refused_by_name(guest):
    order = make_order()

    wrong = guest.once(url_of(order, "payments/"), {"provider": 5, "outcome": "YES"})
    unknown = guest.once(url_of(order, "payments/"), {**PAID, "provider": "bank"})

    assert set(errors_of(wrong)) == {"provider", "outcome"}
    assert set(errors_of(unknown)) == {"provider"}


def test_another_s_order_cannot_be_paid(guest, customer):
    order = make_order()

    plain = f"{URL}{order.number}/payments/"

    assert guest.once(plain, PAID).status_code == 401
    assert guest.once(f"{plain}?token=wrong", PAID).status_code == 404
    assert customer.once(plain, PAID).status_code == 404
    assert not Payment.objects.exists()


# Cancelling -------------------------------------------------------------------


def test_an_order_is_cancelled_by_its_buyer(guest):
    order = make_order(1200)

    response = guest.once(url_of(order, "cancel/"))

    answer = response.json()
    assert response.status_code == 200
    assert (answer["state"], answer["lines"][0]["stage"]) == ("CANCELLED", "CANCELLED")
    assert answer["cancelled_lines"] == [order.lines.get().pk]
    assert answer["started_units"] == []


def test_a_line_is_cancelled_by_its_buyer(guest):
    order = make_order(1200, 800)
    line = order.lines.all()[0]

    answer = guest.once(url_of(order, f"lines/{line.pk}/cancel/")).json()

    assert (answer["state"], answer["total_minor"]) == ("PLACED", 800)
    assert guest.once(url_of(order, "lines/999999/cancel/")).status_code == 404


def test_what_has_begun_answers_with_legal_moves_and_started_units(guest, monkeypatch):
    order = make_order(1200)
    guest.once(url_of(order, "payments/"), PAID)
    outcome = CancelOutcome((), ("W-1-1",), ("hold",))
    monkeypatch.setattr(ports, "cancellation", lambda **_: outcome)

    response = guest.once(url_of(order, "cancel/"))

    assert response.status_code == 409
    assert errors_of(response) == {None: "ALREADY_BEGUN"}
    assert response.json()["legal_moves"] == ["hold"]
    assert response.json()["started_units"] == ["W-1-1"]


def test_an_illegal_move_lists_the_legal_ones(guest):
    order = make_order(state="CANCELLED")

    response = guest.once(url_of(order, "cancel/"))

    assert response.status_code == 409
    assert errors_of(response) == {None: "ILLEGAL_MOVE"}
    assert response.json()["legal_moves"] == []


# Quotations -------------------------------------------------------------------


def quote(caller, order, **words):
    offer = {
        "order_line": order.lines.last().pk,
        "total_minor": 90_000,
        "valid_until": (timezone.now() + timedelta(days=30)).isoformat(),
        "operations": [{"name": "Carve", "work_centre": "BENCH", "run_s": 60}],
        **words,
    }
    return caller.once("/api/v1/quotations/", offer)


def test_a_quotation_is_sent_by_sales_and_accepted_by_the_buyer(guest, planner):
    order = make_order(1200, None)

    sent = quote(planner, order)
    accepted = guest.once(
        f"/api/v1/quotations/{sent.json()['number']}/accept/?token={order.token}"
    )

    assert sent.status_code == 201
    assert (sent.json()["state"], sent.json()["order"]) == ("SENT", order.number)
    assert sent.json()["operations"][0]["name"] == "Carve"
    assert {"sent_at", "ready_at", "delivered_at"} <= sent.json().keys()
    assert (accepted.status_code, accepted.json()["state"]) == (200, "ACCEPTED")
    answer = guest.get(url_of(order)).json()
    assert answer["total_minor"] == 91_200
    assert answer["lines"][1]["quotation"]["state"] == "ACCEPTED"


def test_a_quotation_is_declined_by_the_buyer_alone(guest, planner, customer):
    order = make_order(None)
    number = quote(planner, order).json()["number"]
    url = f"/api/v1/quotations/{number}/decline/"

    assert guest.once(url).status_code == 401
    assert customer.once(url).status_code == 404
    assert guest.once(f"{url}?token=wrong").status_code == 404
    assert guest.once(f"{url}?token={order.token}").json()["state"] == "DECLINED"


def test_only_sales_send_quotations(guest, customer):
    order = make_order(None)

    assert quote(guest, order).status_code == 401
    assert quote(customer, order).status_code == 403
    assert quote(sign_in("olga", "operator"), order).status_code == 403
    assert quote(with_key("production:write"), order).status_code == 403


def test_a_quotation_that_cannot_be_is_refused_by_name(planner):
    order = make_order(None)

    wrong = quote(planner, order, total_minor="free", valid_until="soon")
    past = quote(planner, order, valid_until=NOW.isoformat())
    odd = quote(planner, order, operations=[{"name": "Carve"}])
    unknown = quote(planner, order, order_line=2**40)

    assert set(errors_of(wrong)) == {"total_minor", "valid_until"}
    assert set(errors_of(past)) == {"valid_until"}
    assert set(errors_of(odd)) == {"operations.0.run_s"}
    assert (unknown.status_code, set(errors_of(unknown))) == (404, {"order_line"})


# Proofs -----------------------------------------------------------------------


def test_a_proof_is_approved_or_sent_back(guest):
    order = make_order()
    line = order.lines.get()
    first = send_proof(order_line_id=line.pk, now=NOW)
    token = f"?token={order.token}"

    asked = guest.once(
        f"/api/v1/proofs/{first.pk}/request-changes/{token}", {"note": "Bigger"}
    )
    second = send_proof(order_line_id=line.pk, now=NOW)
    approved = guest.once(f"/api/v1/proofs/{second.pk}/approve/{token}")

    assert asked.json() == {"id": first.pk, "state": "CHANGES_REQUESTED"}
    assert approved.json() == {"id": second.pk, "state": "APPROVED"}
    assert guest.once(f"/api/v1/proofs/{second.pk}/approve/{token}").status_code == 409


def test_another_s_proof_is_not_found(guest, customer):
    proof = send_proof(order_line_id=make_order().lines.get().pk, now=NOW)

    assert guest.once(f"/api/v1/proofs/{proof.pk}/approve/").status_code == 401
    assert customer.once(f"/api/v1/proofs/{proof.pk}/approve/").status_code == 404
    assert guest.once("/api/v1/proofs/99/approve/?token=x").status_code == 404


# Shipping ---------------------------------------------------------------------


def test_sales_ship_what_is_made_and_note_its_arrival(guest, planner, progress):
    order = make_order(1200)
    guest.once(url_of(order, "payments/"), PAID)
    early = planner.once(f"{URL}{order.number}/ship/")
    progress({order.lines.get().pk: "MADE"})

    shipped = planner.once(f"{URL}{order.number}/ship/").json()
    delivered = planner.once(f"{URL}{order.number}/deliver/").json()

    assert (early.status_code, errors_of(early)) == (409, {None: "NOT_MADE"})
    assert (shipped["fulfilment_state"], shipped["lines"][0]["stage"]) == (
        "SHIPPED",
        "SHIPPED",
    )
    assert (delivered["state"], delivered["fulfilment_state"]) == (
        "CLOSED",
        "DELIVERED",
    )


@pytest.mark.parametrize("step", ["ship", "deliver"])
def test_buyers_neither_ship_nor_deliver(guest, customer, step):
    order = make_order(user=customer_of(customer))

    assert guest.once(url_of(order, f"{step}/")).status_code == 401
    assert customer.once(f"{URL}{order.number}/{step}/").status_code == 403
    key = with_key("orders:import")
    assert key.once(f"{URL}{order.number}/{step}/").status_code == 403
