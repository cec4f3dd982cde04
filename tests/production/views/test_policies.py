"""A planner says which method makes what, in the order the policies count."""

import pytest
from django.contrib.auth.models import Group

from production.models import MethodPolicy, ProductionEvent
from production.selectors.order_classes import ClassAdvice, keep_class_advice
from production.selectors.policy import choose_method
from tests.factories.access import make_user
from tests.factories.production import NOW, make_places, publish

pytestmark = pytest.mark.django_db
PAGE = "/floor/policies/"
WHY = "The line is being mended."


@pytest.fixture
def shirt():
    make_places()
    return publish()


@pytest.fixture
def planner(client):
    user = make_user("planner")
    user.groups.add(Group.objects.get_or_create(name="planner")[0])
    client.force_login(user)
    return client


def add(planner, **fields):
    asked = {"product": "shirt", "method": "JOB", "reason": WHY, "action": "add"}
    return planner.post(PAGE, asked | fields)


def method_of(shirt, quantity):
    decision = choose_method(
        product="shirt",
        release_id=shirt.id,
        choices={"colour": "NAVY"},
        quantity=quantity,
        now=NOW,
    )
    return decision.method, decision.reasons[0]


def test_a_policy_added_on_the_page_decides_orders_from_then_on(shirt, planner):
    before = method_of(shirt, 12)

    answer = add(planner, min_quantity="10", condition="colour = NAVY", nonce="n-1")
    again = add(planner, min_quantity="10", condition="colour = NAVY", nonce="n-1")

    assert (answer.status_code, again.status_code) == (302, 302)
    assert MethodPolicy.objects.count() == 1
    assert before[0] == "MASS_CUSTOMISATION"
    assert method_of(shirt, 12) == ("JOB", WHY)
    assert method_of(shirt, 9) == before
    page = planner.get(PAGE).content.decode()
    assert "colour = NAVY" in page
    assert "from 10 on" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"method": "FLOW"}, "None of its routings is made for this method."),
        ({"method": "FLOW", "product": ""}, "Name the product"),
        ({"condition": "colour = ("}, "colour"),
        ({"condition": "sleeve = LONG"}, "has no question “sleeve”"),
        ({"min_quantity": "0"}, "The least quantity is 1 or more."),
        ({"reason": " "}, "Say why"),
        ({"method": "MAGIC"}, "There is no such method."),
    ],
)
def test_what_no_order_could_follow_is_refused_with_the_reason(
    shirt, planner, fields, said
):
    page = add(planner, **fields).content.decode()

    assert said in page
    assert WHY in page or "reason" in fields
    assert not MethodPolicy.objects.exists()


def test_the_first_counts_and_may_be_moved_up_or_removed(shirt, planner):
    add(planner, method="JOB")
    add(planner, method="BATCH")
    first, second = MethodPolicy.objects.all()
    assert method_of(shirt, 1)[0] == "JOB"

    planner.post(PAGE, {"action": "raise", "policy": second.pk})
    assert method_of(shirt, 1)[0] == "BATCH"

    planner.post(PAGE, {"action": "remove", "policy": second.pk})
    planner.post(PAGE, {"action": "remove", "policy": first.pk})
    assert method_of(shirt, 1)[0] == "MASS_CUSTOMISATION"
    kinds = ProductionEvent.objects.order_by("id").values_list("kind", flat=True)
    assert [*kinds] == ["POLICY_ADDED"] * 2 + ["POLICY_RAISED"] + ["POLICY_REMOVED"] * 2


def test_an_automatic_policy_shows_what_the_advisor_says(shirt, planner):
    add(planner, method="AUTOMATIC")
    waiting = planner.get(PAGE).content.decode()
    keep_class_advice(
        product="shirt",
        routing=shirt.definition["routings"][0]["code"],
        advice=ClassAdvice("BATCH", (), 34, 1),
    )

    page = planner.get(PAGE).content.decode()

    assert "nothing advised yet: the routing decides" in waiting
    assert "Batch, from 34 orders" in page
