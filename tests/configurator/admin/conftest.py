"""Who works on the catalogue's pages."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from configurator.selectors.roles import CATALOGUE_ADMIN
from tests.factories.access import make_user


@pytest.fixture
def client():
    """Sign in somebody who keeps the catalogue."""
    user = make_user("clara", is_staff=True)
    user.groups.add(Group.objects.create(name=CATALOGUE_ADMIN))
    client = Client()
    client.force_login(user)
    return client
