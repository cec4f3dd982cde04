"""Who works on the pages of the works' figures."""

import pytest

from configurator.selectors.roles import PLANNER
from tests.production.admin.posts import sign_in


@pytest.fixture
def client():
    return sign_in(PLANNER)
