"""Policies that leave the method to the advisor, by class of orders."""

from datetime import timedelta

import pytest

from production.engine import advice
from production.models import Line, MethodPolicy
from production.models.places import AUTOMATIC
from production.selectors.order_classes import (
    ClassAdvice,
    find_class_advice,
    keep_class_advice,
    list_automatic_products,
)
from production.selectors.policy import choose_method
from production.services.advising import refresh_class_advice
from production.services.release import release_confirmed_orders
from tests.factories.production import NOW, batch_order, make_places, publish

pytestmark = pytest.mark.django_db
LARGE = 48


@pytest.fixture
def shirt():
    make_places()
    release = publish()
    common = {"product": release.product, "reason": {"en": "The advisor decides."}}
    MethodPolicy.objects.create(method=AUTOMATIC, **common)
    return release


def decide(release, quantity=LARGE):
    return choose_method(
        product=release.product.slug,
        release_id=release.id,
        choices={"colour": "NAVY"},
        quantity=quantity,
        now=NOW,
    )


def order_some(release, n=4):
    for _ in range(n):
        batch_order(release, LARGE)
    release_confirmed_orders(now=NOW)


def test_without_orders_the_routing_decides_and_it_says_so(shirt):
    decision = decide(shirt)

    assert decision.method == "BATCH"
    assert decision.reasons[:2] == (
        "The advisor decides.",
        "There are too few orders yet to advise on; the routing decides.",
    )


def test_the_figures_of_the_class_decide_and_are_stored_as_reasons(shirt):
    order_some(shirt)

    refresh_class_advice(now=NOW + timedelta(hours=1))
    decision = decide(shirt)

    found = find_class_advice(product=shirt.product.slug, routing="RUN")
    assert found is not None
    assert decision.method == found.method
    assert decision.reasons[1] == "Advised from the latest 4 orders of this kind."
    assert decision.reasons[2 : 2 + len(found.texts)] == tuple(found.texts)


def test_other_figures_decide_otherwise(shirt):
    advised = ClassAdvice("JOB", (("ADVICE_NO_SETUP", {}),), 9, 1)

    keep_class_advice(product=shirt.product.slug, routing="RUN", advice=advised)
    decision = decide(shirt)

    assert decision.method == "JOB"
    assert "a change costs less time than one piece" in decision.reasons


def test_placing_an_order_simulates_nothing(shirt, monkeypatch):
    order_some(shirt)
    refresh_class_advice(now=NOW)

    def refuse(*_args, **_words):
        raise AssertionError("a simulation while somebody waits")

    monkeypatch.setattr(advice, "simulate_best", refuse)

    assert decide(shirt).reasons[1].startswith("Advised from")


def test_nothing_is_worked_out_twice_for_the_same_orders(shirt):
    order_some(shirt)

    assert refresh_class_advice(now=NOW) == 1
    assert refresh_class_advice(now=NOW) == 0
    order_some(shirt, n=1)
    assert refresh_class_advice(now=NOW) == 1


def test_other_figures_of_the_works_are_advised_on_anew(shirt):
    order_some(shirt)
    refresh_class_advice(now=NOW)

    Line.objects.update(takt_ms=1_000)

    assert refresh_class_advice(now=NOW) == 1
    assert refresh_class_advice(now=NOW) == 0


def test_only_products_with_an_automatic_policy_are_looked_at(shirt):
    assert list_automatic_products() == [shirt.product.slug]
    MethodPolicy.objects.all().delete()
    assert list_automatic_products() == []
    MethodPolicy.objects.create(method=AUTOMATIC)
    assert list_automatic_products() == [shirt.product.slug]
