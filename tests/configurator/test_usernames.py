"""Names of users: short enough to be written whole beside all that they do."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.account.adapter import get_adapter
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from configurator.models import User
from configurator.models.access import LONGEST_USERNAME
from configurator.selectors.roles import PLANNER
from orders.services.holding import lift_holds, put_on_hold
from production.models import Device, ProductionEvent, StockMove
from tests.factories.access import PASSWORD, make_user
from tests.factories.floor import at
from tests.factories.production import make_stock, order_of, publish

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

LONGEST = "n" * LONGEST_USERNAME
MIGRATION = "configurator.migrations.0005_usernames_fit_histories"


@pytest.fixture
def planner():
    user = make_user(LONGEST, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=PLANNER)[0])
    client = Client()
    client.force_login(user)
    return client


def test_what_somebody_with_the_longest_name_does_is_written_under_all_of_it(planner):
    item = make_stock("FLOUR", 100)
    move = {"nonce": "a-nonce-of-16-letters", "kind": "RECEIPT", "quantity": 5}

    booked = planner.post(
        f"/api/v1/stock/{item.code}/moves/", move, content_type="application/json"
    )
    planner.post("/floor/devices/", {"name": "Oven tablet", "nonce": "n" * 20})
    order = order_of(publish())
    put_on_hold(order_id=order.pk, reason="Look at it", actor=LONGEST, now=at(0))

    assert booked.status_code == 201
    assert StockMove.objects.filter(actor=LONGEST).count() == 1
    assert Device.objects.get().registered_by == LONGEST
    assert ProductionEvent.objects.filter(actor=LONGEST).exists()
    assert lift_holds(order_id=order.pk, actor=LONGEST, now=at(1)) == 1


def test_a_longer_name_is_refused_wherever_accounts_are_made():
    client = Client()
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    password = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    page = client.post(
        reverse("admin:configurator_user_add"), {"username": LONGEST + "n", **password}
    )

    assert "at most 120" in str(page.context["adminform"].form.errors["username"])
    with pytest.raises(ValidationError, match="at most 120"):
        User(username=LONGEST + "n", password=PASSWORD).full_clean()
    with pytest.raises(CommandError, match="at most 120"):
        call_command(
            "createsuperuser", interactive=False, username=LONGEST + "n", email="a@b.de"
        )
    with pytest.raises(CommandError, match="at most 120"):
        call_command("issue_key", name="n", user=LONGEST + "n", scopes="catalogue:read")
    assert User.objects.count() == 1


def test_an_account_made_by_mail_gets_a_name_that_fits():
    names = [get_adapter().generate_unique_username(["m" * 200]) for _ in range(2)]

    assert max(map(len, names)) <= LONGEST_USERNAME


def test_nobody_s_name_is_cut_off_by_the_update():
    refuse_longer = import_module(MIGRATION).refuse_longer
    names = SimpleNamespace(
        values_list=lambda *_names, **_words: [LONGEST, LONGEST + "n"]
    )
    before = SimpleNamespace(get_model=lambda *_: SimpleNamespace(objects=names))

    with pytest.raises(
        ValueError, match="Rename users to at most 120 characters first"
    ):
        refuse_longer(before, None)
    refuse_longer(apps, None)
