"""A changed line stands where the first of its kind stood, however often it changed."""

import pytest

from orders.models import OrderLine
from orders.selectors.changes import in_place, place_of
from orders.selectors.facts import load_facts
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def change(line: OrderLine) -> OrderLine:
    """Write a line that stands for another, as a change does."""
    first = OrderLine.objects.get(pk=line.pk)
    line.pk, line.position = None, first.order.lines.count()
    line.changed_from = first
    line.save()
    OrderLine.objects.filter(pk=first.pk).update(cancelled_at=NOW)
    return line


def test_a_line_that_was_changed_twice_keeps_its_place():
    order = make_order(100, 200, 300)
    first, second, third = order.lines.order_by("position")
    changed = change(change(second))

    (facts,) = load_facts([order])
    shown = [each.line for each in in_place(facts.lines)]

    assert shown == [first, changed, third]
    assert [place_of(line) for line in shown] == [0, 1, 2]
