"""Four ways compared on what is ordered, or on what may be expected."""

from datetime import timedelta

import pytest
from django.utils import translation

from configurator.models import User
from configurator.selectors.releases import live_release
from orders.models import Order
from production.engine.reasons import Reason
from production.models import WorkCentre, WorkOrder
from production.selectors.advice import write_reason
from production.selectors.comparisons import compare_ways
from production.selectors.demo import read_accounts
from production.selectors.latest import list_latest
from production.services.expecting import count_expected, expect_orders
from production.services.showing import FEWEST, refresh_comparisons
from tests.factories.production import (
    NOW,
    SHIRT,
    order_of,
    publish,
)
from tests.production.selectors.quotes import publish_juice

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(shirt):
    """The shirt in place of a product of the demo, and one of the demo's accounts."""
    account = read_accounts()[0]
    User.objects.create_user(account["username"], account["email"], "x")
    return publish(SHIRT, product="table")


def test_the_product_that_most_was_ordered_of_is_compared(ordered):
    slug = ordered.product.slug
    assert compare_ways(products=[slug], now=NOW) is None

    n_products = refresh_comparisons(now=NOW)

    found = compare_ways(products=["no-such", slug], now=NOW)
    assert n_products == 1
    assert found is not None
    assert (found.product, found.n_orders) == (slug, 2)
    assert {row.method for row in found.rows} == {
        "JOB",
        "BATCH",
        "FLOW",
        "MASS_CUSTOMISATION",
    }
    assert [row.method for row in found.rows if row.is_best] == [found.best]


def test_nothing_is_compared_anew_within_the_hour(ordered):
    refresh_comparisons(now=NOW)

    assert refresh_comparisons(now=NOW) == 0


def test_a_comparison_that_was_made_costs_no_query(ordered, django_assert_num_queries):
    refresh_comparisons(now=NOW)

    with django_assert_num_queries(0):
        compare_ways(products=[ordered.product.slug], now=NOW)


def test_reasons_are_given_in_the_readers_language(ordered):
    refresh_comparisons(now=NOW)

    with translation.override("de"):
        found = compare_ways(products=[ordered.product.slug], now=NOW)

    assert found is not None
    out = {row.method: row.because for row in found.rows}
    assert out["FLOW"].startswith("Fließfertigung macht")


def test_the_place_has_its_name_in_the_readers_language(ordered):
    WorkCentre.objects.update(name={"en": "The line", "de": "Die Linie"})
    refresh_comparisons(now=NOW)

    with translation.override("de"):
        found = compare_ways(products=[ordered.product.slug], now=NOW)

    assert found is not None
    assert found.place == "Die Linie"


@pytest.mark.parametrize(
    ("pieces", "english", "german"),
    [(8_952, "8,952", "8.952"), ("2,444", "2,444", "2.444"), ("1.3", "1.3", "1,3")],
)
def test_numbers_in_reasons_are_written_as_the_reader_writes_them(
    pieces, english, german
):
    reason = Reason("ADVICE_SETUP", {"pieces": pieces})

    assert f" {english} " in write_reason(reason)
    with translation.override("de"):
        assert f" {german} " in write_reason(reason)


def test_what_is_made_to_stock_is_compared_too(shirt):
    juice = publish_juice()
    order_of(juice, 24, choices={}, method="FLOW")

    refresh_comparisons(now=NOW + timedelta(hours=1))

    assert compare_ways(products=["juice"], now=NOW) is not None


def test_a_fresh_demo_is_compared_on_orders_that_it_may_expect(demo):
    refresh_comparisons(now=NOW)

    found = compare_ways(products=["table"], now=NOW)

    assert found is not None
    assert found.is_expected
    assert found.n_orders == 60
    assert (Order.objects.count(), WorkOrder.objects.count()) == (0, 0)


def test_expected_orders_are_the_same_each_time_and_end_now(demo):
    releases = [live_release("table")]

    first, second = (expect_orders(releases=releases, now=NOW) for _ in range(2))

    assert first == second
    assert len(first["table"]) == count_expected()["table"]
    assert first["table"][-1].arrived_at == NOW


def test_nothing_is_expected_where_no_demo_was_loaded(shirt):
    assert count_expected() == {}


def test_of_each_way_only_the_product_that_is_ordered_most_is_judged(ordered):
    other = publish(SHIRT, product="polo")
    order_of(other, 2)

    n_products = refresh_comparisons(now=NOW + timedelta(hours=1))

    slug = ordered.product.slug
    assert n_products == 1
    assert compare_ways(products=["polo"], now=NOW) is None
    found = compare_ways(products=["polo", slug], now=NOW)
    assert found is not None
    assert found.product == slug


def test_where_nothing_was_made_yet_the_yield_of_the_routing_stands_for_it(ordered):
    refresh_comparisons(now=NOW)

    found = compare_ways(products=[ordered.product.slug], now=NOW)

    assert found is not None
    assert found.is_good_planned
    assert 90 <= found.good_percent <= 100


def test_where_enough_was_ordered_the_orders_themselves_are_compared(demo):
    for _ in range(FEWEST):
        order_of(demo, 2)

    refresh_comparisons(now=NOW + timedelta(hours=1))

    found = compare_ways(products=["table"], now=NOW)
    assert found is not None
    assert not found.is_expected
    assert found.n_orders == len(list_latest(product="table", n_lines=99)) == FEWEST
