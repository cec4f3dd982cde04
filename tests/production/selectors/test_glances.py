"""What customers see of the works: figures and colours, nobody's name or words."""

import pytest

from production.selectors.glances import glance
from production.services import sequencing
from tests.factories.floor import at, make_line, make_unit
from tests.factories.production import NOW

# What it reads by hand must mean the same in both databases.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


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
