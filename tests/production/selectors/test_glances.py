"""What customers see of the works: figures and colours, nobody's name or words."""

import pytest
from django.core.cache import cache
from django.utils import translation

from production.selectors.glances import compare_ways, glance
from production.services import sequencing
from production.services.release import release_confirmed_orders
from production.services.showing import refresh_comparisons
from tests.factories.floor import at, make_line, make_unit
from tests.factories.production import NOW, configure, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_memory():
    cache.clear()


@pytest.fixture
def ordered(shirt):
    for colour in ("NAVY", "WHITE"):
        place_order({"configuration": configure(shirt, colour=colour), "quantity": 2})
    release_confirmed_orders(limit=9, now=NOW)
    return shirt


def test_each_method_tells_what_goes_on_even_where_nothing_does():
    found = glance(now=NOW)

    assert set(found) == {"JOB", "BATCH", "FLOW", "MASS_CUSTOMISATION"}
    assert found["JOB"].figures == (("0", "begun"), ("0", "waiting"))
    assert found["BATCH"].share is None
    assert found["MASS_CUSTOMISATION"].text == "The lines are empty at the moment."


def test_a_glance_costs_no_query_while_it_is_fresh(ordered, django_assert_num_queries):
    glance(now=NOW)

    with django_assert_num_queries(0):
        glance(now=NOW)


def test_units_on_a_line_are_told_by_how_many_they_are():
    line = make_line()
    units = [make_unit(line) for _ in range(3)]
    sequencing.sequence(line_id=line.id, now=at(0), cause="test")

    found = glance(now=at(0))["MASS_CUSTOMISATION"]

    assert found.figures == (("0", "on the line"), ("3", "waiting"))
    assert not any(unit.number in found.text for unit in units)


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
