"""People who use the running product, each in a browser of their own."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.shop import Visitor
from tests.support.stack import LiveStack


@pytest.fixture(scope="module")
def visit(browser, live_stack: LiveStack) -> Iterator[Callable[..., Visitor]]:
    """Open browsers as needed; at the end none of them may have met a problem."""
    visitors: list[Visitor] = []

    def open_browser(**options) -> Visitor:
        visitors.append(Visitor(browser, live_stack, **options))
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.close()
    assert [each for visitor in visitors for each in visitor.problems] == []


@pytest.fixture(scope="module")
def planner(visit) -> Visitor:
    visitor: Visitor = visit()
    visitor.sign_in("planner")
    return visitor
