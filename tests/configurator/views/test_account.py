"""Signing in and out happens in the shop's own frame."""

import re

import pytest
from django.contrib.auth.models import Group

from tests.factories.access import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    user = make_user("anna")
    user.set_password("customer-anna")
    user.save()
    return user


def test_signing_in_leads_on_to_where_one_came_from(client, anna):
    page = client.get("/accounts/login/?next=/checkout/").content.decode()

    form = {"login": "anna", "password": "customer-anna", "next": "/checkout/"}
    response = client.post("/accounts/login/", form)

    assert '<a class="skip-link"' in page
    assert 'name="next" value="/checkout/"' in page
    assert response["Location"] == "/checkout/"


def test_a_wrong_password_says_so_and_nothing_else(client, anna):
    page = client.post("/accounts/login/", {"login": "anna", "password": "guessed"})

    html = page.content.decode()
    assert "reason--blocked" in html
    assert 'value="anna"' in html
    assert "guessed" not in html


def test_an_address_elsewhere_is_not_followed(client, anna):
    form = {"login": "anna", "password": "customer-anna", "next": "//evil.example"}

    response = client.post("/accounts/login/", form)

    assert response["Location"] == "/"


def test_signing_out_is_asked_and_then_done(client, anna):
    client.force_login(anna)

    asked = client.get("/accounts/logout/").content.decode()
    client.post("/accounts/logout/")

    assert "You are signed in as anna." in asked
    assert "Sign in" in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/change/"])
def test_other_pages_of_the_account_stand_in_the_same_frame(client, anna, path):
    if "change" in path:
        client.force_login(anna)

    html = client.get(path).content.decode()

    assert '<a class="skip-link"' in html
    assert re.findall(r"<style|<script(?![^>]*\bsrc=)", html) == []


@pytest.mark.parametrize(
    ("group", "sees_boards", "sees_catalogue"),
    [("planner", True, False), ("catalogue admin", False, True), ("", False, False)],
)
def test_the_header_shows_the_ways_that_are_ones_own(
    client, anna, group, sees_boards, sees_catalogue
):
    if group:
        anna.groups.add(Group.objects.get_or_create(name=group)[0])
    client.force_login(anna)

    context = client.get("/").context

    assert context["is_floor_staff"] is sees_boards
    assert context["is_catalogue_admin"] is sees_catalogue


def test_the_admin_has_no_login_of_its_own(client):
    form = {"username": "root", "password": "wrong", "next": "/admin/"}

    for answer in (client.get("/admin/login/?next=/admin/"), client.get("/admin/")):
        assert answer.status_code == 302
    sent = client.post("/admin/login/", form)

    assert (sent.status_code, sent["Location"]) == (
        302,
        "/accounts/login/?next=%2Fadmin%2F",
    )
    html = client.get("/admin/", follow=True).content.decode()
    assert 'name="login"' in html
    assert 'name="username"' not in html


def test_an_account_is_seen_at_a_glance(client, anna):
    anna.email = "anna@example.org"
    anna.save()
    client.force_login(anna)

    html = client.get("/account/").content.decode()

    assert "anna@example.org" in html
    assert "None saved yet." in html
    assert "Off: a password is enough to sign in." in html
    for path in ("/orders/", "/designs/", "/accounts/email/", "/accounts/2fa/"):
        assert f'href="{path}"' in html


def test_a_guest_who_asks_for_the_account_signs_in_first(client):
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
